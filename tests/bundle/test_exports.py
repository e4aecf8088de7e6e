import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.rendering import case_jsonld, digest_list, spreadsheet, vics
from triage.bundle.rendering.contents import contents_of
from triage.bundle.rendering.html import spread
from triage.bundle.writing.exports import Export, default_file, read_document, save
from triage.errors import BundleError, EvidenceStickError, UsageError
from triage.findings import Match
from triage.hashsets.importing import ready
from triage.match_kinds import MatchKind


@pytest.fixture
def document(sealed_once: Path) -> Document:
    return schema.decode((sealed_once / layout.FINDINGS).read_bytes())


def with_path(document: Document, path: str) -> Document:
    first = document.findings[0]
    changed = samples.altered(first, entry={"path": path})
    return msgspec.structs.replace(document, findings=(changed,))


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_spreadsheet_has_a_row_for_every_finding(document: Document) -> None:
    table = rows(spreadsheet.render(document))
    assert [row["finding"] for row in table] == ["1", "2", "3"]
    assert table[0]["sha256"] == f"{0:064x}"
    assert table[0]["kinds"] == "hash_set; name"
    assert (table[1]["score open-nsfw"], table[1]["threshold open-nsfw"]) == ("0.913", "0.8")
    assert table[1]["pdq_distance"] == ""
    assert table[0]["serial"] == "S2ABNX0H123456"
    assert table[2]["reread_sha256"] == "f" * 64
    assert (table[2]["frames_seen"], table[2]["video_seconds"]) == ("10", "302.0")
    assert (table[2]["frames_to_seconds"], table[2]["frames_cut_short"]) == ("295.4", "yes")
    assert (table[2]["frames_of_scenes"], table[2]["scenes_cut_short"]) == ("2", "yes")
    assert table[1]["frames_seen"] == ""


@pytest.mark.parametrize(
    "path", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "|x", "%x", "\t=1", "\r=1"]
)
def test_a_name_cannot_become_a_formula(document: Document, path: str) -> None:
    cell = rows(spreadsheet.render(with_path(document, path)))[0]["path"]
    assert cell[0] in "'\\"


def test_a_name_cannot_make_a_row_of_its_own(document: Document) -> None:
    table = rows(spreadsheet.render(with_path(document, 'x",\r\n"=1+1')))
    assert len(table) == 1
    assert table[0]["path"] == 'x",\\r\\n"=1+1'


def media_of(document: Document, files: dict[str, str] | None = None) -> list[dict[str, Any]]:
    media: list[dict[str, Any]] = json.loads(vics.render(document, files))["value"][0]["Media"]
    return media


def test_vics_has_a_media_for_each_place_so_that_a_reader_of_the_first_loses_none(
    document: Document,
) -> None:
    first = document.findings[0]
    again = samples.altered(first, found={"number": 4}, entry={"path": "DCIM/other.jpg"})
    whole = msgspec.structs.replace(document, findings=(*document.findings, again))
    made = json.loads(vics.render(whole))
    assert made["@odata.context"].endswith("2.0.xml/US/$metadata#Cases")
    case = made["value"][0]
    assert case["TotalMediaFiles"] == 4
    assert [media["MediaID"] for media in case["Media"]] == [1, 2, 3, 4]
    one, other = case["Media"][0], case["Media"][3]
    for media in (one, other):
        assert media["MD5"] == "0" * 32
        assert media["SHA1"] is None
        assert media["Category"] == 1
        assert media["AlternativeHashes"] == [{"HashName": "SHA256", "HashValue": "0" * 64}]
        (place,) = media["MediaFiles"]
        assert place["SourceID"] == "EX-3"
        assert place["FilePath"].endswith(f"\\{place['FileName']}")
    assert one["MediaFiles"][0]["FileName"] == "IMG_0000.JPG"
    assert other["MediaFiles"][0]["FilePath"] == "d0v1\\DCIM\\other.jpg"


def test_a_category_of_a_content_is_that_of_all_its_places(document: Document) -> None:
    """One of two copies may have been looked at by another detector alone."""
    first = document.findings[0]
    unlike = Match(kind=MatchKind.NAME, detector="names", reason="listed")
    again = samples.altered(
        first, found={"number": 4}, result={"matches": (unlike,), "type": "image/jpeg"}
    )
    whole = msgspec.structs.replace(document, findings=(again, first))
    assert [media["Category"] for media in media_of(whole)] == [1, 1]


