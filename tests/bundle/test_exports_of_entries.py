"""What is exported of all entries is what other tools read: fiwalk's DFXML, mactime's body file."""

import csv
import io
import json
import subprocess
import xml.etree.ElementTree as Xml
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.checking.entry_lines import findings_of, lines_of
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.bundle.rendering import body_file, dfxml, digest_list
from triage.bundle.writing.exports import Export, by_volume, default_file, read_document, save
from triage.evidence import FileEntry, Run, Storage, Timestamps
from triage.findings import Match, Outcome, Result
from triage.match_kinds import MatchKind

SPACE = "{http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML}"
NASTY = ["a<b>&\"'.jpg", "]]>.jpg", "\x00\x01\x1b[31m.jpg", "x\n0|a|1", "\u202egnp.exe", "|||||||"]


def _read(pieces: Iterable[bytes]) -> Xml.Element:
    return Xml.fromstring(b"".join(pieces))  # noqa: S314 - it is our own


def _exported(bundle: Path, document: Document) -> Xml.Element:
    """As `seek report` does."""
    return _read(dfxml.render(document, by_volume(document, bundle)))


def _nasty_lines() -> list[EntryLine]:
    times = Timestamps(created=1.5, modified=1e18, changed=-5.0, accessed=None)
    return [
        EntryLine(
            FileEntry(id=number, volume_id="d0v1", path=name, size=5, storage=Storage.RUNS,
                      runs=(Run(0, 3), Run(-1, 2)), times=times),
            Result(outcome=Outcome.EXAMINED, digests={"md5": "0" * 32}),
        )
        for number, name in enumerate(NASTY)
    ]  # fmt: skip


@pytest.fixture
def document(sealed_once: Path) -> Document:
    return read_document(sealed_once)


def test_dfxml_has_every_entry_with_its_runs_on_the_device(
    sealed_once: Path, document: Document
) -> None:
    root = _exported(sealed_once, document)
    lines = list(lines_of(sealed_once, document.volumes))
    files = root.findall(f"{SPACE}volume/{SPACE}fileobject")
    assert len(files) == len(lines) > 3
    begins = {volume.id: volume.begins_at for volume in document.volumes}
    for file, line in zip(files, lines, strict=True):
        said = {child.tag.removeprefix(SPACE): child.text for child in file}
        assert said["filesize"] == str(line.entry.size)
        digests = {each.get("type"): each.text for each in file.iter(f"{SPACE}hashdigest")}
        known = {name: line.result.digests.get(name) for name in ("md5", "sha1", "sha256")}
        assert digests == {name: value for name, value in known.items() if value}
        runs = [
            (int(run.get("img_offset", "-1")), int(run.get("len", "0")))
            for run in file.iter(f"{SPACE}byte_run")
        ]
        assert runs == [
            (begins[line.entry.volume_id] + run.offset, run.length) for run in line.entry.runs
        ]


def test_dfxml_has_each_volume_once_however_the_entries_were_looked_at(
    bundle: Path, document: Document
) -> None:
    """idifference2 takes a second volume at the same offset for another one, and gives up. A file
    may be called as a volume is."""
    entries = bundle / "entries.jsonl"
    line = next(each for each in entries.read_bytes().splitlines() if b'"d0v1"' in each)
    path = b'"path":"' + json.loads(line)["entry"]["path"].encode()
    line = line.replace(path, b'"path":"d0v1')
    assert b'"path":"d0v1"' in line
    named = ("d0v1", "d0v1.1", "d0v1", "d0v1.1", "d0v10", "d0v1")
    entries.write_bytes(
        b"".join(
            line.replace(b'"volume_id":"d0v1"', f'"volume_id":"{each}"'.encode()) + b"\n"
            for each in named
        )
    )
    first = document.volumes[0]
    names = ("d0v1", "d0v10", "d0v1.1")
    volumes = [msgspec.structs.replace(first, id=name, offset=n) for n, name in enumerate(names)]
    whole = msgspec.structs.replace(document, volumes=tuple(volumes))
    root = _exported(bundle, whole)
    held = {
        volume.get("offset"): len(volume.findall(f"{SPACE}fileobject"))
        for volume in root.findall(f"{SPACE}volume")
    }
    assert held == {"0": 3, "2": 2, "1": 1}
    assert len(root.findall(f"{SPACE}volume")) == 3


