"""The pages of what providers report: the queue, a report, and the order that unblocks a file."""

import re

from tests.lab.pages.conftest import Place
from tests.lab.pages.served import SHARED, known

BLOCKED = "blocked until an order is entered"


def test_the_queue_says_what_speaks_for_a_report_and_what_waits(place: Place) -> None:
    text = known(place.address, "examiner").get("/referrals").text
    assert re.findall(r'href="/referrals/(\d)">Referral', text) == ["1", "2"]
    assert "Files of it in a bundle: 1 (3.0)" in text
    assert "Files that wait for an order: 1" in text
    assert "Shares something with referral" in text
    assert "<script>document.title" not in text


def test_a_file_is_unblocked_by_who_may_enter_an_order_and_by_nobody_else(place: Place) -> None:
    examiner, analyst = known(place.address, "examiner"), known(place.address, "analyst")
    text = examiner.get("/referrals/1").text
    assert text.count(f"<strong>{BLOCKED}") == 1
    assert f"/contents/{SHARED}" in text
    assert "/orders" not in text
    assert examiner.post("/referrals/1/orders", reference="order 5/26").status == 403
    analyst.get("/referrals/1")
    assert analyst.post("/referrals/1/orders", reference=" ").status == 400
    assert analyst.post("/referrals/1/orders", reference="5/26", file="none").status == 400
    assert analyst.post("/referrals/9/orders", reference="order 5/26").status == 404
    assert BLOCKED in analyst.get("/referrals/1").text
    done = analyst.post("/referrals/1/orders", reference="order 5/26", file="2")
    assert (done.status, done.headers["location"]) == (303, "/referrals/1")
    text = examiner.get("/referrals/1").text
    assert BLOCKED not in text
    assert "by order <bdi>order 5/26</bdi>" in text
    assert examiner.get("/referrals/9").status == 404
    assert examiner.get("/referrals/x").status == 404
    assert "entered an order" in known(place.address, "auditor").get("/audit").text