@pytest.mark.parametrize(
    ("path", "member", "place", "name"),
    [
        ("a/trip.zip", "day 1.jpg", "a\\trip.zip » day 1.jpg", "day 1.jpg"),
        ("trip.zip", "x/y/1.jpg", "trip.zip » x\\y\\1.jpg", "1.jpg"),
        ("a/b.eml", "c/d.zip » e/f.jpg", "a\\b.eml » c\\d.zip » e\\f.jpg", "f.jpg"),
        ("a/b.eml", "d.zip » f.jpg", "a\\b.eml » d.zip » f.jpg", "f.jpg"),
    ],
)
def test_a_member_has_its_own_name_and_says_in_what_it_lies(
    document: Document, path: str, member: str, place: str, name: str
) -> None:
    whole = with_member(document, path, member)
    carrier, inside = media_of(whole)
    (file,) = inside["MediaFiles"]
    assert (file["FilePath"].replace(" » ", "\\"), file["FileName"]) == (
        f"d0v1\\{place}".replace(" » ", "\\"), name,
    )  # fmt: skip
    assert file["ParentMD5"] == carrier["MD5"]
    assert file["ParentFilePath"] == carrier["MediaFiles"][0]["FilePath"]
    assert file["ParentFileName"] == path.rpartition("/")[2]
    assert "PhysicalLocation" in file
    assert file["PhysicalLocation"] is None
    assert "ParentFileName" not in carrier["MediaFiles"][0]


def with_member(document: Document, path: str, member: str) -> Document:
    match = Match(
        kind=MatchKind.HASH_SET,
        detector="hash_set",
        reason="known",
        provenance={
            "part": "zip member", "member": member, "part_size": "7", "part_md5": "a" * 32,
            "part_sha1": "b" * 40, "part_sha256": "c" * 64, "category": "3", "digest": "a" * 32,
            "set": "lab",
        },
    )  # fmt: skip
    finding = samples.altered(
        document.findings[0], entry={"path": path}, result={"matches": (match,)}
    )
    return msgspec.structs.replace(document, findings=(finding,))


def test_what_could_not_be_taken_out_is_named_and_not_left_out(document: Document) -> None:
    """GLEAPP leaves out what has no RelativeFilePath, and says nothing."""
    whole = with_member(document, "trip.zip", "day 1.jpg")
    sha256 = whole.findings[0].digests["sha256"]
    carrier, inside = media_of(whole, {sha256: "000001-trip.zip"})
    assert carrier["RelativeFilePath"] == "000001-trip.zip"
    assert inside["RelativeFilePath"] == "not-taken-out-000002.jpg"
    assert all("RelativeFilePath" not in media for media in media_of(whole))
    nasty = with_member(document, "trip.zip", "x.../../..\\..\\y")
    assert media_of(nasty, {})[1]["RelativeFilePath"] == "not-taken-out-000002"


@pytest.mark.parametrize("value", ["", "c" * 63, "C" * 64, "c" * 63 + "\n", '1,"x"' * 12 + "cccc"])
def test_what_is_no_digest_of_a_part_leaves_in_no_export(document: Document, value: str) -> None:
    whole = with_member(document, "trip.zip", "day 1.jpg")
    (finding,) = whole.findings
    (match,) = finding.matches
    odd = msgspec.structs.replace(match, provenance=match.provenance | {"part_sha256": value})
    finding = samples.altered(finding, result={"matches": (odd,)})
    for content in contents_of(finding):
        assert value not in content.digests.values()
    listed = b"".join(digest_list.render([finding])).decode()
    assert len(listed.splitlines()) == 2, "the heading and the carrier"


