"""The last screen: what agents photograph fits 80 columns, whatever the names are."""

import msgspec
import pytest

from cli.fitting import columns
from cli.guide import result
from cli.guide.state import Progress, State
from cli.verdict import WIDTH, verdict_lines
from tests.cli.test_guide import sealed
from triage.ending import Ending, How, Reason, Unseen
from triage.evidence import Device, SourceKind
from triage.scan.events import Sealed

WIDE = "写真とビデオの入った古いディスク " * 5
DEVICE = Device(id="d0", kind=SourceKind.DEVICE, path="/dev/sda", size=10**12, model=WIDE)


def told() -> dict[str, object]:
    unseen = Unseen(reason=Reason.VOLUME_ENCRYPTED, count=1, named=(WIDE.replace(" ", "") * 3,))
    return sealed(ending=Ending(how=How.NOT_ALL, unseen=(unseen,)), devices=(DEVICE,))


def test_names_in_wide_letters_are_wrapped_by_columns_and_not_by_letters() -> None:
    lines = [line.plain for line in verdict_lines(msgspec.convert(told(), Sealed))]
    assert max(map(columns, lines)) <= WIDTH
    assert WIDE.split(maxsplit=1)[0] in "".join(line.strip() for line in lines)


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_the_guide_s_last_screen_wraps_them_too(language: str) -> None:
    lines = result.lines(State(language=language), Progress(sealed=told()))
    bare = [line for line in lines if "\x1b" not in line]
    assert max(map(columns, bare)) <= WIDTH
    assert len(lines) <= result.ROWS
