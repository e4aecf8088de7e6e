"""Ctrl-C, a polite kill, a terminal that is closed: each is a wish that a scan closes and signs."""

import signal
from collections.abc import Callable
from types import FrameType

from cli import console

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPING = "Stopping: what was found is being closed and signed ..."


class Interrupt:
    """The wish, which the scan looks at between two entries. Signals only ever set it.

    Whoever started the scan with `nohup` wants it to go on without the terminal: SIGHUP that is
    ignored stays so. Without readers SIGPIPE would end it, so that is ignored by all means.
    """

    def __init__(self) -> None:
        self.wished = False
        self.is_shown: Callable[[], bool] = lambda: False
        """Whether a picture is on the screen that will say it; a line of ours would tear it."""
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        for number in HEARD:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._wish)

    def _wish(self, _number: int, _frame: FrameType | None) -> None:
        said, self.wished = self.wished, True
        if not said and not self.is_shown():
            console.from_a_signal(f"\n{STOPPING}\n")


def over() -> None:
    """How it ended stands, whatever comes now.

    Python gives signals back their deadly meaning well before its process is gone: a terminal that
    is closed then would make a scan that was sealed look like one that was killed.
    """
    for number in HEARD:
        signal.signal(number, signal.SIG_IGN)
