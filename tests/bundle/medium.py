"""A medium that loses what was not synced, as SQLite's crash tests have one.

Whatever is done below a folder is done really, and written down call by call. Afterwards the folder
can be made as a power cut would leave it after any of the calls: a file has what its last fsync
covered, a name is there if its folder was synced since; of all the rest, nothing, or what chance
wants: file systems promise no more.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest


class What(Enum):
    """What a call did."""

    MADE = "made a file"
    MADE_FOLDER = "made a folder"
    REMOVED = "removed a name"
    WROTE = "wrote"
    CUT = "cut off"
    SYNCED = "synced a file"
    SYNCED_FOLDER = "synced a folder"
    SAID = "somebody was told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One thing that was done."""

    what: What
    path: Path
    """Of the name, and of the file: names never change owners here."""
    at: int = 0
    data: bytes = b""


class Medium:
    """What is done below `root`, in order."""

    REPLACED = ("open", "close", "write", "fsync", "ftruncate", "mkdir", "unlink")

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls: list[Call] = []
        self._handles: dict[int, Path] = {}
        self._real = {name: getattr(os, name) for name in self.REPLACED}

    def say(self, number: int) -> None:
        """From here on somebody relies on it."""
        self.calls.append(Call(what=What.SAID, path=self.root, at=number))

    @contextmanager
    def recorded(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Within it, calls of the operating system are written down."""
        with monkeypatch.context() as patch:
            for name in self.REPLACED:
                patch.setattr(os, name, getattr(self, f"_{name}"))
            yield

    def after_power_cut(self, calls: int, place: Path, chance: random.Random | None) -> int:
        """Make `place` what `root` is if the power goes after so many calls; what was said by then.

        Without `chance`, nothing that was not synced is there.
        """
        done = self.calls[:calls]
        names = self._names(done, chance)
        for path in sorted(path for path, folder in names.items() if folder):
            (place / path.relative_to(self.root)).mkdir()
        for path in (path for path, folder in names.items() if not folder):
            content = _content([call for call in done if call.path == path], chance)
            (place / path.relative_to(self.root)).write_bytes(content)
        return max((call.at for call in done if call.what is What.SAID), default=0)

    def _names(self, done: list[Call], chance: random.Random | None) -> dict[Path, bool]:
        """Path to whether it is a folder: those that are there, and whose folders are."""
        names: dict[Path, bool] = {}
        for number, call in enumerate(done):
            if call.what not in (What.MADE, What.MADE_FOLDER, What.REMOVED):
                continue
            certain = Call(what=What.SYNCED_FOLDER, path=call.path.parent) in done[number:]
            if not certain and (chance is None or chance.random() < 0.5):
                continue
            names[call.path] = call.what is What.MADE_FOLDER
            if call.what is What.REMOVED:
                del names[call.path]
        return {path: folder for path, folder in names.items() if self._is_reached(path, names)}

    def _is_reached(self, path: Path, names: dict[Path, bool]) -> bool:
        return all(names.get(above) for above in path.parents if self.root in above.parents)

    def _note(self, what: What, path: Any, at: int = 0, data: bytes = b"") -> None:
        place = Path(os.fspath(path))
        if self.root in place.parents or place == self.root:
            self.calls.append(Call(what=what, path=place, at=at, data=data))

    def _open(self, path: Any, flags: int, *more: Any, **named: Any) -> int:
        is_new = not os.path.lexists(path)
        handle: int = self._real["open"](path, flags, *more, **named)
        self._handles[handle] = Path(os.fspath(path))
        if is_new:
            self._note(What.MADE, path)
        return handle

    def _close(self, handle: int) -> None:
        self._handles.pop(handle, None)
        self._real["close"](handle)

    def _write(self, handle: int, data: Any) -> int:
        path = self._handles.get(handle)
        at = os.lseek(handle, 0, os.SEEK_CUR) if path else 0
        done: int = self._real["write"](handle, data)
        if path:
            self._note(What.WROTE, path, at, bytes(data)[:done])
        return done

    def _fsync(self, handle: int) -> None:
        self._real["fsync"](handle)
        if path := self._handles.get(handle):
            self._note(What.SYNCED_FOLDER if path.is_dir() else What.SYNCED, path)

    def _ftruncate(self, handle: int, size: int) -> None:
        self._real["ftruncate"](handle, size)
        if path := self._handles.get(handle):
            self._note(What.CUT, path, size)

    def _mkdir(self, path: Any, *more: Any, **named: Any) -> None:
        self._real["mkdir"](path, *more, **named)
        self._note(What.MADE_FOLDER, path)

    def _unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._real["unlink"](path, dir_fd=dir_fd)
        self._note(What.REMOVED, path if dir_fd is None else self._handles[dir_fd] / path)


def _content(calls: list[Call], chance: random.Random | None) -> bytes:
    """What the last sync covered; with chance, some of what was written after it, torn or zero."""
    last = max((n for n, call in enumerate(calls) if call.what is What.SYNCED), default=-1)
    kept = calls[: last + 1 if chance is None else chance.randint(last + 1, len(calls))]
    content = bytearray()
    for number, call in enumerate(kept):
        if call.what is What.CUT:
            del content[call.at :]
        elif call.what is What.WROTE:
            data = call.data
            if chance is not None and number > last and chance.random() < 0.5:
                data = bytes(len(data)) if chance.random() < 0.3 else data[: len(data) // 2]
            content[call.at : call.at + len(data)] = data
    return bytes(content)
