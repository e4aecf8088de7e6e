"""A bundle of format 1, sealed by seek 0.1.0: whatever comes, it verifies, renders and exports."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import numpy as np
import pytest

from tests.conftest import Seek
from triage.bundle.checking import crosscheck
from triage.bundle.checking.steps import StepOutcome
from triage.bundle.checking.verify import verify
from triage.bundle.format import entries, first, layout, schema
from triage.bundle.writing.exports import Export, save
from triage.errors import BundleError, VerificationError
from triage.evidence import Run
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.scan.resuming.earlier import Earlier

(SEALED,) = Path(__file__).with_name("first_format").iterdir()
WAVES = "754dfaad878c2408a5be4c9171887537a4fab8733d7928206e335c6f2c2c6fb6"
LINES = (SEALED / layout.ENTRIES).read_bytes().splitlines()
DOCUMENT = schema.decode((SEALED / layout.FINDINGS).read_bytes())
DECODE = entries.decoder(first.FORMAT, DOCUMENT.volumes)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEALED, tmp_path / SEALED.name))


def test_a_page_of_another_renderer_fails_unless_it_is_allowed_by_its_name() -> None:
    failed = verify(SEALED).failed
    assert failed is not None
    assert (failed.number, DOCUMENT.tool.renderer in failed.detail) == (12, True)


def test_every_step_passes_but_the_page_of_another_renderer_and_its_unsigned_journal() -> None:
    done = verify(SEALED, renderers=[DOCUMENT.tool.renderer])
    assert done.failed is None
    waiting = [step.number for step in done.steps if step.outcome is not StepOutcome.PASSED]
    assert waiting == [4, 12, 13]


def test_its_findings_are_told_as_today() -> None:
    document = schema.decode((SEALED / layout.FINDINGS).read_bytes())
    assert [finding.number for finding in document.findings] == [1, 2, 3]
    known, copy, hidden = document.findings
    assert known.digests["sha256"] == copy.digests["sha256"] == WAVES
    assert (copy.found.group, copy.found.preview) == (1, "")
    assert known.found.preview == "media/f000001.jpg"
    assert hidden.matches[0].kind is MatchKind.TYPE_MISMATCH
    assert all(finding.entry.runs for finding in document.findings)
    jsonschema.validate(json.loads(schema.encode(document)), json.loads(schema.shipped()))


def test_its_lines_are_told_as_today() -> None:
    assert {entries.version_of(line) for line in LINES} == {first.FORMAT}
    told = [DECODE(line) for line in LINES]
    paths = {line.entry.path: line for line in told}
    assert paths["home"].result.outcome is Outcome.NO_CONTENT
    assert paths["home/a/things.zip"].result.container == "zip"
    assert sum(line.found is not None for line in told) == 3


def test_places_on_the_device_are_told_as_those_in_the_volume() -> None:
    said = json.loads((SEALED / layout.FINDINGS).read_bytes())
    begin = next(v["offset"] for v in said["volumes"] if v["id"] == "d0v2")
    ((at, length),) = said["findings"][0]["entry"]["runs"]
    assert DOCUMENT.findings[0].entry.runs == (Run(at - begin, length),)
    said["unread"] = {"d0": [[begin + 512, 512], [0, 512], [-1, 512]]}
    unread = schema.decode(json.dumps(said).encode()).unread
    assert unread["d0v2"] == (Run(512, 512),)
    assert unread["d0v1"] == (Run(0, 512),)
    line = json.loads(LINES[5]) | {"bad": [[begin + 1024, 512]]}
    assert DECODE(json.dumps(line).encode()).result.bad == (Run(1024, 512),)


def test_an_unallocated_entry_stays_one() -> None:
    line = json.loads(LINES[0]) | {"allocated": False}
    assert not DECODE(json.dumps(line).encode()).entry.allocated


@pytest.mark.parametrize("export", Export)
def test_it_exports_and_renders(copied: Path, export: Export, tmp_path: Path) -> None:
    save(copied, export, tmp_path / "made")
    text = (tmp_path / "made").read_text(encoding="utf-8")
    if export is not Export.BODY:  # which has MD5 alone
        assert WAVES.lower() in text.lower()
    assert ("waves-1.jpg" in text) == (export is not Export.DIGESTS)


def test_it_is_searched_for_similar_pictures(seek: Seek, copied: Path) -> None:
    """The picture that it found is waves, drawn by this formula."""
    y, x = np.mgrid[0:96, 0:96]
    waves = (np.sin(x * 2 / 9) + np.cos(y * 4 / 7) + 2) * 60
    drawn = np.dstack([(x * 3 + y) % 256, waves, (y * 3 + 20) % 256]).astype(np.uint8)
    assert cv2.imwrite(str(copied.parent / "waves.jpg"), drawn, [cv2.IMWRITE_JPEG_QUALITY, 85])
    done = seek("similar", copied.parent / "waves.jpg", copied, "--json")
    assert done.returncode == 0, done.stderr
    assert {1, 2} <= {json.loads(line)["finding"] for line in done.stdout.splitlines()}


@pytest.mark.parametrize("sealed", [True, False])
def test_it_is_not_gone_on_with_and_says_what_to_do(copied: Path, sealed: bool) -> None:
    if not sealed:
        for name in (layout.MANIFEST, layout.SIGNATURE, layout.FINDINGS, layout.REPORT):
            (copied / name).unlink()
    before = sorted(copied.rglob("*"))
    with pytest.raises(BundleError, match=r"older seek \(0\.1\.0\).*format 1") as raised:
        Earlier(copied)
    assert "the stick that it was begun with" in (raised.value.hint or "")
    assert sorted(copied.rglob("*")) == before


def finding_line() -> dict[str, Any]:
    line: dict[str, Any] = next(json.loads(line) for line in LINES if b'"finding":1,' in line)
    return line


def changed(where: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(line: dict[str, Any]) -> None:
        *way, last = where.split(".")
        for name in way:
            line = line[name]
        line[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        changed("entry.path", "another"),
        changed("size", 7),
        changed("allocated", False),
        changed("reread_differs", True),
        changed("more", 1),
        changed("found", {"number": 1}),
        changed("result", {"outcome": "examined"}),
        changed("entry", []),
        changed("finding", 0),
        changed("bad", 5),
    ],
)
def test_what_contradicts_itself_is_no_line(change: Callable[[dict[str, Any]], None]) -> None:
    line = finding_line()
    list(crosscheck.tally([json.dumps(line).encode()], first.FORMAT).findings)
    change(line)
    with pytest.raises(VerificationError):
        crosscheck.tally([json.dumps(line).encode()], first.FORMAT)


@pytest.mark.parametrize(
    "change",
    [
        changed("caps", ["a limit"]),
        changed("more", 1),
        changed("findings", 5),
        changed("findings", [7]),
        changed("findings", [{}]),
        changed("volumes", None),
    ],
)
def test_what_is_no_document_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    said = json.loads((SEALED / layout.FINDINGS).read_bytes())
    change(said)
    with pytest.raises(BundleError, match="not what its schema says"):
        schema.decode(json.dumps(said).encode())


def test_a_finding_that_its_line_tells_otherwise_is_found_out() -> None:
    said = json.loads((SEALED / layout.FINDINGS).read_bytes())
    tallied = crosscheck.tally(LINES, first.FORMAT, DOCUMENT.volumes)
    previews = {"media/f000001.jpg", "media/f000003.jpg"}
    crosscheck.compare_findings(schema.decode(json.dumps(said).encode()), tallied, previews)
    said["findings"][0]["looked_at_as"] = "another step"
    with pytest.raises(VerificationError, match="finding 1 is another"):
        crosscheck.compare_findings(schema.decode(json.dumps(said).encode()), tallied, previews)


def test_a_line_of_format_1_is_none_of_format_2_nor_the_other_way_round() -> None:
    with pytest.raises(VerificationError, match="line 1 of entries"):
        crosscheck.tally(LINES)
    today = b'{"entry":{"id":1,"volume_id":"d0v1","path":"x"},"result":{"outcome":"examined"}}'
    crosscheck.tally([today])
    with pytest.raises(VerificationError, match="line 1 of entries"):
        crosscheck.tally([today], first.FORMAT)


def test_what_is_spelled_another_way_is_refused() -> None:
    text = (SEALED / layout.FINDINGS).read_bytes()
    document = schema.decode(text)
    assert schema.is_spelled_so(document, text)
    twice = text.replace(b'"partial": false', b'"partial": true,\n "partial": false')
    exact = text.replace(b'"seconds": 0.', b'"seconds": 0.0e0, "seconds": 0.')
    for other in (text + b"\n", text[:1] + b" " + text[1:], twice, exact):
        assert other != text
        assert not schema.is_spelled_so(schema.decode(other), other)
