"""A line below what `seek extract` prints: how far the one is that is taken out. On a terminal
alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.text import Text

from cli import console
from triage.bundle.format import shown as words
from triage.bundle.format.shown import visible
from triage.coordinator.copier import UnderWay

_EVERY = 0.1
"""Seconds between two of its states."""


class LineBelow:
    """It is taken back before anything is printed, and drawn again behind that."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._drawn = 0.0
        self._of: object = None

    def tell(self, under_way: UnderWay) -> None:
        """Draw it: at the beginning and the end of each, and now and then between."""
        of = (under_way.entry.volume_id, under_way.entry.id, under_way.parts)
        ends = not under_way.parts and under_way.arrived == under_way.entry.size
        now = time.monotonic()
        if not console.err.is_terminal or (
            of == self._of and not ends and now - self._drawn < _EVERY
        ):
            return
        self._of, self._drawn = of, now
        line = Text(said_of(under_way), no_wrap=True, overflow="ellipsis")
        if self._live is None:
            self._live = Live(
                line,
                console=console.err,
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)
        else:
            self._live.update(line, refresh=True)

    def take_back(self) -> None:
        """Nothing of it is left on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def said_of(under_way: UnderWay) -> str:
    """The path is last: it is what may be cut off."""
    entry = under_way.entry
    come, whole = words.size(under_way.arrived), words.size(entry.size)
    path = visible(entry.shown_path)
    if not under_way.parts:
        return f"{come} of {whole}: {path}"
    things = words.count(under_way.parts, "thing")
    return (
        f"{words.clock(under_way.seconds)}, looking for {things} inside {whole}, {come} taken out: "
        f"{path}"
    )


@contextmanager
def line_below() -> Iterator[LineBelow]:
    """It is gone afterwards, however it ends."""
    line = LineBelow()
    try:
        yield line
    finally:
        line.take_back()
