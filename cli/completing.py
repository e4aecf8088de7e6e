"""What a shell may put in when Tab is pressed: names of profiles, devices, models.

A shell asks by running `seek` with `_SEEK_COMPLETE` in its environment, once a Tab: only what is
needed for the answer is loaded, and nothing is said but the answer. No answer: the shell offers
files itself.
"""

import os
import re
from collections.abc import MutableMapping
from pathlib import Path

from triage.errors import SeekError
from triage.profile import SHIPPED

ASKED = "_SEEK_COMPLETE"
LAB_PROFILES = Path("/run/seek/evidence/profiles")
"""Where the lab puts its own, on the evidence stick."""
_YAML = frozenset({".yaml", ".yml"})
_PLAIN = re.compile(r"[\w./+@:,=-]+")
"""Names that no shell needs quotes for; of others the shell offers the file itself."""

Offers = list[tuple[str, str]]
"""Values, each with a word about it for the shells that show one."""


def is_asked() -> bool:
    """Whether a shell, not a person, runs this process."""
    return ASKED in os.environ


def is_described() -> bool:
    """Whether that shell shows what each value means; bash does not."""
    return os.environ[ASKED] != "complete_bash"


def command_typed() -> str:
    """The command whose words are completed; empty while it is being typed itself."""
    if "COMP_WORDS" in os.environ:
        _join_at_equals_signs(os.environ)
        line, current = os.environ["COMP_WORDS"], int(os.environ["COMP_CWORD"])
        words = line.split("\n")[1:current]
    else:  # zsh and fish hand over the line up to the cursor
        line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
        words = line.split()[1:] if line.endswith(" ") else line.split()[1:-1]
    return next((word for word in words if not word.startswith("-")), "")


def _join_at_equals_signs(asked: MutableMapping[str, str]) -> None:
    """bash takes `--profile=quick` for three words; Typer understands two."""
    words, last = asked["COMP_WORDS"].split("\n"), int(asked["COMP_CWORD"])
    before = [word for word in words[:last] if word != "="]
    current = [word for word in words[last : last + 1] if word != "="]
    asked["COMP_WORDS"] = "\n".join([*before, *current])
    asked["COMP_CWORD"] = str(len(before))


def profiles(incomplete: str) -> Offers:
    """Those that are shipped, the lab's on the stick, and YAML files where the word points to."""
    offered = [(name, "shipped") for name in SHIPPED]
    offered += [(name, "a file") for name in _yaml_files(incomplete[: incomplete.rfind("/") + 1])]
    if not incomplete:
        offered += [(name, "the lab's") for name in _yaml_files(f"{LAB_PROFILES}/")]
    return [(name, about) for name, about in offered if name.startswith(incomplete)]


def _yaml_files(folder: str) -> list[str]:
    """The folder as it was typed; empty: the one that we are in."""
    try:
        files = [each.name for each in Path(folder or ".").iterdir() if each.suffix in _YAML]
    except OSError:
        return []
    return [folder + name for name in sorted(files) if _PLAIN.fullmatch(folder + name)]


def devices(incomplete: str) -> Offers:
    """What is attached and could be searched: neither the stick nor the evidence stick."""
    from triage.bundle.format.shown import size  # noqa: PLC0415 - only where a Tab asks for it
    from triage.devices.attached import list_devices  # noqa: PLC0415

    try:
        found = list_devices()
    except SeekError:
        return []
    return [
        (each.path, f"{each.model} {size(each.size)}".strip())
        for each in found
        if each.path.startswith(incomplete) and not (each.is_stick or each.is_evidence_stick)
    ]


def models(incomplete: str) -> list[str]:
    """Model packs that are shipped."""
    from triage.packs.models import shipped  # noqa: PLC0415

    return [name for name in shipped() if name.startswith(incomplete)]
