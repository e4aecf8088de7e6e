"""Known pictures in documents and mail are found, by real confined workers, as files they were."""

import hashlib
import io
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.containers.making import zipped
from tests.demo import photographs
from tests.disks import ext_volume
from tests.members import making_compound_files as office
from tests.members import making_mails as mail
from tests.members import making_outlook as stores
from tests.members import making_pdfs as pdfs
from tests.members.making_databases import database, property_list
from tests.members.making_tnef import tnef
from tests.parts import appending
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.bundle.format.reckoning import reckon
from triage.bundle.rendering.by_hand import by_hand
from triage.choices import HashSetUse, PerceptualUse, TypeUse
from triage.detectors.pdq import pdq
from triage.ending import Reason
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Limits, Profile

SEEN = [
    picture.resize((320, 240))
    for picture in (Image.open(io.BytesIO(each)) for each in photographs())
    if picture.mode == "RGB"
]
JPEG, OTHER = (appending.encoded(each, "JPEG", quality=90) for each in SEEN[:2])
SHA256 = hashlib.sha256(JPEG).hexdigest()
DIGESTS = Profile(name="digests", description="", detectors=(HashSetUse(),))
LOOKS = Profile(
    name="looks", description="", limits=Limits(entry_time="10 h"),
    detectors=(HashSetUse(), TypeUse(), PerceptualUse()),
)  # fmt: skip
OFFICE = {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "word/media/a.jpg": JPEG}
LETTER = mail.message({"a.jpg": JPEG, "b.jpg": OTHER})
HOLDERS = {
    "letter.docx": zipped(OFFICE),
    "letter.pdf": pdfs.with_jpegs({"plain": JPEG}),
    "wrapped.pdf": pdfs.with_jpegs({"three": JPEG}),
    "inline.pdf": pdfs.with_inline(JPEG),
    "attached.pdf": pdfs.with_files({"a.jpg": JPEG}),
    "zip in a.pdf": pdfs.with_files({"a.zip": zipped({"a.jpg": JPEG})}),
    "no printing.pdf": pdfs.with_jpegs(
        {"plain": JPEG}, encryption=pikepdf.Encryption(owner="x", user="")
    ),
    "letter.eml": LETTER,
    "forwarded.eml": mail.forwarded(LETTER),
    "pdf in a.eml": mail.message({"a.pdf": pdfs.with_jpegs({"ascii85": JPEG})}),
    "Inbox": mail.mailbox([mail.message({}), LETTER, mail.message({"z.zip": zipped(OFFICE)})]),
    "page.mht": mail.single(mail.base64_lines(JPEG), "base64"),
    "mail.pst": stores.store({"Inbox": [stores.Mail(attached={"a.jpg": JPEG})]}),
    "winmail.dat": tnef({"a.jpg": JPEG}),
    "tnef in a.eml": mail.message({"winmail.dat": tnef({"letter": {"a.jpg": JPEG}})}),
    "msgstore.db": database({1: OTHER, 2: JPEG}),
    "contact.plist": property_list(JPEG),
    "letter.doc": office.doc(office.blip(JPEG)),
    "table.xls": office.xls(office.blip(OTHER), office.blip(JPEG)),
    "show.ppt": office.ppt(office.blip(JPEG, digests=2)),
    "letter.msg": office.compound(office.msg({"a.jpg": JPEG, "b": office.msg({"b.jpg": OTHER})})),
}
"""Path to content that holds the known picture."""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    folder = tmp_path_factory.mktemp("suspect")
    ext_volume(folder / "disk.img", 32 << 20, HOLDERS | {"open.jpg": JPEG})
    known = folder / "known.txt"
    known.write_text(SHA256 + "\n")
    return scanning.run(folder / "disk.img", out=folder / "out", profile=DIGESTS,
                        hash_sets=(known,))  # fmt: skip


@pytest.mark.parametrize("path", HOLDERS)
def test_the_picture_in_it_has_the_digest_of_the_original(
    scanned: scanning.Scanned, path: str
) -> None:
    result = scanned.line(path).result
    assert result.outcome is Outcome.EXAMINED, result
    assert result.opened is not None
    assert not result.opened.locked
    assert SHA256 in {match.provenance["part_sha256"] for match in result.matches}
    assert {match.kind for match in result.matches} == {MatchKind.HASH_SET}


def test_the_scan_is_complete_and_its_bundle_verifies(scanned: scanning.Scanned) -> None:
    assert not reckon(scanned.document).mattering
    assert verify(scanned.bundle).failed is None
    (volume,) = scanned.document.coverage.volumes.values()
    assert {kind: told.entries for kind, told in volume.inside.items()} == {
        "docx": 1, "pdf": 6, "eml": 4, "mbox": 1, "mht": 1, "pst": 1, "doc": 1, "xls": 1, "ppt": 1,
        "msg": 1, "tnef": 1, "sqlite": 1, "plist": 1,
    }  # fmt: skip


