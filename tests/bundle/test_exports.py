import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.rendering import case_jsonld, spreadsheet, vics
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


def test_vics_lists_each_content_once_with_all_its_places(document: Document) -> None:
    first = document.findings[0]
    again = samples.altered(first, found={"number": 4}, entry={"path": "Copies/other.jpg"})
    whole = msgspec.structs.replace(document, findings=(*document.findings, again))
    made = json.loads(vics.render(whole))
    assert made["@odata.context"].endswith("2.0.xml/US/$metadata#Cases")
    case = made["value"][0]
    assert case["TotalMediaFiles"] == 4
    assert [media["MediaID"] for media in case["Media"]] == [1, 2, 3]
    media = case["Media"][0]
    assert media["MD5"] == "0" * 32
    assert media["SHA1"] is None
    assert media["Category"] == 1
    assert media["AlternativeHashes"] == [{"HashName": "SHA256", "HashValue": "0" * 64}]
    names = [file["FileName"] for file in media["MediaFiles"]]
    assert names == ["IMG_0000.JPG", "other.jpg"]
    assert media["MediaFiles"][1]["FilePath"] == "d0v1\\Copies"
    assert media["MediaFiles"][0]["SourceID"] == "EX-3"


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


def test_case_validate_finds_nothing_wrong(document: Document, tmp_path: Path) -> None:
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
