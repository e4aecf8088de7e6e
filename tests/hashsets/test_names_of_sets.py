"""Whoever sends a set chooses its name and those of its categories: they are text, and bounded."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from tests.disks import ext_volume
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse
from triage.errors import HashSetError
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder, build
from triage.hashsets.layout import MOST_TEXT, Category, Header
from triage.profile import Profile, SetKind

PROFILE = Profile(name="digests", description="", detectors=(HashSetUse(),))
CONTENT = b"a" * 900
NASTY = "\x1b]0;x\x07</td><script>alert(1)</script>\u202e"


def _built(folder: Path, name: str, category: str, source: str) -> Path:
    digest = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    (folder / "lab.csv").write_text(f'md5,category\n{digest},"{category}"\n')
    order = BuildOrder(inputs=[folder / "lab.csv"], name=name, kind=SetKind.NOTABLE, source=source)
    build(order, folder / "lab.seekset")
    return folder / "lab.seekset"


@pytest.mark.parametrize(
    ("name", "category", "source"),
    [(NASTY, NASTY, NASTY), ("n" * MOST_TEXT, "c" * 60_000, "s" * 100_000)],
    ids=["made to harm", "as long as can be"],
)
def test_what_a_set_is_called_finds_the_same_and_makes_a_bundle_that_verifies(
    tmp_path: Path, name: str, category: str, source: str
) -> None:
    """A text that is too long ended every worker that was to tell of a match."""
    ext_volume(tmp_path / "disk.img", 8 << 20, {"a.bin": CONTENT})
    path = _built(tmp_path, name, category, source)
    scanned = scanning.run(
        tmp_path / "disk.img", out=tmp_path / "out", profile=PROFILE, hash_sets=(path,)
    )
    (match,) = scanned.line("a.bin").result.matches
    assert match.provenance["set"] == name
    assert not any("worker replaced" in line for line in scanned.log)
    assert verify(scanned.bundle).failed is None
    page = (scanned.bundle / "report.html").read_text()
    assert "<script>alert" not in page
    assert "\x1b" not in page


def test_a_name_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="has more than 1,000 characters"):
        _built(tmp_path, "n" * (MOST_TEXT + 1), "1", "")


LONG = "x" * (MOST_TEXT + 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": LONG},
        {"categories": (Category(label=LONG, entries=1),)},
        {"sources": (LONG,)},
        {"created": LONG},
        {"expires": LONG},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_compiled_set_that_says_more_of_itself_than_any_build_is_refused(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    with open_set(_built(tmp_path, "lab", "1", "us")) as hash_set:
        said = msgspec.structs.replace(hash_set.header, **changed)
        assert isinstance(hash_set.header_in(msgspec.json.encode(hash_set.header)), Header)
        with pytest.raises(HashSetError, match="was altered"):
            hash_set.header_in(msgspec.json.encode(said))