@pytest.mark.parametrize(
    ("label", "number"), [("CAT 3", 3), ("Category 2", 2), ("01", 1), ("baseline", 0), ("", 0)]
)
def test_a_label_leaves_as_the_number_that_vics_has(
    label: str, number: int, document: Document
) -> None:
    """Sets that were built before labels were made alike still have their own."""
    first = document.findings[0]
    matches = tuple(
        msgspec.structs.replace(match, provenance=match.provenance | {"category": label})
        for match in first.matches
    )
    whole = msgspec.structs.replace(
        document, findings=(samples.altered(first, result={"matches": matches}),)
    )
    (media,) = json.loads(vics.render(whole))["value"][0]["Media"]
    assert media["Category"] == number
    assert media["IsPrecategorized"] == ("true" if label else "false")


def test_what_only_looks_like_known_material_is_not_precategorised(document: Document) -> None:
    like = Match(
        kind=MatchKind.PERCEPTUAL, detector="x", reason="like it", provenance={"category": "1"}
    )
    first = samples.altered(document.findings[0], result={"type": "image/jpeg", "matches": (like,)})
    whole = msgspec.structs.replace(document, findings=(first,))
    (media,) = json.loads(vics.render(whole))["value"][0]["Media"]
    assert (media["Category"], media["IsPrecategorized"]) == (0, "false")
    assert media["Comments"] == "like it"


def test_vics_leaves_out_what_is_no_picture_or_video(document: Document) -> None:
    match = Match(kind=MatchKind.NAME, detector="names", reason="listed")
    text = samples.altered(document.findings[0], result={"type": "text/plain", "matches": (match,)})
    whole = msgspec.structs.replace(document, findings=(text,))
    assert json.loads(vics.render(whole))["value"][0]["Media"] == []


def test_the_same_bundle_gives_the_same_vics_file(document: Document) -> None:
    assert vics.render(document) == vics.render(document)


def test_case_relates_every_finding_to_its_volume_and_device(document: Document) -> None:
    graph = json.loads(case_jsonld.render(document))["@graph"]
    nodes = {node["@id"]: node for node in graph}
    assert len(nodes) == len(graph)
    files = [node for node in graph if node["@type"] == "uco-observable:File"]
    assert len(files) == 3
    inside = {
        node["uco-core:source"]["@id"]: node["uco-core:target"]["@id"]
        for node in graph
        if node["@type"] == "uco-observable:ObservableRelationship"
    }
    for file in files:
        volume = nodes[inside[file["@id"]]]
        assert volume["@type"] == "uco-observable:DiskPartition"
        assert nodes[inside[volume["@id"]]]["@type"] == "uco-observable:Device"
    facet = files[1]["uco-core:hasFacet"][0]
    assert facet["uco-observable:fileName"].isprintable()
    assert sum(node["@type"] == "uco-core:Annotation" for node in graph) == 4
    assert case_jsonld.render(document) == case_jsonld.render(document)


def test_in_case_a_part_is_a_file_of_its_own_within_the_finding(document: Document) -> None:
    graph = json.loads(case_jsonld.render(with_member(document, "a/t.zip", "b/1.jpg")))["@graph"]
    carrier, part = [node for node in graph if node["@type"] == "uco-observable:File"]
    named, held = part["uco-core:hasFacet"]
    assert named["uco-observable:filePath"] == "a/t.zip » b/1.jpg"
    assert named["uco-observable:fileName"] == "1.jpg"
    digests = {each["uco-types:hashMethod"] for each in held["uco-observable:hash"]}
    assert digests == {"MD5", "SHA1", "SHA256"}
    within = [node for node in graph if node.get("uco-core:source") == {"@id": part["@id"]}]
    assert [node["uco-core:target"]["@id"] for node in within] == [carrier["@id"]]
    (note,) = [node for node in graph if node["@type"] == "uco-core:Annotation"]
    assert note["uco-core:object"] == {"@id": part["@id"]}


