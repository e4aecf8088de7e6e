"""What this processor is, and whether the libraries' wheels run on it: told by its flags, before
any of them is loaded. docs/decisions/old-processors.md says what each of them needs.
"""

from dataclasses import dataclass
from pathlib import Path

from triage.errors import WorkerError

CPUINFO = Path("/proc/cpuinfo")
NEEDED = frozenset({"pni"})
"""By Linux's names. SSE3: what the wheels of numpy and OpenCV are built for."""
X86_64_V2 = frozenset({"cx16", "lahf_lm", "pni", "popcnt", "sse4_1", "sse4_2", "ssse3"})
"""What processors have had since about 2009: the x86-64 psABI's second level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """One of this machine's processors; they are alike."""

    name: str
    flags: frozenset[str]
    """Empty where it is no x86, or does not say."""

    @property
    def too_old(self) -> bool:
        """The libraries do not run on it: the first that is loaded would end the process."""
        return bool(self.flags) and not self.flags >= NEEDED

    @property
    def old(self) -> bool:
        """Everything runs, but scoring pictures is slow."""
        return bool(self.flags) and not self.flags >= X86_64_V2


def this_processor(cpuinfo: Path = CPUINFO) -> Processor:
    """The first that the kernel tells of."""
    try:
        text = cpuinfo.read_text(encoding="ascii", errors="replace")
    except OSError:
        text = ""
    first = [line.partition(":") for line in text.partition("\n\n")[0].splitlines()]
    said = {name.strip(): value.strip() for name, _, value in first}
    flags = said.get("flags", "").split()
    return Processor(name=said.get("model name", ""), flags=frozenset(flags))


def refuse_if_too_old(processor: Processor) -> None:
    """Raises WorkerError on a processor on which no search can be made."""
    if processor.too_old:
        raise WorkerError(
            f"This processor is too old: {processor.name or 'it'} has no SSE3.",
            hint="Take its disks out, and search them at another computer, "
            "behind a write blocker or with this stick.",
        )
