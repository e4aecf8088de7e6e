"""What matched in a part is told as the part's: by every surface, and within its entry."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.bundle import samples
from triage.alike import nearest_value
from triage.bundle.checking.crosscheck import tally
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.rendering import vics
from triage.coordinator.checking import check_results
from triage.errors import VerificationError, WorkerError
from triage.evidence import FileEntry
from triage.findings import Match, Outcome, Result, lie_within
from triage.match_kinds import MatchKind
from triage.parts.matching import MOST_MATCHES, PartsSaid, _add
from triage.parts.part import Part
from triage.parts.telling import PartFound, digests_of, told, untold
from triage.wire.messages import Results

BEHIND = Part(content=b"\xff\xd8\xff" + bytes(97), kind="JPEG behind the end", offset=900)
KNOWN = Match(
    kind=MatchKind.HASH_SET,
    detector="hash_set 1",
    reason="Known material.",
    provenance={"category": "1", "set": "lab"},
)


def of_part(part: Part = BEHIND, match: Match = KNOWN, *, lost: bool | None = None) -> Match:
    found = PartFound(part=part, mime="image/jpeg", digests=digests_of(part), lost=lost)
    return told(match, found)


@pytest.fixture
def document(sealed_once: Path) -> Document:
    return schema.decode((sealed_once / layout.FINDINGS).read_bytes())


def with_matches(document: Document, *matches: Match) -> Document:
    first = samples.altered(document.findings[0], result={"matches": matches, "type": "image/jpeg"})
    return msgspec.structs.replace(document, findings=(first,))


def test_a_match_of_a_part_keeps_its_kind_and_says_where() -> None:
    match = of_part()
    assert match.kind is MatchKind.HASH_SET
    assert match.reason == (
        "In this file at offset 900, 100 bytes (JPEG behind the end): Known material."
    )
    assert match.place == (900, 100)
    assert match.provenance["category"] == "1", "what the detector said stays"


def test_a_match_of_a_thumbnail_is_of_that_kind_and_says_by_what_it_matched() -> None:
    part = Part(content=BEHIND.content, kind="Thumbs.db", thumbnail=True, of="a.jpg", identity="21")
    match = of_part(part, lost=True)
    assert (match.kind, match.provenance["matched_by"]) == (MatchKind.THUMBNAIL, "hash_set")
    assert match.reason == (
        "A thumbnail of a.jpg, which is gone, in this file (Thumbs.db) matched. Known material."
    )
    assert match.place is None
    assert match.provenance["part_size"] == "100"


def test_a_bitmap_that_was_put_into_a_file_is_told_with_the_length_that_it_has_there() -> None:
    match = of_part(Part(content=bytes(154), kind="bitmap", offset=64, length=130))
    assert match.place == (64, 130)
    assert match.provenance["part_size"] == "154"


def test_of_more_matches_than_are_told_the_surest_is_and_says_how_many_there_were() -> None:
    said = PartsSaid()
    kinds = [MatchKind.CLASSIFIER, MatchKind.HASH_SET, MatchKind.PERCEPTUAL] * 500
    for at in range(0, len(kinds), 7):
        _add(said, [Match(kind=kind, detector="d", reason="So.") for kind in kinds[at : at + 7]])
    assert (len(said.matches), said.untold) == (MOST_MATCHES, 1400)
    assert said.surest_untold is not None
    match = untold(said.surest_untold, said.untold, MOST_MATCHES)
    assert match.kind is MatchKind.HASH_SET
    assert match.provenance["further_matches"] == "1400"
    assert match.reason == (
        "1,400 more matches in this file, of which this is the surest; 100 are told one by one. So."
    )


@pytest.mark.parametrize("offset", ["", "x", "-1", "9" * 20, "950", "²"])
def test_a_part_that_cannot_lie_in_its_entry_ends_the_worker_that_tells_of_it(offset: str) -> None:
    entry = FileEntry(id=1, volume_id="d0v1", path="a.jpg", size=1000)
    lie = msgspec.structs.replace(
        of_part(), provenance=of_part().provenance | {"part_offset": offset}
    )
    assert lie_within([of_part()], entry.size)
    reply = Results(
        entry_ids=(1,),
        results=(Result(outcome=Outcome.EXAMINED, matches=(lie,)),),
        previews={},
        seconds=1.0,
    )
    with pytest.raises(WorkerError, match="outside its entry"):
        check_results([entry], reply)


def test_a_bundle_that_tells_of_a_part_outside_its_entry_does_not_verify(sealed_once: Path) -> None:
    lines = (sealed_once / layout.ENTRIES).read_bytes().splitlines()
    found = next(n for n, line in enumerate(lines) if b'"found"' in line)
    line = json.loads(lines[found])
    line["result"]["matches"][0]["provenance"] |= {
        "part": "JPEG", "part_offset": str(line["entry"]["size"]), "part_length": "1",
    }  # fmt: skip
    tally(lines)
    lines[found] = json.dumps(line).encode()
    with pytest.raises(VerificationError, match="tells of a part outside it"):
        tally(lines)


def test_in_vics_a_part_is_a_content_of_its_own_with_its_own_category(document: Document) -> None:
    whole = with_matches(document, of_part())
    own, part = json.loads(vics.render(whole))["value"][0]["Media"]
    assert (own["Category"], own["IsPrecategorized"]) == (0, "false")
    assert "at offset 900" in own["Comments"]
    assert (part["Category"], part["PrecategorizationSource"]) == (1, "lab")
    assert (part["MD5"], part["MediaSize"]) == (of_part().provenance["part_md5"].upper(), 100)
    assert [each["FileName"] for each in part["MediaFiles"]] == ["IMG_0000.JPG"]
    begins = [int(media["MediaFiles"][0]["PhysicalLocation"]) for media in (own, part)]
    assert begins[1] - begins[0] == 900


def test_in_vics_a_part_in_pieces_lies_nowhere_and_nonsense_is_no_place(document: Document) -> None:
    in_pieces = of_part(Part(content=bytes(100), kind="Thumbs.db", thumbnail=True))
    nonsense = msgspec.structs.replace(
        of_part(), provenance=of_part().provenance | {"part_offset": "x", "part_size": "y"}
    )
    for match in (in_pieces, nonsense):
        _, part = json.loads(vics.render(with_matches(document, match)))["value"][0]["Media"]
        assert part["MediaFiles"][0]["PhysicalLocation"] is None


def test_what_a_part_looks_like_says_nothing_of_what_its_carrier_does() -> None:
    like = Match(
        kind=MatchKind.PERCEPTUAL,
        detector="x",
        reason="x",
        provenance={"set_digest": "aa", "distance": "3"},
    )
    assert nearest_value([like]) == "aa"
    assert nearest_value([of_part(match=like)]) == ""
