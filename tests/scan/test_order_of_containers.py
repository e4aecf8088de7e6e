"""An archive moves up by its own name, by the names in it, and by what was found beside it."""

from pathlib import Path

import pytest

from tests.altered import drawn_jpeg
from tests.containers import making
from tests.disks import ext_volume
from tests.workers import scanning
from triage.choices import HashSetUse, NameUse, PerceptualUse, TypeUse
from triage.plan.tiers import Tier
from triage.profile import Limits, Profile
from triage.scan.events import FindingTold

PROFILE = Profile(
    name="p",
    description="",
    detectors=(HashSetUse(), TypeUse(), PerceptualUse(), NameUse(lists=("sample",))),
    limits=Limits(entry_time="10 h"),
)
WORD = next(
    line.split(",")[0].strip()
    for line in Path("profiles/names-sample.txt").read_text().splitlines()
    if line and not line.startswith(("#", "["))
)
KNOWN = b"a notable text" * 9
BESIDE = b"another notable text" * 9


@pytest.fixture(scope="module")
def looked_at_as(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By path, of the findings."""
    import hashlib

    folder = tmp_path_factory.mktemp("order")
    pictures = {f"home/sam/Pictures/{n}.jpg": drawn_jpeg(n) for n in range(40)}
    files = pictures | {
        "home/sam/a/plain.zip": making.zipped({"note.txt": KNOWN}),
        f"home/sam/b/{WORD}.zip": making.zipped({"n.txt": b"n"}),
        "home/sam/c/inside.zip": making.zipped({f"x/{WORD}.txt": b"n"}),
        "home/sam/d/cyrillic.zip": making.zipped({f"письма/{WORD}.txt": b"n"}),
        "home/sam/e/found.txt": BESIDE,
        "home/sam/e/beside.zip": making.zipped({"note.txt": KNOWN}),
        "usr/share/e/broken.zip": b"PK\x05\x06" + b"\xff" * 18,
    }
    ext_volume(folder / "disk.img", 32 << 20, files)
    known = folder / "known.txt"
    digests = [hashlib.sha256(each).hexdigest() for each in (KNOWN, BESIDE)]
    known.write_text("\n".join(digests) + "\n")
    scanned = scanning.run(folder / "disk.img", out=folder / "out", profile=PROFILE,
                           hash_sets=(known,))  # fmt: skip
    told = [each.finding for each in scanned.told if isinstance(each, FindingTold)]
    return {each.entry.path: each.found.looked_at_as for each in told}


def test_by_its_own_name(looked_at_as: dict[str, str]) -> None:
    assert looked_at_as[f"home/sam/b/{WORD}.zip"] == Tier.LISTED_NAMES.meaning


@pytest.mark.parametrize("path", ["home/sam/c/inside.zip", "home/sam/d/cyrillic.zip"])
def test_by_the_names_in_it(looked_at_as: dict[str, str], path: str) -> None:
    assert looked_at_as[path] == Tier.MATCHED_AT_A_GLANCE.meaning


def test_by_what_was_found_beside_it(looked_at_as: dict[str, str]) -> None:
    assert looked_at_as["home/sam/e/beside.zip"] == Tier.NEIGHBOURS.meaning


def test_without_either_it_waits_for_its_turn(looked_at_as: dict[str, str]) -> None:
    assert looked_at_as["home/sam/a/plain.zip"] == Tier.PERSONAL_DOCUMENTS.meaning
