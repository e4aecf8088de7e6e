"""docs/events.md has every event and every field, and what a real scan prints is in it."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import Seek
from tests.disks import KnownAnswers
from tests.events.__main__ import DOCUMENT, PARTS, framed
from tests.events.described import events, names, twice_explained, values, words
from tests.events.examples import EXAMPLES
from tests.events.meanings import MEANINGS
from triage.scan.events import Event, encode

Line = dict[str, Any]
Fields = dict[str, tuple[str, bool]]
"""Of a section: each field's type as it is written, and whether it is always there."""


@pytest.mark.parametrize("name", PARTS)
def test_the_document_is_what_the_program_says(name: str) -> None:
    """`python -m tests.events` writes it anew."""
    assert framed(name) in DOCUMENT.read_text(encoding="utf-8")


def test_every_field_and_every_value_has_a_meaning() -> None:
    described = [*events(), *values(), *words()]
    assert [each.title for each in described if not each.about] == []
    unexplained = [(each.title, row.name) for each in described for row in each.rows
                   if not row.meaning]  # fmt: skip
    assert unexplained == []


def test_nothing_is_explained_twice_or_that_is_gone() -> None:
    assert set(MEANINGS) - names() == set()
    assert twice_explained() == set()


def test_there_is_an_example_of_every_event_and_the_program_would_read_it() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").split("### passphrase")[0]
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    read = [msgspec.json.decode(block, type=Event) for block in blocks]
    assert read == list(EXAMPLES)
    assert [json.loads(encode(each))["event"] for each in read] == [each.title for each in events()]


def _sections() -> dict[str, Fields]:
    """What a reader of the document knows: each heading's fields."""
    text = DOCUMENT.read_text(encoding="utf-8")
    found: dict[str, Fields] = {}
    for section in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, lines = section.splitlines()[0], section.splitlines()
        rows = [re.split(r" \| ", line.strip("| ")) for line in lines if line.startswith("| `")]
        if not rows or rows[0][0].startswith('`"'):
            continue
        found[title] = {row[0].strip("`"): (row[1], len(row) < 4 or row[2] == "always there")
                        for row in rows}  # fmt: skip
    return found


def _check(said: object, title: str, sections: dict[str, Fields]) -> None:
    """That the document has each field, and the line each that is always there; all the way in."""
    if isinstance(said, list):
        for name, value in zip(sections[title], said, strict=True):
            _check_value(value, sections[title][name][0], sections)
        return
    assert isinstance(said, dict)
    fields = said.keys() - ({"event"} if title == said.get("event") else set())
    assert fields <= sections[title].keys(), title
    must = {name for name, (_, always) in sections[title].items() if always and name != "traceback"}
    assert fields >= must, title
    for name in fields:
        _check_value(said[name], sections[title][name][0], sections)


def _check_value(value: object, kind: str, sections: dict[str, Fields]) -> None:
    linked = re.search(r"\[(\w+)\]", kind)
    if linked is None or linked[1] not in sections or value is None:
        return
    if kind.startswith("array of"):
        assert isinstance(value, list)
        for each in value:
            _check(each, linked[1], sections)
    else:
        _check(value, linked[1], sections)


def _lines(printed: str) -> list[Line]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_real_scan_prints_only_what_the_document_explains(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, tmp_path: Path, seek: Seek
) -> None:
    """With a sealed set, a folder of sets, and something in it that is none."""
    secret, sealed, folder = tmp_path / "secret", tmp_path / "sealed.set", tmp_path / "sets"
    secret.write_text("a passphrase\n")
    folder.mkdir()
    (folder / "list.txt").write_bytes(notable_set.read_bytes())
    (folder / "notes.doc").write_text("no digests\n")
    seek("hash-set", "build", notable_set, "--name", "sealed", "--sealed",
         "--passphrase-file", secret, "--out", sealed).check_returncode()  # fmt: skip
    printed = seek("scan", suspect.path, "--json", "--profile", digests_only, "--hash-set", sealed,
                   "--hash-sets-in", folder, "--out", tmp_path / "out",
                   input=secret.read_text()).stdout  # fmt: skip
    lines, sections = _lines(printed), _sections()
    for line in lines:
        _check(line, line["event"], sections)
    told = [line["event"] for line in lines]
    assert set(told) >= {"passphrase", "hash_set", "hash_sets", "device", "volume", "progress",
                         "spotted", "finding", "trouble", "sealed"}  # fmt: skip
    assert told[:2] == ["scan_key", "passphrase"]
    assert told[-1] == "sealed"
    last_set = max(n for n, event in enumerate(told) if event.startswith("hash_set"))
    assert last_set < told.index("device") < told.index("volume") < told.index("finding")


def test_a_real_scan_that_is_gone_on_with_prints_only_what_the_document_explains(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, tmp_path: Path, seek: Seek
) -> None:
    printed = seek("scan", suspect.path, "--json", "--profile", digests_only,
                   "--hash-set", notable_set, "--out", tmp_path, "--time-limit", "0.01 s",
                   ).stdout  # fmt: skip
    first = _lines(printed)
    assert first[-1]["ending"]["how"] == "out_of_time"
    lines, sections = _lines(seek("resume", first[-1]["bundle"], "--json").stdout), _sections()
    for line in lines:
        _check(line, line["event"], sections)
    told = [line["event"] for line in lines]
    assert told.index("volume") < told.index("resumed") < told.index("progress")
    assert told[-1] == "sealed"
    assert lines[-1]["continues"]


def test_an_error_is_a_line_that_the_document_explains(seek: Seek) -> None:
    (line,) = _lines(seek("scan", "/no/such/image", "--json").stdout)
    _check(line, "error", _sections())
    assert line["exit_code"] == 1
