"""docs/releasing.md, for the tests: what it lists and what it tells to type."""

import re

from tests.release.checkouts import ROOT

TEXT = (ROOT / "docs/releasing.md").read_text(encoding="utf-8")


def files(version: str) -> list[str]:
    """What is in a release, by the table."""
    names = re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE)
    return sorted(name.replace("VERSION", version) for name in names)


def commands(start: str, **names: object) -> list[str]:
    """The one block whose first command starts so, with names put in."""
    blocks = re.findall(r"^( *)```\n(.*?)^\1```", TEXT, re.MULTILINE | re.DOTALL)
    (block,) = (text.strip() for _, text in blocks if text.strip().startswith(start))
    for name, value in names.items():
        block = block.replace(name.replace("_", "-"), str(value))
    return [line.strip() for line in block.splitlines()]
