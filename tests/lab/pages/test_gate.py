"""What the gate holds up, against a real server: other sites' forms, other names, too many tries,
too much at once, sessions that are over."""

import http.client
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lab import layout
from lab.accounts import LabRole, add_account, change_account, close_account
from lab.pages.passwords import secret_of
from lab.settling import writing
from lab.trail import read_trail
from tests.conftest import Seek
from tests.lab.pages.conftest import Place
from tests.lab.pages.served import PASSWORD, Visitor, entered, serving

ALL = "0.0.0.0"  # noqa: S104 - that it is refused is what is tested


@pytest.fixture
def own(place: Place) -> Iterator[Visitor]:
    """Somebody with an account for this test alone."""
    with writing(place.store) as writer:
        add_account(writer.decided, "passing", LabRole.EXAMINER, secret_of(PASSWORD))
    yield entered(place.address, "passing")
    with writing(place.store) as writer:
        if any(name == "passing" for (name,) in writer.decided.ask("SELECT name FROM account")):
            close_account(writer.decided, "passing")


def test_a_form_without_the_token_or_of_another_site_does_nothing(
    place: Place, own: Visitor
) -> None:
    other = {"Origin": "https://evil.example"}
    for said in (
        own.post("/own/language", language="es", token=""),
        own.post("/own/language", language="es", token="x" * 43),
        own.post("/own/language", headers=other, language="es"),
        own.post("/own/language", headers={"Origin": "null"}, language="es"),
        Visitor(place.address).post("/enter", headers=other, name="reader", password=PASSWORD),
    ):
        assert said.status == 403
        assert "did not come from this page" in said.text
    assert 'lang="en"' in own.get("/own").text
    assert own.post("/own/language", language="es").status == 303
    assert '<html lang="es">' in own.get("/own").text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_is_not_ours_is_refused_before_anything_else(place: Place, host: str) -> None:
    said = Visitor(place.address).ask("GET", "/enter", headers={"Host": host})
    assert said.status == 421
    assert "<form" not in said.text


def test_the_same_server_by_its_other_name_is_ours(place: Place) -> None:
    port = place.address.rpartition(":")[2]
    visitor = Visitor(place.address)
    assert visitor.ask("GET", "/enter", headers={"Host": f"localhost:{port}"}).status == 200


def test_the_sixth_wrong_password_is_not_even_looked_at(place: Place) -> None:
    """A right one neither; a name that there is not is answered the same."""
    for name in ("reader", "nobody"):
        visitor = Visitor(place.address)
        answers = [visitor.enter(name, "wrong wrong wrong") for _ in range(5)]
        assert {said.status for said in answers} == {403}
        assert len({said.text for said in answers}) == 1
        said = visitor.enter(name)
        assert (said.status, int(said.headers["retry-after"]) > 0) == (429, True)
    assert entered(place.address, "examiner").get("/own").status == 200


def test_the_log_has_who_came_and_went_and_what_an_import_held_up_is_written_after_it(
    place: Place, own: Visitor
) -> None:
    """Not what was typed as a name: it may be a password."""
    with writing(place.store):
        assert Visitor(place.address).enter("passing", "a wrong password").status == 403
        assert Visitor(place.address).enter("my secret password", "x").status == 403
        other = entered(place.address, "passing")
        during = (place.store / layout.AUDIT).read_text()
    assert other.post("/leave").status == 303
    told = [(each.event, each.fields["by"]) for each in read_trail(place.store / layout.AUDIT)]
    assert told[-3:] == [
        ("wrong password", "passing"), ("signed in", "passing"), ("signed out", "passing"),
    ]  # fmt: skip
    assert during.count("wrong password") + 1 == sum(what == "wrong password" for what, _ in told)
    assert "secret password" not in (place.store / layout.AUDIT).read_text()


def test_a_session_ends_with_signing_out(own: Visitor) -> None:
    kept = dict(own.cookies)
    assert own.post("/leave").status == 303
    own.cookies = kept
    assert own.get("/own").headers["location"] == "/enter"


