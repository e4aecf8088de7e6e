"""manifest.sha256: `digest  name` a line, sorted by name, as GNU coreutils' sha256sum reads it.

All names are the layout's own, so none ever needs sha256sum's escaping.
"""

import re
from collections.abc import Callable, Collection, Mapping

from triage.bundle.format import layout
from triage.errors import VerificationError

_LINE = re.compile(rb"([0-9a-f]{64})  ([a-z0-9_./]{1,64})\n")


def write(digests: Mapping[str, str]) -> bytes:
    """The manifest of these files: name to SHA-256."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode("ascii")


def parse(
    text: bytes,
    *,
    longest: Callable[[str], int | None] = layout.longest,
    never: Collection[str] = (layout.MANIFEST, layout.SIGNATURE),
    always: Collection[str] = layout.LISTED,
) -> dict[str, str]:
    """Name to digest. `longest`: None of a name that may not be in it; `never`: nor may these;
    `always`: those that must. Raises VerificationError at anything that `write` would not have
    written."""
    digests: dict[str, str] = {}
    position = 0
    while position < len(text):
        number = len(digests) + 1
        line = _LINE.match(text, position)
        if line is None:
            raise VerificationError(f"line {number} of the manifest is not `digest  name`")
        name = line[2].decode("ascii")
        if longest(name) is None or name in never:
            raise VerificationError(
                f"line {number} of the manifest names '{name}', which is no part"
            )
        digests[name] = line[1].decode("ascii")
        position = line.end()
    if text != write(digests):
        raise VerificationError("the manifest is not sorted, or names a file twice")
    missing = sorted(set(always) - digests.keys())
    if missing:
        raise VerificationError(f"the manifest does not list {', '.join(missing)}")
    return digests
