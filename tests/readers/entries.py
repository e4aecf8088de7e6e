"""Exports of all entries: DFXML, the body file, and tables."""

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
from lxml import etree  # type: ignore[import-untyped]
from msgspec.structs import astuple

from tests.readers.answers import Answers, Row, of_all
from triage.bundle.format.shown import visible

_SAX = """
import json, sys
sys.path.insert(0, sys.argv[1])
import dfxml
found = []
def take(file):
    runs = [[r.file_offset, r.img_offset, r.len]
            for r in file.byte_runs()]
    found.append([file.filename(), int(file.filesize()), file.hashdigest, runs])
dfxml.read_dfxml(open(sys.argv[2], "rb"), callback=take)
print(json.dumps(found))
"""


def schema(xsd: Path, file: Path) -> Row:
    """The working group's schema."""
    checked = etree.XMLSchema(etree.parse(str(xsd)))
    valid = checked.validate(etree.parse(str(file)))
    said = "valid" if valid else str(checked.error_log[0])
    return Row("dfxml", f"the DFXML schema {_version(xsd)}, lxml", said, valid)


def _version(xsd: Path) -> str:
    text = xsd.read_text(encoding="utf-8")
    return text.partition("Digital Forensics XML, version ")[2].partition(".\n")[0]


def dfxml(answers: Answers, checkout: Path, file: Path) -> Row:
    """The working group's own Python reader, which fiwalk's tools use."""
    done = subprocess.run(
        [sys.executable, "-c", _SAX, str(checkout), str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    held = Counter[tuple[object, ...]](
        (name, size, digests.get("md5"), digests.get("sha256"), tuple(map(tuple, runs)))
        for name, size, digests, runs in json.loads(done.stdout)
    )
    begins = {volume.id: volume.begins_at for volume in answers.document.volumes}
    wanted = Counter[tuple[object, ...]]()
    for line in answers.lines:
        entry, digests, at = line.entry, line.result.digests, 0
        runs = []
        for run in entry.runs:
            begin = begins[entry.volume_id]
            place = begin + run.offset if begin >= 0 and run.offset >= 0 else None
            runs.append((at, place, run.length))
            at += run.length
        name = visible(entry.shown_path)
        wanted[name, entry.size, digests.get("md5"), digests.get("sha256"), tuple(runs)] += 1
    there = sum(min(held[row], count) for row, count in wanted.items())
    arrived = f"{of_all(there, wanted.total(), 'entries')} with path, size, digests and byte runs"
    return Row("dfxml", "dfxml_python: `dfxml.read_dfxml`", arrived, there == wanted.total())


def idifference(checkout: Path, file: Path) -> Row:
    """Its comparison of two listings: of one and itself, and of one in which a name is another."""
    other = file.with_suffix(".other.dfxml")
    other.write_bytes(file.read_bytes().replace(b"Videos/clip.mp4<", b"Videos/other.mp4<"))
    same, renamed = (_differences(checkout, file, each) for each in (file, other))
    whole = not same and "other.mp4" in renamed
    said = "reads both; tells the file that was renamed, and nothing else" if whole else same
    return Row("dfxml", "dfxml_python: `idifference2`", said, whole)


def _differences(checkout: Path, one: Path, other: Path) -> str:
    """What it tells, without its headings."""
    done = subprocess.run(
        [sys.executable, "-m", "dfxml.bin.idifference2", str(one), str(other)],
        cwd=checkout, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.strip("=")]
    return "\n".join(line for line in told if not line.endswith(":"))


def mactime(answers: Answers, file: Path) -> Row:
    """The Sleuth Kit's time line: each entry at each of its times."""
    done = subprocess.run(
        ["mactime", "-b", str(file), "-d", "-y", "-z", "UTC"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = csv.DictReader(io.StringIO(done.stdout))
    held = {row["File Name"].removesuffix(" (deleted)") for row in rows}
    timed = [line.entry for line in answers.lines if any(astuple(line.entry.times))]
    wanted = {visible(f"{each.volume_id}/{each.shown_path}") for each in timed}
    there = len(wanted & held)
    arrived = f"{of_all(there, len(wanted), 'entries that have a time')}, by path"
    return Row("body", "The Sleuth Kit: `mactime`", arrived, there == len(wanted))


def duckdb_csv(answers: Answers, file: Path) -> Row:
    """Findings as a table whose types DuckDB guesses."""
    held = _asked("SELECT path, stream, md5, sha1, sha256, size FROM read_csv($file)", file)
    wanted = set[tuple[object, ...]]()
    for content in answers.contents:
        entry, digests = content.finding.entry, _digests(content.finding.digests)
        wanted.add((entry.path, entry.stream or None, *digests, entry.size))
    there = len(wanted & held)
    arrived = f"{of_all(there, len(wanted), 'findings')} with path, size and digests"
    return Row("csv", "DuckDB: `read_csv`", arrived, there == len(wanted))


def duckdb_parquet(answers: Answers, file: Path) -> Row:
    """All entries, with types of their own."""
    held = _asked(
        "SELECT volume, path, stream, md5, sha1, sha256, size, place, epoch(modified) "
        "FROM read_parquet($file)",
        file,
    )
    begins = {volume.id: volume.begins_at for volume in answers.document.volumes}
    wanted = set[tuple[object, ...]]()
    for line in answers.lines:
        entry, begin = line.entry, begins[line.entry.volume_id]
        place = begin + entry.position if begin >= 0 and entry.position >= 0 else None
        digests = _digests(line.result.digests)
        modified = entry.times.modified
        wanted.add(
            (entry.volume_id, entry.path, entry.stream, *digests, entry.size, place, modified)
        )
    there = len(_rounded(wanted) & _rounded(held))
    arrived = (
        f"{of_all(there, len(wanted), 'entries')} with path, size, digests, time, and place on the "
        "device"
    )
    return Row("`seek lab entries`", "DuckDB: `read_parquet`", arrived, there == len(wanted))


def _asked(sql: str, file: Path) -> set[tuple[object, ...]]:
    with duckdb.connect() as held:
        return set(held.execute(sql, {"file": str(file)}).fetchall())


def _digests(digests: dict[str, str]) -> Iterator[str | None]:
    return (digests.get(name) for name in ("md5", "sha1", "sha256"))


def _rounded(rows: set[tuple[object, ...]]) -> set[tuple[object, ...]]:
    """Times to the second: a table has microseconds, and an entry what its file system has."""
    return {tuple(int(x) if isinstance(x, float) else x for x in row) for row in rows}
