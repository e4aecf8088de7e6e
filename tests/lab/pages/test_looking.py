"""What the pages say and do, asked by a visitor without a browser."""

import re

import cv2
import numpy as np
import pytest

from lab import layout
from lab.checking import faults_of
from lab.decisions import Decisions
from lab.erasing import erase
from lab.intake import take_in
from lab.settling import writing
from lab.store import LabStore
from lab.trail import read_trail
from tests.lab.bundles import Seen, digest_of, sealed
from tests.lab.demo import cloud
from tests.lab.pages.conftest import Place
from tests.lab.pages.served import CASES, GRADED, SHARED, Said, Visitor, entered, known
from triage.bundle.format.auditlog import AuditRecord
from triage.detectors.pdq import pdq

ASKED = {"purpose": "comparing", "words": "the same room as in another"}


def records(store: LabStore) -> list[AuditRecord]:
    return list(read_trail(store / layout.AUDIT))


def asked_for(visitor: Visitor, of: str, **more: str) -> Said:
    """The form of a content's page, filled in."""
    text = visitor.get(f"/contents/{of}?again=yes").text
    fields = dict(re.findall(r'name="(content|bundle|finding)" value="([^"]+)"', text))
    return visitor.post("/shown", **({**fields, **ASKED} | more))


def test_a_content_has_every_place_and_every_case_links_to_it(place: Place) -> None:
    visitor = known(place.address, "reader")
    text = visitor.get(f"/contents/{SHARED}").text
    assert "Places: 3. Cases: 3." in text
    for case in CASES:
        assert f"Users/someone/{case}/shared.jpg" in text
    cases = visitor.get("/cases").text
    (case, *_) = re.findall(r'href="(/cases/[0-9a-f]{12})"', cases)
    exhibit = re.findall(r'href="(/exhibits/[0-9a-f]{64})"', visitor.get(case).text)[0]
    assert f"/contents/{SHARED}" in visitor.get(exhibit).text
    assert visitor.get("/cases/000000000000").status == 404
    assert visitor.get("/exhibits/" + "0" * 64).status == 404
    assert visitor.get("/contents/" + "0" * 64).status == 404
    assert visitor.get("/contents/..").status == 404


def test_a_picture_is_shown_after_a_reason_one_at_a_time_and_the_log_says_so(place: Place) -> None:
    visitor = known(place.address, "examiner")
    assert "<img" not in visitor.get(f"/contents/{SHARED}").text
    assert visitor.get("/shown/1/picture").status == 404
    shown = asked_for(visitor, SHARED)
    assert shown.status == 303
    where = shown.headers["location"]
    said = visitor.get(f"{where}/picture")
    assert (said.headers["content-type"], said.raw[:2]) == ("image/jpeg", b"\xff\xd8")
    last = records(place.store)[-1]
    assert (last.event, last.fields["by"], last.fields["why"]) == (
        "showed a picture", "examiner", "comparing",
    )  # fmt: skip
    assert ASKED["words"] in visitor.get(where).text
    trail = known(place.address, "auditor").get("/audit").text
    assert ASKED["words"] in trail
    assert SHARED not in (place.store / layout.AUDIT).read_text()
    other = known(place.address, "analyst")
    assert other.get(f"{where}/picture").status == 404
    again = asked_for(visitor, SHARED).headers["location"]
    assert visitor.get(f"{where}/picture").status == 404
    assert visitor.get(f"{again}/picture").status == 200


@pytest.mark.parametrize(
    "changed",
    [{"purpose": ""}, {"purpose": "curiosity"}, {"purpose": "other", "words": " "},
     {"words": "x" * 401}, {"finding": "99"}, {"finding": "-1"}, {"bundle": "../../key"},
     {"content": "0" * 64}, {"content": GRADED}],
)  # fmt: skip
def test_without_a_reason_or_for_what_is_not_there_no_picture_is_shown(
    place: Place, changed: dict[str, str]
) -> None:
    visitor = known(place.address, "examiner")
    before = len(records(place.store))
    said = asked_for(visitor, SHARED, **changed)
    assert said.status in (400, 404)
    assert len(records(place.store)) == before


def test_what_has_a_grade_is_not_shown_again_unless_asked_for(place: Place) -> None:
    visitor = known(place.address, "examiner")
    visitor.get(f"/contents/{GRADED}")
    graded = visitor.post(f"/contents/{GRADED}/grades", scheme="baseline", category="2")
    assert graded.status == 303
    for who in ("examiner", "analyst"):
        other = known(place.address, who)
        text = other.get(f"/contents/{GRADED}").text
        assert "<strong>baseline <bdi>2</bdi></strong>" in text
        assert 'action="/shown"' not in text
        assert "Ask for it nevertheless" in text
        assert asked_for(other, GRADED, again="").status == 409
        assert asked_for(other, GRADED, again="yes").status == 303
    assert visitor.post(f"/contents/{GRADED}/grades", scheme="own", category="2").status == 400
    assert visitor.post(f"/contents/{GRADED}/grades", scheme="VICS", category="").status == 400


def test_search_finds_by_any_digest_and_by_part_of_a_name(place: Place) -> None:
    visitor = known(place.address, "reader")
    assert "Found: 3" in visitor.get(f"/search?q={SHARED.upper()}").text
    assert "Found: 3" in visitor.get("/search?q=someone%2FCASE-1001%2F").text.replace("4", "3")
    assert "Found: 0" in visitor.get("/search?q=" + "0" * 32).text
    for odd in ("%25", "%27%22", "_%25_", "%00", "a", "%FF", "x" * 9000):
        assert visitor.get(f"/search?q={odd}").status in (200, 400), odd


