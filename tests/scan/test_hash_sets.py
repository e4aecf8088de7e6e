"""Hash sets in a whole scan: the size gate loses nothing, a sealed set finds the same."""

import hashlib
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.demo import photographs
from tests.disks import ext_volume, fat_volume
from tests.workers import scanning
from triage.choices import HashSetUse, PerceptualUse
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode
from triage.detectors.types import type_of
from triage.ending import Reason
from triage.findings import Tally
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import BuildOrder, Seal, build
from triage.hashsets.sealing import SetKey
from triage.hashsets.wrapping import wrap_for_passphrase
from triage.match_kinds import MatchKind
from triage.profile import Profile, SetKind
from triage.scan import scan
from triage.workers.intake import NOT_IN_ANY_SET

DIGESTS = Profile(name="digests", description="digests alone", detectors=(HashSetUse(),))
FILES = {
    f"home/f{number:03}.bin": random.Random(number).randbytes(9000 + 37 * number)
    for number in range(120)
}
NOTABLE = [*FILES][::10]
PASSPHRASE = "correct horse"  # noqa: S105 - of a test


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A volume, and one list of its notable files as three sets."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        ext_volume(place / "disk.img", 16 << 20, FILES)
        rows = [(hashlib.md5(FILES[n], usedforsecurity=False), len(FILES[n])) for n in NOTABLE]
        lines = [f"{md5.hexdigest()},{size}\n" for md5, size in rows]
        (place / "sized.csv").write_text("md5,size\n" + "".join(lines))
        (place / "unsized.csv").write_text("md5,size\n" + "".join([f"{'a' * 32},\n", *lines]))
        key = SetKey.fresh()
        seal = Seal(key=key, stanzas=(wrap_for_passphrase(key, PASSPHRASE),))
        for source, out, sealing in (
            ("sized", "sized", None),
            ("unsized", "unsized", None),
            ("sized", "sealed", seal),
        ):
            inputs = [place / f"{source}.csv"]
            order = BuildOrder(inputs=inputs, name="lab", kind=SetKind.NOTABLE, seal=sealing)
            build(order, place / f"{out}.set")
        yield place


def _scanned(folder: Path, name: str, out: Path) -> scanning.Scanned:
    search = scanning.search_of(
        folder / "disk.img", out=out, profile=DIGESTS, hash_sets=(folder / f"{name}.set",)
    )

    def unlock(hash_set: HashSet) -> bytes:
        return hash_set.unlock(PASSPHRASE)

    return scanning.Scanned(scan(replace(search, unlock=unlock), tell=lambda _: None))


def _passed_by(scanned: scanning.Scanned) -> set[str]:
    return {line.entry.path for line in scanned.lines if line.result.reason == NOT_IN_ANY_SET}


def _found(scanned: scanning.Scanned) -> dict[str, list[dict[str, str]]]:
    """Findings by path; which file of the set it was in is left out."""
    return {
        finding.entry.path: [
            {k: v for k, v in match.provenance.items() if not k.startswith("set_")}
            for match in finding.matches
        ]
        for finding in scanned.document.findings
    }


def test_files_of_no_listed_size_are_not_read_and_counted_so(folder: Path, tmp_path: Path) -> None:
    scanned = _scanned(folder, "sized", tmp_path)
    assert set(_found(scanned)) == set(NOTABLE)
    assert _passed_by(scanned) == set(FILES) - set(NOTABLE)
    reasons: dict[str, Tally] = {}
    for volume in scanned.document.coverage.volumes.values():
        reasons |= volume.reasons
    count = reasons[f"examined: {NOT_IN_ANY_SET}"]
    assert (count.entries, count.bytes) == (
        len(FILES) - len(NOTABLE),
        sum(len(FILES[path]) for path in set(FILES) - set(NOTABLE)),
    )


def test_one_entry_without_a_size_and_every_file_is_read(folder: Path, tmp_path: Path) -> None:
    scanned = _scanned(folder, "unsized", tmp_path)
    assert set(_found(scanned)) == set(NOTABLE)
    assert not _passed_by(scanned)


def test_a_sealed_set_finds_what_the_open_one_finds(folder: Path, tmp_path: Path) -> None:
    plain = _scanned(folder, "sized", tmp_path / "plain")
    sealed = _scanned(folder, "sealed", tmp_path / "sealed")
    assert _found(sealed) == _found(plain)
    assert _passed_by(sealed) == _passed_by(plain)


def test_pictures_are_compared_with_the_sets_where_nothing_else_is_looked_up(
    tmp_path: Path,
) -> None:
    """Without the exact look-up in the profile; and where there is no set, that is said."""
    picture = photographs()[0]
    value = pdq(decode(picture, type_of(picture)).pixels).value.hex()
    (tmp_path / "lab.csv").write_text(f"md5,pdq\n{'a' * 32},{value}\n")
    fat_volume(tmp_path / "camera.img", 8 << 20, {"P1.PNG": picture}, bits=12)
    profile = Profile(name="alike", description="likeness alone", detectors=(PerceptualUse(),))
    for sets, found in (((tmp_path / "lab.csv",), [MatchKind.PERCEPTUAL]), ((), [])):
        done = scanning.run(
            tmp_path / "camera.img", out=tmp_path / "out", profile=profile, hash_sets=sets
        )
        assert [m.kind for f in done.document.findings for m in f.matches] == found
        unseen = {each.reason for each in done.sealed.ending.unseen}
        assert (Reason.NO_HASH_SET in unseen) is not bool(sets)
