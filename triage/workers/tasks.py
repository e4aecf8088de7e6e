"""What a worker of each role can be asked, and who answers."""

from collections.abc import Iterator
from typing import Protocol

from triage.wire.messages import Reply, Request, Role, Setup


class Tasks(Protocol):
    """Answers requests with any number of replies."""

    def begin(self) -> None:
        """Open what was handed over and is not trusted, now that all rights are given up. Raises
        SeekError if it is not what it should be."""
        ...

    def answer(self, request: Request) -> Iterator[Reply]:
        """The replies to one request. Raises SeekError if it cannot be done."""
        ...


def tasks_of(setup: Setup) -> Tasks:
    """Build what the role needs; a surveyor does not load detectors. Raises SeekError."""
    if setup.role is Role.SURVEY:
        from triage.workers.survey import SurveyTasks  # noqa: PLC0415

        return SurveyTasks(setup)
    if setup.role is Role.DESCRIBE:
        from triage.workers.describe import DescribeTasks  # noqa: PLC0415

        return DescribeTasks(setup)
    if setup.role is Role.UNLOCK:
        from triage.workers.unlock import UnlockTasks  # noqa: PLC0415

        return UnlockTasks(setup)
    if setup.role is Role.COPY:
        from triage.workers.copying import CopyTasks  # noqa: PLC0415

        return CopyTasks(setup)
    from triage.workers.examine import ExamineTasks  # noqa: PLC0415

    return ExamineTasks(setup)
