"""manifest.sha256: `digest  name` a line, sorted by name, as GNU coreutils' sha256sum reads it.

All names are the layout's own, so none ever needs sha256sum's escaping.
"""

import re
from collections.abc import Mapping

from triage.bundle.format import layout
from triage.errors import VerificationError

_LINE = re.compile(rb"([0-9a-f]{64})  ([a-z0-9_./]{1,64})\n")


def write(digests: Mapping[str, str]) -> bytes:
    """The manifest of these files: name to SHA-256."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode("ascii")


def parse(text: bytes) -> dict[str, str]:
    """Name to digest. Raises VerificationError at anything that `write` would not have written."""
    digests: dict[str, str] = {}
    position = 0
    while position < len(text):
        number = len(digests) + 1
        line = _LINE.match(text, position)
        if line is None:
            raise VerificationError(f"line {number} of the manifest is not `digest  name`")
        name = line[2].decode("ascii")
        if layout.longest(name) is None or name in (layout.MANIFEST, layout.SIGNATURE):
            raise VerificationError(
                f"line {number} of the manifest names '{name}', which is no part"
            )
        digests[name] = line[1].decode("ascii")
        position = line.end()
    if text != write(digests):
        raise VerificationError("the manifest is not sorted, or names a file twice")
    missing = sorted(set(layout.LISTED) - digests.keys())
    if missing:
        raise VerificationError(f"the manifest does not list {', '.join(missing)}")
    return digests
