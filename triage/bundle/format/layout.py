"""What a bundle consists of: every name in it is one of these, and none is longer than it says.

docs/formats/bundle.md describes each file.
"""

import re
from datetime import datetime
from pathlib import Path, PurePath

from triage.case import Case

FINDINGS = "findings.json"
ENTRIES = "entries.jsonl"
REPORT = "report.html"
TERMS = "scan.json"
LOG = "log.jsonl"
SIGNER = "signer.pub"
ALLOWED_SIGNERS = "allowed_signers"
MANIFEST = "manifest.sha256"
SIGNATURE = "manifest.sha256.sig"
MEDIA = "media"
RESERVE = "room-for-sealing"
"""Only in a bundle that is not sealed: zeros, and no part of it."""

ENVELOPE = "bundle.tar.age"
"""In place of all of that: a bundle that only the lab can open (triage/bundle/envelope)."""
TAILS = ("tail-0.age", "tail-1.age")
"""Beside an envelope that is still being written: its last bytes, in turn."""
ENVELOPE_SAYS = "envelope.json"
"""Beside one that was finished: what anybody may know of it."""

LISTED = (ALLOWED_SIGNERS, ENTRIES, FINDINGS, LOG, REPORT, TERMS, SIGNER)
"""In every manifest, besides the previews and further files of the report."""

NAMESPACE = "seek-bundle@v1"
"""Of the signature, so that one made for another purpose is worth nothing here."""

PRINCIPAL = "signer"
"""Who the bundle's own allowed_signers file says it is."""

NOTE_ENDS = ".continued-in.txt"
"""Of a note beside a bundle: it is no part of it."""

_MIB = 1024**2
_LONGEST = {
    FINDINGS: 512 * _MIB,
    ENTRIES: 64 * 1024 * _MIB,
    REPORT: 256 * _MIB,
    LOG: 1024 * _MIB,
    TERMS: 64 * _MIB,
    SIGNER: 16 * 1024,
    ALLOWED_SIGNERS: 16 * 1024,
    MANIFEST: 64 * _MIB,
    SIGNATURE: 64 * 1024,
}
_PREVIEW = re.compile(r"media/f[0-9]{6,9}\.jpg")
_FURTHER_REPORT = re.compile(r"report_[0-9]{3,6}\.html")
_LONGEST_PREVIEW = 4 * _MIB
_LEFT_BY_COMPUTERS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def preview_name(number: int) -> str:
    """`media/f000001.jpg` for finding 1."""
    return f"{MEDIA}/f{number:06d}.jpg"


def report_file(number: int, first: str = REPORT) -> str:
    """Of file 1 of the report `first`; `report_002.html` for the next."""
    name = PurePath(first)
    return first if number == 1 else f"{name.stem}_{number:03d}{name.suffix}"


def is_further_report(name: str) -> bool:
    """Whether it is a file of the report besides the first: there are some where findings are very
    many."""
    return _FURTHER_REPORT.fullmatch(name) is not None


def is_preview(name: str) -> bool:
    """Whether a bundle may hold a preview of this name."""
    return _PREVIEW.fullmatch(name) is not None


def signer_files(public_key: str, *, namespace: str = NAMESPACE) -> dict[str, bytes]:
    """signer.pub and allowed_signers for the stock `ssh-keygen -Y verify`."""
    allowed = f'{PRINCIPAL} namespaces="{namespace}" {public_key}\n'
    return {
        SIGNER: f"{public_key}\n".encode("ascii"),
        ALLOWED_SIGNERS: allowed.encode("ascii"),
    }


def is_left_by_a_computer(name: str) -> bool:
    """Whether a computer that shows a folder puts a file of this name into it by itself: macOS
    `.DS_Store` and `._x` beside x, Windows `Thumbs.db` and `desktop.ini`. None is part of a bundle.
    """
    last = name.removeprefix(f"{MEDIA}/")
    return last.lower() in _LEFT_BY_COMPUTERS or last.startswith("._")


def folder_name(case: Case, started: datetime) -> str:
    """CASE-EXHIBIT-UTC in characters that every file system takes; empty parts are left out."""
    said = [_safe(part) for part in (case.case_number, case.exhibit)]
    return "-".join([*filter(None, said), started.strftime("%Y%m%dT%H%M%SZ")])


def envelope_name(started: datetime) -> str:
    """The folder of an envelope: neither case nor exhibit."""
    return f"envelope-{started:%Y%m%dT%H%M%SZ}"


def is_envelope(folder: Path) -> bool:
    """Whether a bundle for the lab alone lies there, finished or not."""
    return (folder / ENVELOPE).exists()


def _safe(part: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "_", part)[:40].strip("._")


def note_of(earlier: Path) -> Path:
    """Where the note beside an earlier bundle's folder lies that says which one goes on with it."""
    return earlier.with_name(earlier.name + NOTE_ENDS)


def longest(name: str) -> int | None:
    """The most bytes that a file of this name may have; None if no bundle holds such a file."""
    if is_preview(name):
        return _LONGEST_PREVIEW
    if is_further_report(name):
        return _LONGEST[REPORT]
    return _LONGEST.get(name)
