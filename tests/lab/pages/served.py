"""A store, really served by `seek lab serve`, and who visits it without a browser."""

import http.client
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from lab.accounts import LabRole, add_account
from lab.intake import take_in
from lab.pages.passwords import secret_of
from lab.referrals.keeping import take_referrals
from lab.settling import writing
from lab.store import LabStore, create_store
from tests.bundle import samples
from tests.conftest import SEEK
from tests.lab.bundles import Seen, digest_of, looks, sealed
from tests.lab.reports import cybertip, file_details, md5_of
from triage.captured import Capture

PASSWORD = "a horse of another staple"  # noqa: S105
HOSTILE = '<script>document.title="taken"</script>"><img src=x onerror=alert(1)>\u202egpj.exe'
CASES = ("CASE-1001", "CASE-1002", "CASE-1003")
SHARED, GRADED = digest_of("shared"), digest_of("graded")


def make_store(at: Path) -> LabStore:
    """Three cases that share a content, looks and a camera; an account a role, and one to spare."""
    for n, case in enumerate(CASES):
        camera = Capture(make="Nikon", model="D70", serial="3045872")
        seen = [
            Seen(content="shared", pdq=looks(1), finding=True, preview=samples.preview(1)),
            Seen(content=f"near {n}", pdq=looks(2, 4 * n), capture=camera),
            Seen(content=f"near a bridge {n}", pdq=looks(2, 34 + 4 * n)),
            Seen(content="graded", finding=True, preview=samples.preview(2)),
            Seen(content=f"hostile {n}", path=f"Users/{HOSTILE}.jpg", finding=True),
        ]
        sealed(at / case, case, seen, exhibit=HOSTILE if n == 1 else f"EX-{n}")
    store = create_store(at / "store", agency="Test")
    secret = secret_of(PASSWORD)
    with writing(store) as writer:
        list(take_in(writer, sorted(each for each in at.glob("CASE*/out/*") if each.is_dir())))
        list(take_referrals(writer, _reports(at)))
        for role in LabRole:
            add_account(writer.decided, str(role), role, secret)
        add_account(writer.decided, "spare", LabRole.READER, secret)
    return store


def _reports(at: Path) -> list[Path]:
    """Two that share an address; of one a file is in a bundle, and one is not viewed."""
    name = escape(HOSTILE)
    files = [
        file_details("1", viewed="true", digest=md5_of("shared")),
        file_details("2", name=name),
    ]
    reports = (cybertip("R-1001", account=name, files=files), cybertip("R-1002", account="other"))
    made = []
    for number, report in enumerate(reports):
        made.append(at / f"report-{number}.xml")
        made[-1].write_text(report, encoding="utf-8")
    return made


@contextmanager
def serving(store: LabStore, *options: str) -> Iterator[str]:
    """Its address, for as long as it is served."""
    command = [SEEK, "lab", "serve", str(store.path), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"https?://\S+", said)
            assert found, said
            yield found[0].rstrip("/")
        finally:
            process.terminate()
            code = process.wait(timeout=60)
    assert code == 0


@dataclass(frozen=True, slots=True)
class Said:
    """An answer."""

    status: int
    text: str
    headers: Mapping[str, str]
    raw: bytes


@dataclass(slots=True)
class Visitor:
    """A browser without a window, which keeps its cookies."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    """Of the last page that had one."""

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Said:
        """One question."""
        where = urlsplit(self.address)
        connection = http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=60)
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} | dict(headers)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        for each in answer.headers.get_all("set-cookie") or []:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        text = raw.decode("utf-8", "replace")
        if found := re.search(r'name="token" value="([^"]+)"', text):
            self.token = found[1]
        return Said(answer.status, text, dict(answer.headers.items()), raw)

    def get(self, path: str) -> Said:
        """A page."""
        return self.ask("GET", path)

    def post(self, path: str, headers: Mapping[str, str] = {}, **fields: str) -> Said:
        """A form, with the token of the last page unless it is said."""
        form = urlencode({"token": self.token} | fields).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, form, kind | dict(headers))

    def enter(self, name: str, password: str = PASSWORD) -> Said:
        """Sign in, and look at one's own page for its token."""
        said = self.post("/enter", name=name, password=password)
        if said.status == 303:
            assert self.get("/own").status == 200
        return said


@cache
def known(address: str, name: str) -> Visitor:
    """Somebody who signed in once for all tests of a module."""
    return entered(address, name)


def entered(address: str, name: str) -> Visitor:
    """Somebody who has signed in."""
    visitor = Visitor(address)
    assert visitor.enter(name).status == 303
    return visitor
