"""What in a bundle names one thing in the world besides its devices: the computer it was booted on,
volumes, accounts, phones.

A bundle has no list of accounts: these are the ones by which programs call folders and files. Each
is text of a suspect's disk, and may have been copied or made up.

    volume    serial number or UUID of the file system; BitLocker's GUID of a protector; an array's
    account   a Windows account's SID: its recycle bin on any drive, its keys; of Entra ID, too; the
              mailbox that an Outlook file is called by
    phone     an iPhone's or iPad's identifier: its backups, the records of computers it trusts
"""

from collections.abc import Iterator
from enum import StrEnum

from triage.bundle.format.document import Document
from triage.evidence import SourceKind, Volume


class MarkKind(StrEnum):
    """What is named."""

    COMPUTER = "computer"
    VOLUME = "volume"
    ACCOUNT = "account"
    PHONE = "phone"


_SID = r"S-1-(?:5-21|12-1)-[0-9]{6,10}-[0-9]{6,10}-[0-9]{6,10}-[0-9]{3,10}"
"""Shorter numbers are made up: the three are drawn by chance from all of 32 bits."""
_MAILBOX = (
    r"(?:^|/)([^/@\s]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,24})(?: - [^/]{1,40}|\([0-9]{1,3}\))?"
    r"\.(?:ost|pst|nst)$"
)
_PHONE = r"(?:MobileSync/Backup|Lockdown)/([0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{16})(?:[./-]|$)"
IN_PATHS = f"""
INSERT INTO mark
SELECT DISTINCT bundle, kind, name FROM (
  SELECT bundle, '{MarkKind.ACCOUNT}' AS kind,
         unnest(regexp_extract_all(upper(path), '{_SID}')) AS name
  FROM read_parquet($file) WHERE contains(upper(path), 'S-1-')
  UNION ALL
  SELECT bundle, '{MarkKind.ACCOUNT}', lower(regexp_extract(path, '{_MAILBOX}', 1, 'i'))
  FROM read_parquet($file) WHERE contains(path, '@')
  UNION ALL
  SELECT bundle, '{MarkKind.PHONE}', upper(regexp_extract(path, '{_PHONE}', 1, 'i'))
  FROM read_parquet($file) WHERE contains(lower(path), 'mobilesync/') OR contains(lower(path), 'lockdown/')
) WHERE name <> ''"""  # noqa: E501, S608
"""Those by which folders and files are called, of one bundle; `$file`: its sightings."""

_SHORTEST_SERIAL = 5
"""Characters: a shorter one is nobody's own."""
_NO_SERIALS = frozenset({"123456789", "123456789abcdef", "12345678", "default", "unknown"})
_SHORTEST_GUID = 32


def serial_says_something(serial: str) -> bool:
    """Whether a device's or camera's serial number can be its own: not `0000000`, not `n/a`."""
    bare = serial.strip().strip("0").lower()
    return len(bare) >= _SHORTEST_SERIAL and len(set(bare)) > 2 and bare not in _NO_SERIALS


def marks_of(document: Document) -> set[tuple[MarkKind, str]]:
    """Those that the search saw for itself."""
    return {*_computers(document), *_volumes(document.volumes)}


def _computers(document: Document) -> Iterator[tuple[MarkKind, str]]:
    """The machine that the stick was booted on, if disks of its own were searched: whoever
    searches images, or what hangs on USB, does so on any machine."""
    booted = document.write_block is not None and document.write_block.layers
    own = any(each.kind is SourceKind.DEVICE and each.transport != "usb"
              for each in document.devices)  # fmt: skip
    machine = document.machine
    if booted and own and serial_says_something(machine.serial):
        said = (machine.maker, machine.model, machine.serial)
        yield MarkKind.COMPUTER, " ".join(filter(None, map(str.strip, said)))


def _volumes(volumes: tuple[Volume, ...]) -> Iterator[tuple[MarkKind, str]]:
    for volume in volumes:
        guids = [each.id for each in volume.protectors if len(each.id) >= _SHORTEST_GUID]
        name = volume.uuid or next(iter(guids), "") or volume.part_of
        if serial_says_something(name):
            yield MarkKind.VOLUME, f"{volume.file_system} {name}".strip().lower()
