"""What is on the disks, and what seek must say of it: each answer proves one thing.

Techniques are those of SOLVE-IT (the knowledge base of digital forensics, by number and name), and
of NIST's Computer Forensics Tool Testing the specification, where there is one for it.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import msgspec

from triage.errors import ExitCode
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.selftest.disk import disk
from triage.selftest.drawn import picture
from triage.selftest.running import Scanned, scan, seek

_PDQ_OF_FOUR = "a2d73cbfadf88bd09d76e8e8ca50143c3a5cc7afc51770e031c1ac505e38a955"
"""Of scene 4 at 160 x 120: known, and not asked of the program that is tested."""


class Answer(msgspec.Struct, frozen=True):
    """One thing that is shown, and whether it was."""

    proves: str
    technique: str
    """Of SOLVE-IT; empty: it has none."""
    nist: str
    """NIST CFTT's specification; empty: there is none."""
    right: bool
    """Whether what came is what is known."""
    came: str
    """What came."""


def answers(folder: Path) -> Iterator[Answer]:
    """All of them, as they come. `folder`: an empty one."""
    scenes = {number: picture(number, 160, 120) for number in (1, 2, 3, 5, 6)}
    known = folder / "known.sha256"
    wanted = [scenes[number] for number in (1, 2, 5)]
    known.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in wanted))
    looks = folder / "looks.csv"
    looks.write_text(f"pdq\n{_PDQ_OF_FOUR}\n")
    files = {
        "KNOWN.PNG": scenes[1],
        "HIDDEN.TXT": scenes[3],
        "LARGER.PNG": picture(4, 240, 180),
        "BOX.ZIP": _zipped(scenes[5]),
        "OTHER.PNG": scenes[6],
        "NOTE.TXT": b"Shapes were drawn here.\r\n",
    }
    full = disk(files, deleted={"GONE.PNG": scenes[2]}, locked=True)
    scanned = scan(full, [known, looks], folder / "full")
    yield from _of_content(scanned)
    yield from _of_the_books(scanned, folder)
    harmless = {name: files[name] for name in ("OTHER.PNG", "NOTE.TXT")}
    empty = scan(disk(harmless, deleted={}, locked=False), [known, looks], folder / "empty")
    found = len(empty.document.findings) if empty.document else -1
    yield Answer(
        "a disk without known content, all of it looked at, has no findings and is told as such",
        "DFT-1001 Triage devices or media",
        "",
        right=(empty.exit_code, found) == (ExitCode.FINISHED, 0),
        came=f"exit code {empty.exit_code}, {found} findings",
    )


def _zipped(content: bytes) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("INNER.PNG", (2025, 1, 1, 12, 0, 0)), content)
    return into.getvalue()


def _of_content(scanned: Scanned) -> Iterator[Answer]:
    by_set = "DFT-1050 Locate relevant files using a hashset to identify files of interest"
    rows = (
        ("KNOWN.PNG", MatchKind.HASH_SET, "known content is found by its digest", by_set, ""),
        ("ONE.PNG", MatchKind.HASH_SET, "deleted content whose name is left is found",
         "DFT-1061 Recover non-allocated files", "Deleted File Recovery"),
        ("HIDDEN.TXT", MatchKind.TYPE_MISMATCH, "a name that hides a picture is found",
         "DFT-1058 Search for mismatched file extensions", ""),
        ("LARGER.PNG", MatchKind.PERCEPTUAL, "a known picture in another size is found",
         "DFT-1051 Locate potentially relevant files using fuzzy hash matching", ""),
        ("BOX.ZIP", MatchKind.HASH_SET, "known content inside an archive is found",
         "DFT-1045 Read contents from standard archive file(s)", ""),
    )  # fmt: skip
    for name, kind, proves, technique, nist in rows:
        matches = _matches(scanned, name, kind)
        came = matches[0].reason if matches else f"{name} is no such finding. {scanned.said}"
        yield Answer(proves, technique, nist, right=bool(matches), came=came)
    wrong = [kind for kind in (MatchKind.HASH_SET, MatchKind.PERCEPTUAL)
             if _matches(scanned, "OTHER.PNG", kind)]  # fmt: skip
    yield Answer(
        "content that is in no set is not told as known",
        by_set,
        "",
        right=scanned.finding("KNOWN.PNG") is not None and not wrong,
        came=f"OTHER.PNG is told as {', '.join(wrong) if wrong else 'nothing known'}",
    )


def _matches(scanned: Scanned, name: str, kind: MatchKind) -> list[Match]:
    finding = scanned.finding(name)
    return [match for match in finding.matches if match.kind is kind] if finding else []


def _of_the_books(scanned: Scanned, folder: Path) -> Iterator[Answer]:
    states = [str(v.state) for v in scanned.document.volumes] if scanned.document else []
    yield Answer(
        "an encrypted volume is named, and the result is no all-clear",
        "DFT-1059 Identify partitions",
        "",
        right="encrypted" in states and scanned.exit_code == ExitCode.NOT_ALL,
        came=f"volumes {', '.join(states)}; exit code {scanned.exit_code}",
    )
    yield Answer(
        "a disk (here: an image of one) has every byte that it had",
        "",
        "",
        right=scanned.as_it_was,
        came="SHA-256 before and after " + ("agree" if scanned.as_it_was else "DIFFER"),
    )
    bundle = scanned.bundle
    code, said = seek("verify", str(bundle)) if bundle else (-1, "there is no bundle")
    yield Answer(
        "every file has one outcome, counted twice, and the bundle is what was signed",
        "DFT-1060 Enumerate allocated files and folders",
        "",
        right=code == ExitCode.FINISHED,
        came=f"exit code {code}" + (f": {said}" if code else ""),
    )
    code = -1
    if bundle:
        altered = Path(shutil.copytree(bundle, folder / "altered"))
        lines = (altered / "entries.jsonl").read_bytes()
        (altered / "entries.jsonl").write_bytes(lines.replace(b"OTHER.PNG", b"OTHER.PNH"))
        code, _ = seek("verify", str(altered))
    yield Answer(
        "a bundle in which one letter was changed is refused",
        "",
        "",
        right=code == ExitCode.NOT_VERIFIED,
        came=f"exit code {code}",
    )
