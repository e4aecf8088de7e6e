"""The names in a zip's directory, read before anything is taken out: they say whether to hurry.

Whatever the directory leaves out is met when the zip is looked into. Format: PKWARE APPNOTE.TXT
6.3.10, 4.3.12, and appendix D for the names' encoding.
"""

from collections.abc import Iterator

from triage.members.member import ContainerBytes
from triage.members.zip_gaps import CENTRAL, directory_of

MOST_NAMES = 1000
_MOST_BYTES = 1 << 20
_UTF_8 = 1 << 11


def zip_names(content: ContainerBytes) -> Iterator[str]:
    """The first of them; none of what has no directory. Raises ContentError."""
    place = directory_of(content)
    if place is None:
        return
    begin, length, _ = place
    directory = content.read_at(begin, min(length, _MOST_BYTES))
    at = 0
    for _ in range(MOST_NAMES):
        row = directory[at : at + CENTRAL.size]
        if len(row) < CENTRAL.size or row[:4] != b"PK\x01\x02":
            return
        fields = CENTRAL.unpack(row)
        flags, name, extra, comment = fields[3], fields[10], fields[11], fields[12]
        raw = directory[at + CENTRAL.size :][:name]
        yield raw.decode("utf-8" if flags & _UTF_8 else "cp437", errors="replace")
        at += CENTRAL.size + name + extra + comment
