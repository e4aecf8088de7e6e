"""Labels of categories: what means the same is one, in new sets and in those of before."""

import hashlib
import io
import json
from collections import Counter
from pathlib import Path

import pytest

from triage.detectors.item import Item
from triage.detectors.known import HashSetDetector
from triage.evidence import FileEntry
from triage.hashsets.categories import Rules, checked_map
from triage.hashsets.exporting import ExportFormat, export
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, build, ready
from triage.hashsets.labels import Wanted, normalised, number_of
from triage.profile import SetKind

OF_BEFORE = Path(__file__).parent / "cases" / "labels_of_before.set"
"""Built by the version before labels were made alike: CAT 3, Category 2, 01, CAT 1 and CAT 2."""
BY_LABEL = {
    "CAT 3": hashlib.sha1(b"file 0 " * 1000, usedforsecurity=False),
    "Category 2": hashlib.sha1(b"file 1 " * 1300, usedforsecurity=False),
    "01": hashlib.sha1(b"file 2 " * 1600, usedforsecurity=False),
}


@pytest.mark.parametrize(
    ("written", "label"),
    [
        *((text, "1") for text in ("1", "01", "1.0", "1,0", " 1 ", "CAT 1", "Cat1", "cat. 1")),
        *((text, "1") for text in ("Category 1", "CATEGORY#1", "Kategorie 1", "Catégorie: 1")),
        *((text, "1") for text in ("Categoría 01", "categorie-1", "Stufe 1", "Grade 1", "\uff11")),
        *((text, "10") for text in ("10", "CAT 10", "010", "10.0")),
        *((text, "A") for text in ("a", "A", "Cat A", "Category A")),
        *((text, "A1") for text in ("A1", "a1", "Category A1", "A01")),
        *((text, "") for text in ("", "0", "00", "0.0", "CAT 0", "null", "none", "N/A", " - ")),
        *((text, text) for text in ("baseline", "1.5", "Cata", "1a", "Category", "AB", "1 - x")),
    ],
)
def test_what_means_the_same_is_one_label(written: str, label: str) -> None:
    assert normalised(written) == label
    assert normalised(label) == label


@pytest.mark.parametrize(("label", "number"), [("CAT 3", 3), ("Category 2", 2), ("1.0", 1),
                                               ("baseline", 0), ("A1", 0), ("", 0)])  # fmt: skip
def test_vics_has_numbers(label: str, number: int) -> None:
    assert number_of(label) == number


def _built(folder: Path, text: str, rules: Rules) -> HashSet:
    path = folder / "in.csv"
    path.write_text(text)
    build(BuildOrder(inputs=[path], name="x", kind=SetKind.NOTABLE, rules=rules), folder / "x.set")
    return open_set(folder / "x.set")


MIXED = "md5,category\n" + "".join(
    f"{number:032x},{label}\n"
    for number, label in enumerate(["CAT 1", "01", "1.0", "Category 1", "2", "Baseline", "baseline",
                                    "none", "0"], start=1)
)  # fmt: skip


def test_a_set_is_built_with_one_label_for_what_means_the_same(tmp_path: Path) -> None:
    with _built(tmp_path, MIXED, Rules()) as made:
        counts = {each.label: each.entries for each in made.header.categories}
        assert counts == {"1": 4, "2": 1, "Baseline": 2, "": 2}


@pytest.mark.parametrize("asked", ["1", "CAT 1", "01", "Kategorie 1"])
def test_build_keeps_a_category_however_it_is_written(asked: str, tmp_path: Path) -> None:
    with _built(tmp_path, MIXED, Rules(only=frozenset({asked}))) as made:
        assert made.header.entries == 4
        assert made.header.dropped == {"another category": 3, "no category": 2}


def test_a_map_and_its_order_are_understood_however_labels_are_written(tmp_path: Path) -> None:
    lab = checked_map({"map": {"CAT 1": "Category B"}, "order": ["cat b", "Baseline"]}, "map.yaml")
    with _built(tmp_path, MIXED, Rules(lab=lab)) as made:
        labels = [each.label for each in made.header.categories]
        assert labels == ["B", "Baseline", "2", ""]


def _matched(hash_set: HashSet, wanted: Wanted) -> set[str]:
    detector = HashSetDetector([hash_set], wanted)
    entry = FileEntry(id=1, volume_id="d0v1", path="x", size=7)
    items = {
        label: Item(entry=entry, head=b"", digests={"sha1": digest.digest()})
        for label, digest in BY_LABEL.items()
    }
    return {label for label, item in items.items() if detector.matches_of([item])[0]}


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        (("1",), {"01"}),
        (("CAT 1",), {"01"}),
        (("2",), {"Category 2"}),
        (("3", "cat 2"), {"CAT 3", "Category 2"}),
        (("9",), set()),
        ((), {"01", "CAT 3", "Category 2"}),
    ],
)
def test_a_set_of_before_matches_by_what_its_labels_mean(
    asked: tuple[str, ...], there: set[str]
) -> None:
    with open_set(OF_BEFORE) as before:
        assert {each.label for each in before.header.categories} >= set(BY_LABEL)
        assert _matched(before, Wanted(categories=asked)) == there
        assert Wanted(categories=asked).counted_in(before.header) == len(there) + sum(
            asked == () or number in asked or f"CAT {number}" in asked or f"cat {number}" in asked
            for number in ("1", "2")
        ), "the two PDQ values of CAT 1 and CAT 2 count as well"


def test_a_set_of_before_is_made_alike_when_it_is_built_again(tmp_path: Path) -> None:
    order = BuildOrder(inputs=[OF_BEFORE], name="new", kind=SetKind.NOTABLE)
    build(order, tmp_path / "new.set")
    with open_set(tmp_path / "new.set") as new:
        labels = {each.label: each.entries for each in new.header.categories}
        assert labels == {"1": 2, "2": 2, "3": 1}


def test_entries_without_a_category_count_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    rows = [f"{BY_LABEL['01'].hexdigest()},", f"{BY_LABEL['CAT 3'].hexdigest()},3"]
    path.write_text("\n".join(["sha1,category", *rows]))
    with ready(path) as lab:
        assert _matched(lab, Wanted(categories=("3",))) == {"CAT 3", "01"}
        assert _matched(lab, Wanted(categories=("3",), uncategorised=False)) == {"CAT 3"}
        assert _matched(lab, Wanted(uncategorised=False)) == {"CAT 3"}


def test_labels_leave_as_vics_numbers_and_others_as_tags(tmp_path: Path) -> None:
    with _built(tmp_path, MIXED, Rules()) as new, open_set(OF_BEFORE) as before:
        for hash_set, expected in (
            (before, {(1, None): 2, (2, None): 2, (3, None): 1}),
            (new, {(1, None): 4, (2, None): 1, (0, "Baseline"): 2, (0, None): 2}),
        ):
            out = io.StringIO()
            export(hash_set, ExportFormat.VICS, out)
            media = json.loads(out.getvalue())["value"]
            assert Counter((each["Category"], each.get("Tags")) for each in media) == expected
