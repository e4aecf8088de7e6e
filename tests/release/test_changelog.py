"""The changelog has the form of Keep a Changelog, and agrees with the version."""

import re

from tests.release.checkouts import ROOT
from triage import __version__

LINES = (ROOT / "CHANGELOG.md").read_text().splitlines()
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
VERSION = re.compile(r"## \[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d|unreleased)")


def _sections() -> list[tuple[str, list[str]]]:
    """Each heading of a version, with the lines below it."""
    starts = [place for place, line in enumerate(LINES) if line.startswith("## ")]
    ends = [*starts[1:], len(LINES)]
    return [(LINES[start], LINES[start + 1 : end]) for start, end in zip(starts, ends, strict=True)]


def test_unreleased_comes_first_then_versions_from_the_newest_down() -> None:
    first, *others = [heading for heading, _ in _sections()]
    assert first == "## [Unreleased]"
    found = [VERSION.fullmatch(heading) for heading in others]
    assert all(found)
    numbers = [tuple(map(int, match.groups()[:3])) for match in found if match]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [match[4] for match in found if match]
    assert "unreleased" not in dates[1:]
    dated = [date for date in dates if date != "unreleased"]
    assert dated == sorted(dated, reverse=True)


def test_the_newest_version_is_the_one_that_the_program_says() -> None:
    assert _sections()[1][0].startswith(f"## [{__version__}] - ")


def test_every_line_stands_under_its_kind() -> None:
    for version, lines in _sections():
        kinds = [line.removeprefix("### ") for line in lines if line.startswith("#")]
        assert kinds == [kind for kind in KINDS if kind in kinds], version
        before_kinds = lines[: next((i for i, line in enumerate(lines) if line[:1] == "#"), None)]
        assert not any(before_kinds), version
        for line in lines:
            assert line == "" or line.startswith(("- ", "  ", "### ")), line


def test_no_kind_is_empty() -> None:
    text = "\n".join(LINES) + "\n## "
    assert not re.search(r"^### .*\n+(?=#)", text, re.MULTILINE)