def test_no_name_breaks_dfxml_or_makes_an_element(document: Document) -> None:
    root = _read(dfxml.render(document, [("d0v1", _nasty_lines())]))
    names = [each.text for each in root.iter(f"{SPACE}filename")]
    assert len(names) == len(NASTY)
    assert names[0] == NASTY[0]
    assert names[2] == "\\x00\\x01\\x1b[31m.jpg"
    holes = [run for run in root.iter(f"{SPACE}byte_run") if run.get("fill") == "0"]
    assert [run.get("img_offset") for run in holes] == [None] * len(NASTY)


def test_mactime_reads_a_body_file_whatever_the_names(tmp_path: Path) -> None:
    body = tmp_path / "x.body"
    body.write_bytes(b"".join(body_file.render(_nasty_lines())))
    lines = body.read_text().splitlines()
    assert [line.count("|") for line in lines] == [10] * len(NASTY)
    command = ["mactime", "-b", str(body), "-d", "-y", "-z", "UTC"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    dates = [row[0] for row in csv.reader(io.StringIO(shown)) if row]
    assert dates.count("1970-01-01T00:00:01Z") == len(NASTY)


def test_digests_of_findings_become_a_set_without_name_or_case(
    sealed_once: Path, document: Document
) -> None:
    findings = list(findings_of(sealed_once, document.volumes))
    listed = b"".join(digest_list.render([*findings, *findings])).decode()
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert [row["sha256"] for row in rows] == [each.digests["sha256"] for each in findings]
    assert rows[0]["category"] == "1"
    for told in (document.case.case_number, document.case.examiner, "IMG_", "d0v1"):
        assert told not in listed


def test_a_category_is_the_contents_own_and_makes_no_column(document: Document) -> None:
    first = document.findings[0]
    part = Match(kind=MatchKind.HASH_SET, detector="x", reason="", provenance={
        "part": "a thumbnail", "digest": "0" * 32, "category": "2"})  # fmt: skip
    odd = Match(kind=MatchKind.HASH_SET, detector="x", reason="",
                provenance={"digest": "0" * 32, "category": '1,"\n=x'})  # fmt: skip
    for match in (part, odd):
        one = samples.altered(first, result={"matches": (match,)})
        (row,) = csv.DictReader(io.StringIO(b"".join(digest_list.render([one])).decode()))
        assert row["category"] == ""


def test_the_list_of_digests_has_what_matched_inside_a_finding(document: Document) -> None:
    """Of an archive it is the picture in there that is known, and not the archive."""
    told = {"part": "zip member", "member": "a.jpg", "part_size": "7", "digest": "b" * 40,
            "part_md5": "a" * 32, "part_sha1": "b" * 40, "part_sha256": "c" * 64,
            "category": "3"}  # fmt: skip
    match = Match(kind=MatchKind.HASH_SET, detector="x", reason="", provenance=told)
    one = samples.altered(document.findings[0], result={"matches": (match,)})
    carrier, member = csv.reader(
        io.StringIO(b"".join(digest_list.render([one])).decode().partition("\n")[2])
    )
    assert carrier[4] == ""
    assert member == ["a" * 32, "b" * 40, "c" * 64, "7", "3"]


def test_a_broken_entry_leaves_no_half_export(bundle: Path) -> None:
    entries = bundle / "entries.jsonl"
    entries.write_bytes(entries.read_bytes() + b"{}\n")
    for export in (Export.DFXML, Export.BODY):
        file = default_file(bundle, export)
        with pytest.raises(Exception, match="is no entry"):
            save(bundle, export, file)
        assert not file.exists()


def test_a_bundle_of_the_first_format_is_exported_too() -> None:
    old = next(Path(__file__).with_name("first_format").glob("*/findings.json")).parent
    document = read_document(old)
    lines = list(lines_of(old, document.volumes))
    root = _exported(old, document)
    assert len(list(root.iter(f"{SPACE}fileobject"))) == len(lines) > 0
    assert len(list(findings_of(old, document.volumes))) == len(document.findings)
    assert msgspec.json.encode(document)