def test_a_session_ends_with_its_account_and_another_password(place: Place, own: Visitor) -> None:
    with writing(place.store) as writer:
        change_account(writer.decided, "passing", secret=secret_of("quite another password"))
    assert own.get("/own").headers["location"] == "/enter"
    assert own.enter("passing", "quite another password").status == 303
    with writing(place.store) as writer:
        close_account(writer.decided, "passing")
    assert own.get("/own").headers["location"] == "/enter"


def test_another_role_holds_from_the_next_question_on(place: Place, own: Visitor) -> None:
    assert own.get("/cases").status == 200
    with writing(place.store) as writer:
        change_account(writer.decided, "passing", role=LabRole.AUDITOR)
    assert own.get("/cases").status == 403
    assert own.get("/audit").status == 200


def test_nobody_chooses_the_number_of_their_session(place: Place) -> None:
    visitor = Visitor(place.address, cookies={"seek": "chosen"})
    assert visitor.enter("spare").status == 303
    assert len(visitor.cookies["seek"]) > 40


def test_the_cookie_is_for_the_server_alone(place: Place) -> None:
    said = Visitor(place.address).post("/enter", name="spare", password=PASSWORD)
    attributes = said.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=strict" in attributes
    assert "expires" not in attributes


def test_what_is_too_large_is_refused_and_the_server_goes_on(own: Visitor) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    said = own.ask("POST", "/own/language", b"token=" + b"x" * (70 << 10), form)
    assert said.status == 413
    said = own.ask("POST", "/search/picture", b"x" * (17 << 20), form)
    assert said.status == 413
    promised = {"Content-Length": str(1 << 40), "Content-Type": "multipart/form-data; boundary=x"}
    assert own.ask("POST", "/search/picture", b"", promised).status == 413
    assert own.get("/own").status == 200


@pytest.mark.parametrize(
    "body", [b"--x\r\n\r\nx", b"--x", b"", b"--x\r\n" + b"a: b\r\n" * 2000 + b"\r\n"]
)
def test_what_is_no_form_is_refused(own: Visitor, body: bytes) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert own.ask("POST", "/search/picture", body, kind).status in (400, 403)


def test_every_answer_forbids_scripts_frames_and_keeping(place: Place, own: Visitor) -> None:
    for path in ("/enter", "/own", "/style.css", "/cases", "/accounts", "/static/", "/../", "/%00"):
        said = own.get(path)
        assert "default-src 'none'" in said.headers["content-security-policy"], path
        assert "script" not in said.headers["content-security-policy"]
        assert said.headers["x-content-type-options"] == "nosniff"
        assert said.headers["cache-control"] == "no-store"
        assert "server" not in {name.lower() for name in said.headers}
        assert "<script" not in said.text


def test_no_folder_is_listed_and_no_other_file_given(own: Visitor) -> None:
    for path in ("/static/", "/templates/base.html", "/../decisions.sqlite", "/..%2fkey", "/key"):
        assert own.get(path).status == 404, path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--address", ALL], "served by TLS alone"),
        (["--address", "::"], "served by TLS alone"),
        (["--address", "lab.example"], "is no address"),
        (["--tls-cert", "x.pem"], "needs its key"),
    ],
)
def test_passwords_go_over_no_network_in_the_open(
    seek: Seek, place: Place, options: list[str], said: str
) -> None:
    done = seek("lab", "serve", place.store.path, "--port", "0", *options)
    assert done.returncode == 2
    assert said in done.stderr


def test_by_tls_it_serves_others_and_its_cookie_is_for_tls_alone(
    place: Place, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=lab.example", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    options = ["--address", ALL, "--tls-cert", str(certificate), "--tls-key", str(key)]
    with serving(place.store, *options, "--name", "lab.example") as address:
        port = int(address.rpartition(":")[2])
        trusting = ssl.create_default_context(cafile=str(certificate))
        trusting.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=trusting, timeout=60)
        form = urlencode({"name": "spare", "password": PASSWORD})
        named = {"Host": f"lab.example:{port}", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/enter", form, named)
        answer = connection.getresponse()
        connection.close()
    assert answer.status == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-seek=")
    assert "secure" in cookie.lower()
    assert "max-age" in answer.headers["strict-transport-security"]
