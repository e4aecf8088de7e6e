"""Volumes inside others: what of them is counted, and where they are said to lie."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.bundle import samples
from triage.bundle.format.document import Document, Finding, Found
from triage.bundle.format.reckoning import reckon
from triage.bundle.rendering import case_jsonld, html, vics
from triage.ending import Reason
from triage.evidence import Device, FileEntry, Run, SourceKind, Volume, VolumeState
from triage.findings import Coverage, Match, Outcome, Result, VolumeCoverage
from triage.match_kinds import MatchKind

SIZE = 10_000_000
OUTER = Volume(id="d0v1", device_id="d0", offset=1_000_000, size=9_000_000, file_system="luks2",
               state=VolumeState.CONTAINER)  # fmt: skip
GAP = Volume(id="d0v2", device_id="d0", offset=0, size=1_000_000, state=VolumeState.UNCLAIMED)


def _inner(number: int, **more: Any) -> Volume:
    told: dict[str, Any] = {
        "size": 8_000_000,
        "file_system": "ext4",
        "state": VolumeState.READABLE,
    } | more
    return Volume(id=f"d0v1.{number}", device_id="d0", inside="d0v1", layer="luks2", offset=0,
                  **told)  # fmt: skip


def _covered(volume_id: str, in_files: int, outside: int) -> VolumeCoverage:
    return VolumeCoverage(volume_id=volume_id, content_bytes=in_files, outside_files_bytes=outside)


@pytest.fixture
def document(tmp_path: Path) -> Document:
    """One volume inside another, of which 3 MB are in files."""
    device = Device(id="d0", kind=SourceKind.IMAGE, path="/x", size=SIZE)
    covered = {"d0v1.1": _covered("d0v1.1", 3_000_000, 5_000_000)}
    whole = samples.document(device, Coverage(volumes=covered))
    return replace(whole, volumes=(OUTER, _inner(1), GAP), findings=())


def _outside(document: Document) -> int:
    (told,) = (u for u in reckon(document).unseen if u.reason is Reason.OUTSIDE_FILES)
    return told.bytes


def test_what_is_outside_of_files_is_counted_where_the_files_are(document: Document) -> None:
    assert _outside(document) == 5_000_000 + 1_000_000


def test_volumes_that_share_bytes_make_no_more_than_what_they_lie_in(document: Document) -> None:
    snapshots = tuple(_inner(number) for number in (1, 2, 3))
    assert _outside(replace(document, volumes=(OUTER, *snapshots, GAP))) == 9_000_000 + 1_000_000


def test_a_volume_that_names_itself_ends_no_reckoning(document: Document) -> None:
    """A forged bundle may say anything of volumes; who verifies it must come to an end."""
    knot = replace(OUTER, inside="d0v1", layer="luks2")
    assert _outside(replace(document, volumes=(OUTER, knot, knot, GAP))) == 1_000_000


def test_what_was_not_listed_inside_a_volume_is_a_reason(document: Document) -> None:
    cut = replace(OUTER, unread=("not all were listed",))
    ended = reckon(replace(document, volumes=(cut, _inner(1), GAP)))
    assert Reason.VOLUME_IN_PART in {unseen.reason for unseen in ended.unseen}


def _rows(page: str, title: str) -> list[str]:
    table = page.partition(title)[2].partition("</table>")[0]
    return [re.sub(r"<[^>]*>", " ", row) for row in table.split("<tr")]


def test_the_sums_on_the_page_are_the_devices(document: Document) -> None:
    page = html.render(document)
    devices = _rows(page, "Devices</h2>")
    assert f"{SIZE:,}" in devices[-1]
    space = _rows(page, "Where the bytes lie")
    assert "3,000,000" in space[-1]
    assert f"{SIZE:,}" in space[-1]
    assert not any("d0v1.1" in row for row in space)


@pytest.mark.parametrize(("on_device", "said"), [(2_000_000, True), (-1, False)])
def test_where_a_volume_inside_another_lies_is_said_of_which_bytes(
    document: Document, on_device: int, *, said: bool
) -> None:
    inner = _inner(1, on_device=on_device)
    page = html.render(replace(document, volumes=(OUTER, inner, GAP)))
    assert "in d0v1, luks2: 0" in re.sub("<[^>]*>", "", page)
    assert ("on the device: 2,000,000" in page) is said


def _found(document: Document, volume: Volume) -> Document:
    match = Match(kind=MatchKind.HASH_SET, detector="hash_set", reason="known")
    entry = FileEntry(id=0, volume_id=volume.id, path="a.jpg", size=9, runs=(Run(500, 9),))
    result = Result(outcome=Outcome.EXAMINED, type="image/jpeg", matches=(match,))
    found = Found(number=1, at="2026-01-01T00:00:00Z", after=1.0)
    finding = Finding(entry=entry, result=result, found=found)
    return replace(document, volumes=(OUTER, volume, GAP), findings=(finding,))


@pytest.mark.parametrize(("on_device", "place"), [(2_000_000, 2_000_500), (-1, None)])
def test_vics_names_a_place_on_the_device_or_none(
    document: Document, on_device: int, place: int | None
) -> None:
    found = _found(document, _inner(1, on_device=on_device))
    (case,) = json.loads(vics.render(found))["value"]
    (file,) = case["Media"][0]["MediaFiles"]
    assert file["PhysicalLocation"] == place


def test_vics_names_the_place_on_the_device_of_what_lies_in_a_partition(
    document: Document,
) -> None:
    plain = replace(OUTER, state=VolumeState.READABLE, file_system="ext4")
    found = replace(_found(document, plain), volumes=(plain, GAP))
    (case,) = json.loads(vics.render(found))["value"]
    assert case["Media"][0]["MediaFiles"][0]["PhysicalLocation"] == 1_000_500


def test_a_partition_s_place_that_is_not_known_is_left_out_of_case(document: Document) -> None:
    made = json.loads(case_jsonld.render(document))
    offsets = {
        facet["uco-observable:partitionID"]: "uco-observable:partitionOffset" in facet
        for node in made["@graph"]
        for facet in node.get("uco-core:hasFacet", ())
        if "uco-observable:partitionID" in facet
    }
    assert offsets == {"d0v1": True, "d0v1.1": False, "d0v2": True}
