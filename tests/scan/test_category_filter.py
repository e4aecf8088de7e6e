"""`--category 1`: whatever a list calls its categories, what is of the first is a finding."""

import hashlib
import random
from pathlib import Path

import pytest

from tests.disks import ext_volume
from tests.workers import scanning
from triage.choices import HashSetUse
from triage.errors import UsageError
from triage.profile import Profile
from triage.scan.events import SetLoaded

FILES = {f"f{n}.bin": random.Random(n).randbytes(7000 + 2100 * n) for n in range(4)}
"""Of the categories 1, 2 and 3, and without one."""
HEADINGS = ("Category", "Kategorie", "Categoría", "Catégorie", "Grade", "Cat", "Category Name")
LABELS = ("{}", "CAT {}", "Category {}", "0{}", "{}.0", "kategorie {}", "Cat. {}")


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def listed(path: Path, heading: str, label: str, *, none: str = "") -> Path:
    labels = [*(label.format(n) for n in (1, 2, 3)), none]
    rows = [f"{sha1(c)},{len(c)},{of}" for c, of in zip(FILES.values(), labels, strict=True)]
    path.write_text("\n".join([f"SHA1,Size,{heading}", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("disk") / "disk.img"
    ext_volume(path, 8 << 20, FILES)
    return path


def found(
    disk: Path, out: Path, sets: tuple[Path, ...], *categories: str, none: bool = True
) -> set[str]:
    use = HashSetUse(categories=categories, uncategorised=none)
    profile = Profile(name="digests", description="digests alone", detectors=(use,))
    done = scanning.run(disk, out=out, profile=profile, hash_sets=sets)
    told = [each for each in done.told if isinstance(each, SetLoaded)]
    assert sum(each.counted for each in told) == len(done.document.findings)
    return {finding.entry.path for finding in done.document.findings}


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_column_of_categories_is_found_by_any_of_its_names(
    heading: str, disk: Path, tmp_path: Path
) -> None:
    path = listed(tmp_path / "lab.csv", heading, "{}")
    assert found(disk, tmp_path / "out", (path,), "1") == {"f0.bin", "f3.bin"}


@pytest.mark.parametrize(
    ("label", "asked"), [*((label, "1") for label in LABELS), ("{}", "CAT 1"), ("CAT {}", "01")]
)
def test_a_label_is_met_however_it_is_written(
    label: str, asked: str, disk: Path, tmp_path: Path
) -> None:
    path = listed(tmp_path / "lab.csv", "Category", label)
    assert found(disk, tmp_path / "out", (path,), asked, none=False) == {"f0.bin"}


@pytest.mark.parametrize(
    ("categories", "none"), [(("9",), True), (("1", "9"), True), (("CAT 4",), False)]
)
def test_a_category_that_no_set_has_ends_the_scan_before_it_begins(
    categories: tuple[str, ...], none: bool, disk: Path, tmp_path: Path
) -> None:
    path = listed(tmp_path / "lab.csv", "Category", "{}")
    with pytest.raises(UsageError, match="has an entry of category") as refused:
        found(disk, tmp_path / "out", (path,), *categories, none=none)
    assert "lab.csv: 1 (1), 2 (1), 3 (1), none (1)" in refused.value.hint


def test_a_filter_that_lets_nothing_count_is_refused(disk: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("\n".join(map(sha1, FILES.values())))
    with pytest.raises(UsageError, match="has an entry that counts"):
        found(disk, tmp_path / "out", (tmp_path / "plain.txt",), none=False)