def test_case_validate_finds_nothing_wrong(document: Document, tmp_path: Path) -> None:
    member = with_member(document, "a/t.zip", "b/1.jpg").findings[0]
    (match,) = member.matches
    told = {"part_offset": "3", "part_length": "7", "member": ""}
    behind = msgspec.structs.replace(match, provenance=match.provenance | told)
    behind = msgspec.structs.replace(
        behind, provenance=behind.provenance | {"part_sha256": "d" * 64}
    )
    member = samples.altered(
        member, found={"number": 4}, result={"matches": (*member.matches, behind)}
    )
    document = msgspec.structs.replace(document, findings=(*document.findings, member))
    (tmp_path / "case.jsonld").write_bytes(case_jsonld.render(document))
    validator = str(Path(sys.executable).with_name("case_validate"))
    options = ["--built-version", "case-1.5.0", "--allow-info"]
    command = [validator, *options, str(tmp_path / "case.jsonld")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Conforms: True" in done.stdout, done.stdout
    assert "UNDEFINED" not in done.stderr.upper()


@pytest.mark.parametrize("export", list(Export))
def test_exports_lie_beside_the_bundle_and_leave_it_alone(bundle: Path, export: Export) -> None:
    file = default_file(bundle, export)
    assert file.parent == bundle.parent
    save(bundle, export, file)
    assert file.stat().st_size > 100
    assert verify(bundle).failed is None
    with pytest.raises(UsageError, match="exists already"):
        save(bundle, export, file)


@pytest.mark.parametrize("inside", ["report2.html", "media/x.csv", "../{name}/x.csv"])
def test_nothing_is_ever_written_into_a_sealed_bundle(bundle: Path, inside: str) -> None:
    file = bundle / inside.format(name=bundle.name)
    with pytest.raises(UsageError, match="sealed"):
        save(bundle, Export.CSV, file)
    (bundle.parent / "alias").symlink_to(bundle)
    with pytest.raises(UsageError, match="sealed"):
        save(bundle, Export.CSV, bundle.parent / "alias" / "x.csv")
    assert verify(bundle).failed is None


def test_a_page_rendered_again_finds_its_previews(bundle: Path, tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    save(bundle, Export.HTML, deep / "page.html")
    text = (deep / "page.html").read_text(encoding="utf-8")
    assert f'src="../../{bundle.name}/media/f000001.jpg"' in text
    assert (deep / f"../../{bundle.name}/media/f000001.jpg").exists()


def test_a_page_of_very_many_findings_is_rendered_into_files_that_lead_to_each_other(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "PER_FILE", 2)
    (tmp_path / "out").mkdir()
    first, second = save(bundle, Export.HTML, tmp_path / "out" / "a&b.htm")
    assert (first.name, second.name) == ("a&b.htm", "a&b_002.htm")
    assert 'href="a%26b_002.htm#findings"' in first.read_text(encoding="utf-8")
    assert 'href="a%26b.htm"' in second.read_text(encoding="utf-8")
    first.unlink()
    with pytest.raises(UsageError, match="a&b_002"):
        save(bundle, Export.HTML, first)
    assert [file.name for file in first.parent.iterdir()] == [second.name]


def test_odd_folder_names_are_quoted_in_the_page(bundle: Path) -> None:
    odd = bundle.with_name(os.fsdecode(b'x"%\xff:&'))
    bundle.rename(odd)
    save(odd, Export.HTML, odd.parent / "page.html")
    text = (odd.parent / "page.html").read_text(encoding="utf-8")
    assert 'src="x%22%25%FF%3A%26/media/f000001.jpg"' in text


def test_what_is_no_bundle_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"findings\.json is missing"):
        read_document(tmp_path)
    with pytest.raises(BundleError, match="not a folder"):
        read_document(tmp_path / "none")


def test_a_folder_that_cannot_be_written_to_says_so(bundle: Path) -> None:
    with pytest.raises(EvidenceStickError):
        save(bundle, Export.CSV, Path("/proc/none/x.csv"))


def test_a_bundle_of_deep_json_is_survived(bundle: Path) -> None:
    (bundle / layout.FINDINGS).write_bytes(b"[" * 1_000_000)
    with pytest.raises(BundleError):
        read_document(bundle)


def test_the_vics_file_is_a_hash_set_that_seek_reads(document: Document, tmp_path: Path) -> None:
    file = tmp_path / "vics.json"
    file.write_bytes(vics.render(document))
    with ready(file) as hash_set:
        assert len(document.findings) == 3
        for finding in document.findings[1:]:  # the first one's digests are zeros: no digests
            assert hash_set.find("md5", bytes.fromhex(finding.digests["md5"])) is not None
        assert hash_set.find("md5", b"\xee" * 16) is None
