"""What a harness is: bytes in, our own errors out, and nothing else."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from triage.errors import SeekError

CORPUS = Path(__file__).with_name("corpus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """One parser of ours, and what it is begun with."""

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], tuple[bytes, ...]]
    """Whole and honest inputs, made when asked for."""
    answers: tuple[type[Exception], ...] = field(default=(SeekError,))
    """Errors by which the parser says that it does not want the input."""

    def survives(self, data: bytes) -> None:
        """Raises whatever is no answer."""
        try:
            self.run(data)
        except self.answers:
            return

    @property
    def saved(self) -> list[Path]:
        """Inputs that earlier runs found worth keeping, crashes that were mended among them."""
        return sorted((CORPUS / self.name).glob("*"))


def in_a_file(name: str, data: bytes, use: Callable[[Path], object]) -> None:
    """Give the parser a folder with that one file in it."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))  # noqa: PTH112, S108
    try:
        (folder / name).write_bytes(data)
        use(folder)
    finally:
        shutil.rmtree(folder)
