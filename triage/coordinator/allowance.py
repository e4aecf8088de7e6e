"""What the workers of a scan may say together: each message by itself is bounded by its check.

A worker that was taken over says what is allowed again and again, until the coordinator's memory is
full, or a bundle comes of it that nobody can seal or verify. Who goes on past these bounds is ended
like one that lies. They are far above what any honest disk needs.
"""

from collections.abc import Iterable

from triage.errors import WorkerError
from triage.evidence import Volume

MOST_REASONS = 1000
"""Different ones; coverage counts by them. Honest workers have some fifty."""
MOST_ENDS = 100
"""Different ways in which workers ended, besides: some of them quote what could not be read."""
ORDINARY_BYTES = 4096
"""Of a reply, for each entry that it is about."""
SPARE_BYTES = 1024**3
"""Of all replies, above what is ordinary: previews, long lists of bad places, many matches."""
ORDINARY_ROW_BYTES = 1024
"""Of an entry in a listing: its path and its runs."""
SPARE_ROW_BYTES = 512 * 1024**2
"""Of all listings, above what is ordinary."""
MOST_LISTED = 50_000_000
"""Entries of a volume."""
LEAST_NAME_BYTES = 8
"""No file system keeps a name in fewer: a volume does not hold more names than that allows."""
MOST_WORDS = 16 * 1024**2
"""Characters that describe volumes and say what was missed: they all stand in the document."""
OTHER_REASON = "ended the reader, in one more way than are counted apart"


class Allowance:
    """What is left of it. Raises WorkerError where it is used up."""

    def __init__(self) -> None:
        self._reasons: set[str] = set()
        self._spare = SPARE_BYTES
        self._spare_rows = SPARE_ROW_BYTES
        self._words = MOST_WORDS

    def reply(self, length: int, entries: int) -> None:
        """A reply of so many bytes came, about so many entries."""
        self._spare -= max(0, length - ORDINARY_BYTES * entries)
        if self._spare < 0:
            raise WorkerError("workers said more than a bundle can hold")

    def rows(self, length: int, entries: int) -> None:
        """A part of a listing came: so many bytes, for so many entries."""
        self._spare_rows -= max(0, length - ORDINARY_ROW_BYTES * entries)
        if self._spare_rows < 0:
            raise WorkerError("a survey listed names longer than can be kept")

    @staticmethod
    def listed(count: int, volume_bytes: int) -> None:
        """That many entries of a volume of that size have been listed by now."""
        if count > min(MOST_LISTED, 10_000 + volume_bytes // LEAST_NAME_BYTES):
            raise WorkerError("a survey listed more entries than the volume can hold")

    def words(self, texts: Iterable[str]) -> None:
        """A survey described something in these words."""
        self._words -= sum(map(len, texts))
        if self._words < 0:
            raise WorkerError("surveys said more of volumes than a report can hold")

    def reasons(self, reasons: Iterable[str]) -> None:
        """Workers gave these for what was not examined."""
        new = {*reasons} - self._reasons
        if len(self._reasons) + len(new) > MOST_REASONS:
            raise WorkerError("workers gave more different reasons than there are")
        self._reasons |= new

    def end(self, reason: str) -> str:
        """How a worker ended, as the reason of the entry that it held; never raises."""
        if reason not in self._reasons:
            if len(self._reasons) >= MOST_REASONS + MOST_ENDS:
                return OTHER_REASON
            self._reasons.add(reason)
        return reason


def words_of(volume: Volume) -> tuple[str, ...]:
    """All that is said of it in words."""
    return (volume.id, volume.description, volume.file_system, volume.label, volume.uuid,
            volume.reason, volume.layer, volume.part_of, *volume.unread,
            *(each.id for each in volume.protectors))  # fmt: skip
