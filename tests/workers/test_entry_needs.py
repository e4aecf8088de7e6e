"""What is read of an entry is enough for every detector, and no more."""

from dataclasses import replace
from pathlib import Path

from triage.choices import ClassifierUse, HashSetUse, NameUse, PerceptualUse, TypeUse, VideoUse
from triage.detectors.build import build
from triage.detectors.in_use import Detectors
from triage.detectors.resources import Resources
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder
from triage.hashsets.importing import build as build_set
from triage.needs import FrameNeeds, Needs, PixelNeeds
from triage.profile import Family, LookAt, Profile, SetKind
from triage.workers.entry_needs import needs_of

PLAIN = Profile(name="x", description="x", detectors=())


def of(*needs: Needs) -> Detectors:
    return Detectors(in_use=(), further=needs)


def test_names_and_digests_alone_read_no_beginning_and_decode_nothing() -> None:
    needs = needs_of(of(HashSetUse().needs, NameUse().needs), PLAIN)
    assert (needs.type, needs.pixels, needs.frames, needs.thumbnails) == (False, None, None, False)


def test_one_that_wants_more_decides_for_all() -> None:
    wanted = (
        Needs(pixels=PixelNeeds(smallest_side=200)),
        Needs(pixels=PixelNeeds(smallest_side=900)),
        Needs(pixels=PixelNeeds(smallest_side=100, full=True)),
        Needs(frames=FrameNeeds(at_most=3, time="20 s")),
        Needs(frames=FrameNeeds(at_most=9, time="10 s")),
    )
    needs = needs_of(of(*wanted), PLAIN)
    assert needs.pixels == PixelNeeds(smallest_side=900, full=True)
    assert needs.frames == wanted[-1].frames
    assert needs.type
    assert needs.thumbnails
    assert needs_of(of(PerceptualUse().needs), PLAIN).pixels == PixelNeeds()
    assert needs_of(of(ClassifierUse(full_decode=True).needs), PLAIN).pixels == PixelNeeds(
        full=True
    )


def test_types_are_told_for_whoever_needs_them_or_where_the_profile_is_limited() -> None:
    limited = Profile(
        name="x", description="x", detectors=(), look_at=LookAt(content=(Family.PICTURES,))
    )
    assert needs_of(of(NameUse().needs), limited).type
    for each in (TypeUse().needs, VideoUse().needs, Needs(head=True)):
        assert needs_of(of(each), PLAIN).type


def test_a_file_of_a_size_that_no_set_has_is_read_where_another_needs_its_digest(
    tmp_path: Path,
) -> None:
    (tmp_path / "lab.csv").write_text(f"md5,size\n{'a' * 32},700\n")
    order = BuildOrder(inputs=[tmp_path / "lab.csv"], name="lab", kind=SetKind.NOTABLE)
    build_set(order, tmp_path / "lab.set")
    profile = Profile(name="x", description="x", detectors=(HashSetUse(),))
    with open_set(tmp_path / "lab.set") as lab:
        detectors = build(profile, Resources(hash_sets=(lab,)))
        alone = needs_of(detectors, profile)
        assert alone.algorithms == {"md5"}
        assert alone.may_match is not None
        assert [alone.may_match(size) for size in (700, 701)] == [True, False]
        another = replace(detectors, further=(Needs(digests=frozenset({"sha256"})),))
        both = needs_of(another, profile)
        assert both.algorithms == {"md5", "sha256"}
        assert both.may_match is None
