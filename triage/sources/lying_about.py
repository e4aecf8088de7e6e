"""What may open an encrypted volume and lies about on another: startup keys, recovery passwords.

Windows saves a recovery password as `BitLocker Recovery Key GUID.TXT`, UTF-16 with its GUID, and a
startup key as `GUID.BEK`, hidden, in the root of a stick.
"""

import re
from collections.abc import Iterator

from triage.evidence import EntryKind, FileEntry
from triage.secret import Secret, SecretKind, recovery_key, typed

LARGEST = 64 * 1024
"""Bytes; these files are a few hundred."""
_RECOVERY_NAME = re.compile(
    r"(bitlocker|recovery|recupera|wiederherstell|luks|crypt).*\.(txt|text|key|csv|md|log)$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![0-9-])[0-9]{6}(?:-[0-9]{6}){7}(?![0-9-])")
_LINE = re.compile(r"[^\r\n\0]{4,512}")
MOST_LINES = 20
"""Of a text that may be a recovery key of LUKS: what follows a colon on a line, or the line."""


def is_likely(entry: FileEntry) -> bool:
    """By its name and size."""
    name = entry.path.rpartition("/")[2]
    told = name.lower().endswith((".bek", ".keyfile")) or _RECOVERY_NAME.search(name)
    right = entry.kind is EntryKind.FILE and 0 < entry.size <= LARGEST and not entry.stream
    return bool(told) and right


def secrets_in(entry: FileEntry, content: bytes) -> Iterator[Secret]:
    """What the file may hold."""
    if entry.path.lower().endswith((".bek", ".keyfile", ".key")):
        yield Secret(kind=SecretKind.FILE, value=content)
        if not entry.path.lower().endswith(".key"):
            return
    text = as_text(content)
    found = [each for each in _DIGITS.findall(text) if recovery_key(each)]
    yield from map(typed, found)
    if not found:
        for line in _LINE.findall(text)[:MOST_LINES]:
            _, _, behind = line.partition(":")
            yield typed(line.strip())
            if behind.strip():
                yield typed(behind.strip())


def as_text(content: bytes) -> str:
    """As Windows and others save text."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[1:2] == b"\0"
    if not wide:
        return content.decode("utf-8", "replace").removeprefix("\ufeff")
    order = "utf-16-be" if content[:2] == b"\xfe\xff" else "utf-16-le"
    return content.decode(order, "replace").removeprefix("\ufeff")
