"""What leaves a store as a list: with the lab's grades, read back, and without any case."""

import csv
import json
import subprocess
import sys
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from lab import series
from lab.grading import Scheme, grade
from lab.settling import writing
from lab.store import create_store
from tests.conftest import Seek
from tests.lab.bundles import Seen, digest_of, looks, sealed
from tests.lab.conftest import take
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder, build
from triage.hashsets.readers.compiled import batches
from triage.profile import SetKind

CASES = ("2026/0417", "2026/0418")
FORMS = ("vics", "case", "icse", "csv")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two cases: one content found in both and graded twice, one found and graded with
    a case's number for a category, one graded by two other schemes, one graded of which only the
    BLAKE3 is known, one of no interest. Two series have names, one of them that of a case."""
    at = tmp_path_factory.mktemp("place")
    store = create_store(at / "store", agency="Test")
    both = Seen(content="both", finding=True, pdq=looks(1), path="DCIM/Someone's.jpg")
    plain = Seen(content="plain", finding=True, type="video/mp4", pdq=looks(2))
    other = Seen(content="other", finding=True)
    first = [both, plain, Seen(content="nothing")]
    second = [both, other, Seen(content="no digests but BLAKE3")]
    for case, seen in zip(CASES, (first, second), strict=True):
        take(store, sealed(at / case[-4:], case, seen))
    with writing(store) as writer:
        for content, scheme, category in (
            ("both", Scheme.VICS, "1"), ("both", Scheme.VICS, "2"), ("both", Scheme.BASELINE, "1"),
            ("other", Scheme.BASELINE, "national"), ("other", Scheme.CAID, "5"),
            ("no digests but BLAKE3", Scheme.VICS, "3"), ("plain", Scheme.CAID, f"see {CASES[0]}"),
        ):  # fmt: skip
            grade(writer.decided, digest_of(content), scheme, category, "j.doe")
        for pdq, name in ((looks(1), "=blue harbour"), (looks(2), f"as in {CASES[1]}")):
            ((number,),) = writer.decided.ask("SELECT series FROM member WHERE pdq = ?", [pdq])
            series.name(writer.decided, number, name, "j.doe")
    return at


@pytest.fixture(scope="module")
def lists(seek: Seek, place: Path) -> dict[str, Path]:
    """Each form of all cases; a word behind it is a scheme, or the one case."""
    return {
        name: exported(seek, place, *name.split())
        for name in (*FORMS, "vics CAID", "vics baseline", f"vics {CASES[0]}")
    }


def exported(seek: Seek, place: Path, form: str, more: str = "") -> Path:
    out = place / f"{form}-{more[-4:]}.{'jsonld' if form == 'case' else form}"
    asked = [] if not more else ["--case" if more in CASES else "--scheme", more]
    done = seek("lab", "export", form, place / "store", "--out", out, *asked)
    assert done.returncode == 0, done.stderr
    left_out = "Left out: 1 content that" in " ".join(done.stderr.split())
    assert left_out is (form in ("vics", "icse") and more != CASES[0])
    return out


def _md5(content: str) -> str:
    return md5(content.encode(), usedforsecurity=False).hexdigest()


def categories(file: Path) -> dict[str, str]:
    """By MD5, as a compiled set has them that is built of it."""
    compiled = file.with_suffix(".seekset")
    build(BuildOrder(inputs=[file], name="read back", kind=SetKind.NOTABLE), compiled)
    found = {}
    for batch in batches(open_set(compiled)):
        assert batch.categories is not None
        for number, category in enumerate(batch.categories):
            found[bytes(batch.digests["md5"][number]).hex()] = category
    return found


def test_vics_comes_back_with_the_lab_s_grades(lists: dict[str, Path]) -> None:
    """The last grade of the scheme that was asked for, and the set's own where nobody graded."""
    out = lists["vics"]
    assert categories(out) == {_md5("both"): "2", _md5("plain"): "1", _md5("other"): "1"}
    whole = json.loads(out.read_text())
    assert whole["@odata.context"].endswith("DataModels/2.0.xml/Default/$metadata#Media")
    media: dict[str, Any] = {each["MD5"].lower(): each for each in whole["value"]}
    assert media[_md5("both")]["IsPrecategorized"] == "false"
    assert media[_md5("both")]["Series"] == "=blue harbour"
    assert media[_md5("plain")]["IsPrecategorized"] == "true"
    by_caid = lists["vics CAID"]
    assert categories(by_caid) == {_md5("both"): "1", _md5("plain"): "", _md5("other"): "5"}