def test_the_report_says_how_to_take_it_out(scanned: scanning.Scanned) -> None:
    report = (scanned.bundle / layout.REPORT).read_text()
    assert "--show-object=" in report
    assert "munpack -t ./letter.eml" in report
    assert "readpst -S ./mail.pst" in report


def _without(command: str) -> str:
    """A stock tool of the command that is not installed here."""
    tools = (step.split()[0] for step in re.split(r" \| | && ", command))
    return next((tool for tool in tools if not shutil.which(tool)), "")


@pytest.mark.parametrize("path", [path for path in HOLDERS if path != "table.xls"])
def test_its_commands_give_the_original_again(
    scanned: scanning.Scanned, path: str, tmp_path: Path
) -> None:
    """Each command as the report has it, and where that names another one, that one too. Excel cuts
    its pictures, and no stock tool puts them together."""
    result = scanned.line(path).result
    assert result.opened is not None
    commands = by_hand(result.matches[0], path, result.opened.kind)
    assert commands
    (tmp_path / path).write_bytes(HOLDERS[path])
    for command in commands:
        first, _, other = command.partition(" (or, if its digest is another: ")
        for each in filter(None, (first, other.removesuffix(")"))):
            if tool := _without(each):
                pytest.skip(f"{tool} is not installed")
            subprocess.run(["bash", "-c", each], cwd=tmp_path, check=False, capture_output=True)
    came = [each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()]
    whole = {hashlib.sha256(each).hexdigest() for each in came}
    within = any(JPEG in each for each in came if each != HOLDERS[path])
    assert SHA256 in whole or (path in WITH_MORE and within)


WITH_MORE = frozenset({"letter.doc", "show.ppt", "inline.pdf"})
"""The stock tool gives it with some bytes before or behind it: streams of compound files, in which
pictures have a head of Office's, and pdfimages' inline ones."""


def _scan(tmp_path: Path, files: dict[str, bytes], *lines: str, profile: Profile = DIGESTS
          ) -> scanning.Scanned:  # fmt: skip
    ext_volume(tmp_path / "suspect.img", 16 << 20, files)
    known = tmp_path / "known.csv"
    known.write_text("\n".join(lines or (SHA256,)) + "\n")
    return scanning.run(tmp_path / "suspect.img", out=tmp_path / "out", profile=profile,
                        hash_sets=(known,))  # fmt: skip


def test_pixels_of_a_pdf_are_found_by_their_looks_and_say_that_they_are_no_file(
    tmp_path: Path,
) -> None:
    import numpy as np

    value = pdq(np.asarray(SEEN[0])).value.hex()
    content = pdfs.with_pixels(SEEN[0])
    scanned = _scan(tmp_path, {"a.pdf": content}, "sha256,pdq", f"{'a' * 64},{value}",
                    profile=LOOKS)  # fmt: skip
    (match,) = scanned.line("a.pdf").result.matches
    assert match.kind is MatchKind.PERCEPTUAL
    assert match.provenance["member"].endswith(", rendered.png")


def test_pixels_are_not_made_a_picture_of_where_nobody_looks_at_any(tmp_path: Path) -> None:
    opened = _scan(tmp_path, {"a.pdf": pdfs.with_pixels(SEEN[0])}).line("a.pdf").result.opened
    assert opened is not None
    assert (opened.members, opened.passed_by, opened.bytes) == (1, 1, 0)


def test_encrypted_documents_and_mail_are_said_and_the_scan_is_not_all(tmp_path: Path) -> None:
    enveloped = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
    files = {
        "a.pdf": pdfs.with_jpegs(
            {"plain": JPEG}, encryption=pikepdf.Encryption(owner="x", user="pass")
        ),
        "b.ppt": office.compound({"EncryptedSummary": bytes(200), "Current User": bytes(200)}),
        "c.eml": mail.single(b"MIIB" * 100, "base64", enveloped),
    }
    scanned = _scan(tmp_path, files)
    assert {each.reason: each.count for each in reckon(scanned.document).mattering} == {
        Reason.CONTAINER_ENCRYPTED: 3
    }
    opened = scanned.line("c.eml").result.opened
    assert opened is not None
    assert opened.locked_names == ("smime.p7m",)


def test_half_of_each_is_damaged_and_what_is_there_is_found(tmp_path: Path) -> None:
    off = {"object_stream_mode": pikepdf.ObjectStreamMode.disable}
    long = mail.message({"a.jpg": JPEG, "b.jpg": OTHER * 3})
    wholes = {
        "a.pdf": pdfs.with_jpegs({"plain": JPEG, "hex": JPEG, "ascii85": JPEG}, **off),
        "b.eml": long,
        "c.ppt": office.ppt(*(office.blip(JPEG) for _ in range(5))),
    }
    scanned = _scan(tmp_path, {path: whole[: len(whole) // 2] for path, whole in wholes.items()})
    for path in wholes:
        result = scanned.line(path).result
        assert result.outcome is Outcome.UNREADABLE, path
        assert SHA256 in {match.provenance["part_sha256"] for match in result.matches}, path
    assert verify(scanned.bundle).failed is None