def test_a_series_is_joined_named_and_split_by_a_person_with_a_history(place: Place) -> None:
    visitor = known(place.address, "analyst")
    text = visitor.get("/series").text
    one, other = sorted(set(map(int, re.findall(r'href="/series/([0-9]+)"', text))))[:2]
    assert f'name="other" value="{other}"' in visitor.get(f"/series/{one}").text
    assert visitor.post(f"/series/{one}/join", other=str(other)).status == 303
    assert visitor.post(f"/series/{one}/name", name="<b>the yellow room</b>").status == 303
    told = visitor.get(f"/series/{one}").text
    assert f"series {other} was joined to it" in told
    assert "&lt;b&gt;the yellow room" in told
    assert "Part it again" in visitor.get(f"/series/{other}").text
    assert visitor.post(f"/series/{other}/split").status == 303
    assert visitor.post(f"/series/{other}/split").status == 400
    assert visitor.post(f"/series/{one}/join", other="4000").status == 400
    assert records(place.store)[-1].fields["by"] == "analyst"
    assert visitor.get("/series/4000").status == 400


def test_overlaps_priorities_and_trends_say_what_the_commands_say(place: Place) -> None:
    visitor = known(place.address, "analyst")
    text = visitor.get("/overlaps").text
    assert text.count("The same camera: <bdi>Nikon D70 3045872</bdi>") == 3
    one, other = re.findall(r'href="/overlaps/([0-9a-f]+)/([0-9a-f]+)"', text)[0]
    assert "Users/someone/CASE-1001/shared.jpg" in visitor.get(f"/overlaps/{one}/{other}").text
    assert visitor.get(f"/overlaps/{one}/{one}").status == 404
    assert "Contents known as notable: 3" in visitor.get("/priorities").text
    trends = visitor.get("/trends?by=kind").text
    assert trends.count("<rect") == 1
    assert trends.count("Known material") == 2
    assert "Not shown" not in trends
    assert "Not shown" not in visitor.get("/trends?by=nothing").text


def test_a_note_is_written_under_the_name_of_who_wrote_it(place: Place) -> None:
    visitor = known(place.address, "examiner")
    case = re.findall(r'href="(/cases/[0-9a-f]{12})"', visitor.get("/cases").text)[0]
    visitor.get(case)
    assert visitor.post(f"{case}/notes", text="ask \u202e again <i>").status == 303
    told = visitor.get(case).text
    assert "examiner</bdi>: note: <bdi>ask \\u202e again &lt;i&gt;" in told
    assert visitor.post(f"{case}/notes", text=" ").status == 400


def test_an_administrator_keeps_accounts_but_their_own(place: Place) -> None:
    visitor = known(place.address, "administrator")
    visitor.get("/accounts")
    assert visitor.post("/accounts/spare/role", role="auditor").status == 303
    assert entered(place.address, "spare").get("/audit").status == 200
    assert visitor.post("/accounts/spare/role", role="king").status == 400
    assert visitor.post("/accounts/administrator/role", role="analyst").status == 400
    assert visitor.post("/accounts/administrator/close").status == 400
    assert visitor.post("/accounts/spare/close").status == 303
    assert Visitor(place.address).enter("spare").status == 403


def test_while_another_writes_pages_are_read_and_what_changes_is_told_to_wait(place: Place) -> None:
    visitor = known(place.address, "examiner")
    visitor.get(f"/contents/{SHARED}")
    with writing(place.store):
        assert visitor.get("/cases").status == 200
        said = visitor.post(f"/contents/{SHARED}/grades", scheme="VICS", category="1")
        assert said.status == 503
        assert "Another process is writing" in said.text
    decided = Decisions(place.store / layout.DECISIONS)
    assert decided.ask("SELECT * FROM grade WHERE scheme = 'VICS'") == []
    decided.close()


def _picture(seed: int) -> tuple[bytes, bytes]:
    """A JPEG and its PDQ."""
    jpeg = cloud(seed)
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return jpeg, bytes(pdq(pixels.astype(np.uint8)).value)


def _sent(picture: bytes, token: str, name: str = "p.jpg") -> tuple[bytes, dict[str, str]]:
    head = f'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n'
    head += f'--x\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n\r\n'
    body = head.encode() + picture + b"\r\n--x--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=x"}


def test_a_picture_is_found_by_its_looks_and_erased_with_its_case(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The picture is parsed by a worker; what is none is refused; what was said and shown of a case
    is gone with it."""
    jpeg, value = _picture(77)
    folder = tmp_path_factory.mktemp("more")
    seen = [Seen(content="found by looks", pdq=value, finding=True)]
    bundle = sealed(folder, "CASE-1004", seen)
    with writing(place.store) as writer:
        list(take_in(writer, [bundle]))
    visitor = known(place.address, "examiner")
    body, kind = _sent(jpeg, visitor.token)
    said = visitor.ask("POST", "/search/picture", body, kind)
    assert "Found: 1" in said.text
    assert "CASE-1004" in said.text
    body, kind = _sent(b"no picture at all", visitor.token, name="../../x")
    said = visitor.ask("POST", "/search/picture", body, kind)
    assert said.status == 400
    content = digest_of("found by looks")
    assert visitor.post(f"/contents/{content}/grades", scheme="CAID", category="C").status == 303
    with writing(place.store) as writer:
        erase(writer, "CASE-1004", "order 7")
    assert visitor.get(f"/contents/{content}").status == 404
    decided = Decisions(place.store / layout.DECISIONS)
    assert decided.ask("SELECT * FROM grade WHERE scheme = 'CAID'") == []
    decided.close()
    for file in place.store.path.rglob("*"):
        if file.is_file():
            assert bytes.fromhex(content) not in file.read_bytes(), file
    with writing(place.store) as writer:
        assert list(faults_of(place.store, writer.decided)) == []