def test_a_grade_that_is_no_number_is_a_tag_in_vics(lists: dict[str, Path]) -> None:
    out = lists["vics baseline"]
    (media,) = (each for each in json.loads(out.read_text())["value"]
                if each["MD5"].lower() == _md5("other"))  # fmt: skip
    assert (media["Category"], media["Tags"]) == (0, "national")


def test_icse_has_its_columns_and_says_of_the_baseline_what_the_lab_said(
    lists: dict[str, Path],
) -> None:
    out = lists["icse"]
    rows = list(csv.reader(out.read_text().splitlines(), delimiter=";"))
    assert ";".join(rows[0]) == (
        "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;"
        "Series name;Number of submissions;File Available;Media Type;Baseline"
    )
    said = {row[0]: (row[10], row[11], row[7]) for row in rows[1:]}
    assert said == {
        _md5("both"): ("Image", "yes", "'=blue harbour"), _md5("plain"): ("Video", "", ""),
        _md5("other"): ("Image", "no", ""),
    }  # fmt: skip
    assert categories(out) == {_md5("both"): "baseline", _md5("plain"): "", _md5("other"): ""}


def test_csv_is_read_back_and_is_no_formula(lists: dict[str, Path]) -> None:
    out = lists["csv"]
    rows = {row["blake3"]: row for row in csv.DictReader(out.read_text().splitlines())}
    both = rows[digest_of("both")]
    assert (both["category"], both["by"], both["series"]) == ("2", "VICS", "'=blue harbour")
    assert (rows[digest_of("plain")]["by"], both["pdq"]) == ("set", looks(1).hex())
    assert rows[digest_of("no digests but BLAKE3")]["category"] == "3"
    assert digest_of("nothing") not in rows
    with_md5 = out.with_suffix(".md5.csv")
    with_md5.write_text("".join(line for line in out.read_text().splitlines(keepends=True)
                                if not line.startswith(",")))  # fmt: skip
    assert categories(with_md5)[_md5("both")] == "2"


def test_case_has_a_file_for_each_content_and_conforms(lists: dict[str, Path]) -> None:
    out = lists["case"]
    graph = json.loads(out.read_text())["@graph"]
    assert [node["@type"] for node in graph].count("uco-observable:File") == 4
    said = {node["uco-core:statement"] for node in graph if "uco-core:statement" in node}
    assert "category 2, graded by VICS; series =blue harbour" in said
    assert "category 1, by a notable set" in said
    validator = str(Path(sys.executable).with_name("case_validate"))
    done = subprocess.run(
        [validator, "--built-version", "case-1.5.0", "--allow-info", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Conforms: True" in done.stdout, done.stdout
    assert "UNDEFINED" not in done.stderr.upper()


def test_no_case_no_path_and_no_person_is_in_any_list(
    seek: Seek, place: Path, lists: dict[str, Path]
) -> None:
    """Not even where somebody named a series or a category after a case."""
    for name, file in lists.items():
        for trace in (*CASES, "Someone", "DCIM", "EX-1", "Examiner", "j.doe"):
            assert trace.encode() not in file.read_bytes(), (name, trace)
    trail = seek("lab", "audit", place / "store").stdout
    assert trail.count("exported a list") == len(lists)
    assert CASES[0] not in trail


def test_of_one_case_only_what_it_has_leaves(
    seek: Seek, place: Path, lists: dict[str, Path]
) -> None:
    assert set(categories(lists[f"vics {CASES[0]}"])) == {_md5("both"), _md5("plain")}
    gone = seek("lab", "export", "csv", place / "store", "--out", place / "x", "--case", "nobody's")
    assert gone.returncode == 1
    assert not (place / "x").exists()
