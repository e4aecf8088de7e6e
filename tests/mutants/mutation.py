"""One fault: a text of one file, what stands there instead, and the tests that must go red.

They are kept as data, a file a room: `*.toml` beside this.
"""

import tomllib
from pathlib import Path

import msgspec


class StaleMutationError(Exception):
    """The text is not in the file, or more than once: the mutation must be written anew."""


class Mutation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault that somebody could make, or that a merge could bring back."""

    says: str
    """What the faulty program does, in a few words."""
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """Names as pytest takes them; at least one of them must fail."""

    def applied(self, text: str) -> str:
        """The file's text with the fault. Raises StaleMutationError."""
        times = text.count(self.old)
        if times != 1 or self.old == self.new:
            raise StaleMutationError(f"{self.says}: {self.file} has its text {times} times")
        return text.replace(self.old, self.new)

    def check(self, root: Path) -> None:
        """Raises StaleMutationError if it cannot be made there, or no such test is written."""
        self.applied((root / self.file).read_text())
        for test in self.tests:
            file, _, name = test.partition("::")
            if f"def {name.partition('[')[0]}(" not in (root / file).read_text():
                raise StaleMutationError(f"{self.says}: there is no test {test}")


class _Room(msgspec.Struct, forbid_unknown_fields=True):
    mutation: tuple[Mutation, ...]


def load() -> tuple[Mutation, ...]:
    """All of them, room by room."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    rooms = [msgspec.convert(tomllib.loads(file.read_text()), _Room) for file in files]
    return tuple(each for room in rooms for each in room.mutation)
