"""Profiles: the shipped ones are understood, and whatever is wrong is named with its path."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import profile as profiles
from triage.choices import ClassifierUse, HashSetUse, TypeUse
from triage.errors import ExitCode, ProfileError

GOOD = "name: mine\ndescription: a test\ndetectors:\n  - use: hash_set\n"


def _written(folder: Path, text: str) -> str:
    path = folder / "profile.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", profiles.SHIPPED)
def test_a_shipped_profile_is_understood_and_bears_its_name(name: str) -> None:
    assert profiles.load(name).name == name


@pytest.mark.parametrize("name", profiles.SHIPPED)
def test_a_shipped_profile_explains_its_lines(name: str) -> None:
    lines = profiles.text_of(name).splitlines()
    assert sum(line.lstrip().startswith("#") for line in lines) >= 12


def test_quick_keeps_its_promises() -> None:
    """Fast lanes have to stay fast: what the profile promises is tested, not only its syntax."""
    quick = profiles.load("quick")
    uses = {type(choice) for choice in quick.detectors}
    assert {HashSetUse, TypeUse, ClassifierUse} <= uses
    assert profiles.parse_duration(quick.limits.time) <= 30 * 60
    assert quick.look_at.unallocated
    assert quick.look_at.alternate_streams
    assert not any(
        detector.full_decode for detector in quick.detectors if isinstance(detector, ClassifierUse)
    )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (GOOD + "colour: red\n", "colour"),
        (GOOD + "look_at: {orphans: -1}\n", "$.look_at.orphans"),
        (GOOD + "look_at: {largest_bytes: huge}\n", "$.look_at.largest_bytes"),
        (GOOD + "limits: {time: 5 parsecs}\n", "$.limits.time"),
        (GOOD + "  - use: classifier\n    threshold: 1.5\n", "$.detectors[1].threshold"),
        (GOOD + "  - use: crystal_ball\n", "$.detectors[1]"),
        ("description: x\ndetectors: []\n", "name"),
        ("- 1\n- 2\n", "Expected `object`"),
    ],
)
def test_an_error_carries_the_path_inside_the_file(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(ProfileError) as caught:
        profiles.load(_written(tmp_path, text))
    assert where in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code is ExitCode.WRONG_USE


@pytest.mark.parametrize("text", ["a: [", "\x00", "a: !!python/object:os.system {}", "&a [*a, *a]"])
def test_what_is_not_a_profile_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProfileError):
        profiles.load(_written(tmp_path, text))


def test_a_profile_that_is_absent_names_those_that_are_shipped() -> None:
    with pytest.raises(ProfileError) as caught:
        profiles.load("swift")
    assert "quick" in caught.value.hint


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_raise_a_profile_error(tmp_path_factory, content: bytes) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("hostile") / "profile.yaml"
    path.write_bytes(content)
    with suppress(ProfileError):
        profiles.load(str(path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("64 MB", 64_000_000), ("4 GiB", 4 << 30), ("12", 12), ("1.5 kB", 1500), ("0 B", 0)],
)
def test_sizes_in_words(text: str, expected: int) -> None:
    assert profiles.parse_size(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("90 s", 90), ("30 min", 1800), ("1.5 h", 5400)])
def test_durations_in_words(text: str, expected: float) -> None:
    assert profiles.parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "MB", "-1 MB", "1 parsec", "1e9 x", "NaN h"])
def test_other_words_are_no_amount(text: str) -> None:
    for parse in (profiles.parse_size, profiles.parse_duration):
        with pytest.raises(ValueError, match="not a"):
            parse(text)
