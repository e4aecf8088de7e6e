"""A worker of which one library has an instruction that the processor lacks.

Run in place of `triage.workers`, with the library's name as its first argument: whoever imports it
meets the instruction, as on a processor that is older than what the library was built for.
"""

import ctypes
import mmap
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).parents[2]))

from triage.workers import __main__ as worker

UD2 = b"\x0f\x0b"
"""The instruction that no x86 processor has, by Intel's own word for it."""


class Illegal:
    """Finds that library before anybody else does."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == self._name:
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(UD2)
            ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, Illegal(sys.argv.pop(1)))
    sys.exit(worker.main())
