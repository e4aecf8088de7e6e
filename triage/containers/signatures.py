"""By which first bytes which container is looked for. The formats' own documents are the sources.

They are looked up by the first two.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from triage.containers import (
    compound,
    databases,
    disks,
    documents,
    mail,
    packed,
    rar,
    seven_zip,
    zips,
)
from triage.containers.probe import Container, Probe
from triage.containers.self_extracting import self_extracting

Rule = Callable[[Probe], Container | None]


class ContainerSignature(NamedTuple):
    """A beginning, and what it promises."""

    beginning: bytes
    kind: str
    locked: bool = False
    rule: Rule | None = None
    """Looks closer, and has the last word; None: nothing more needs to be known."""


def _each(
    kind: str, *beginnings: bytes, rule: Rule | None = None, locked: bool = False
) -> Iterator[ContainerSignature]:
    yield from (ContainerSignature(each, kind, locked, rule) for each in beginnings)


def _archives() -> Iterator[ContainerSignature]:
    yield from _each("zip", b"PK\x03\x04", b"PK\x07\x08", b"PK00PK\x03\x04", rule=zips.zip_file)
    yield ContainerSignature(seven_zip.SIGNATURE, "7z", rule=seven_zip.seven_zip)
    yield from _each("rar", rar.MARK4, rar.MARK5, rule=rar.rar)
    yield from _each("gzip", *(b"\x1f\x8b\x08" + bytes([flags]) for flags in range(32)))
    yield from _each("bzip2", *(b"BZh%d1AY&SY" % level for level in range(1, 10)))
    yield ContainerSignature(b"\xfd7zXZ\0", "xz")
    yield ContainerSignature(b"\x5d\0", "lzma", rule=packed.lzma_alone)
    yield ContainerSignature(b"LZIP\x01", "lzip")
    yield ContainerSignature(b"\x89LZO\0\r\n\x1a\n", "lzop")
    yield ContainerSignature(b"\x28\xb5\x2f\xfd", "zstd")
    yield from _each("lz4", b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18")
    yield from _each("compress", *(b"\x1f\x9d" + bytes([0x80 | bits]) for bits in range(9, 17)))
    yield ContainerSignature(b"MSCF\0\0\0\0", "cab")
    yield ContainerSignature(b"ISc(", "installshield")
    yield from _each("cpio", b"070701", b"070702", b"070707", b"070727")
    yield from _each("cpio", b"\xc7\x71", b"\x71\xc7", rule=packed.old_cpio)
    yield ContainerSignature(b"!<arch>\n", "ar", rule=packed.ar)
    yield ContainerSignature(b"\x60\xea", "arj", rule=rar.arj)
    yield ContainerSignature(b"ZOO ", "zoo", rule=packed.zoo)
    yield from _each("stuffit", b"StuffIt (c)1997", b"StuffIt!", b"SIT!\0")
    yield ContainerSignature(b"xar!\0", "xar")
    yield ContainerSignature(b"\xed\xab\xee\xdb", "rpm")
    yield ContainerSignature(b"Cr24", "crx")
    frames = (bytes([each]) + b"\x2a\x4d\x18" for each in range(0x50, 0x60))
    yield from _each("zstd", *frames, rule=packed.skippable)
    yield from _each("uuencoded", b"begin ", b"begin-base64 ", rule=packed.uuencoded)
    yield ContainerSignature(b"MZ", "self-extracting", rule=self_extracting)


def _documents() -> Iterator[ContainerSignature]:
    yield ContainerSignature(compound.SIGNATURE, "ole", rule=compound.compound_file)
    yield ContainerSignature(documents.PDF, "pdf", rule=documents.pdf)
    yield from _each("pdf", *documents.IN_FRONT, rule=documents.pdf_further_in)
    yield ContainerSignature(b"{\\rt", "rtf", rule=documents.rtf)
    yield ContainerSignature(bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "onenote")
    yield ContainerSignature(b"ITSF\x03\0\0\0", "chm")
    yield ContainerSignature(b"AT&TFORM", "djvu")


_FIRST_FIELDS = (
    "Received", "Return-Path", "Return-path", "Date", "From", "To", "Subject", "Message-ID",
    "Message-Id", "MIME-Version", "Mime-Version", "Delivered-To", "Content-Type", "Reply-To",
    "Sender", "Envelope-to", "DKIM-Signature", "ARC-Seal", "Authentication-Results", "User-Agent",
    "In-Reply-To", "References", "X-Mozilla-Status", "X-Account-Key", "X-Gmail-Labels", "X-GM-",
    "X-Apple-", "X-Received", "X-Original-To", "X-Sieve", "X-Mailer", "X-Priority", "X-Spam-",
    "X-MS-", "X-Virus-", "X-Envelope-", "X-Google-", "X-Yahoo", "Status",
)  # fmt: skip


def _mail() -> Iterator[ContainerSignature]:
    yield ContainerSignature(b"From ", "mbox", rule=mail.mailbox)
    yield from _each("eml", *(each.encode() for each in _FIRST_FIELDS), rule=mail.message)
    digits = (b"%02d" % pair for pair in range(100))
    yield from _each("eml", *digits, rule=mail.apple_message)
    yield ContainerSignature(b"!BDN", "pst", rule=mail.outlook_store)
    yield ContainerSignature(b"\xcf\xad\x12\xfe", "dbx")
    yield ContainerSignature(b"\x78\x9f\x3e\x22", "tnef")
    yield ContainerSignature(b"\x1a\0\0\x04\0\0", "notes")


def _disks() -> Iterator[ContainerSignature]:
    yield ContainerSignature(b"\0" + b"\xff" * 10 + b"\0", "iso")
    yield ContainerSignature(b"encrcdsa", "dmg", locked=True)
    yield ContainerSignature(b"sprs", "dmg")
    yield from _each("wim", b"MSWIM\0\0\0", b"WLPWM\0\0\0")
    yield from _each("vmdk", b"KDMV", b"COWD")
    yield ContainerSignature(b"conectix", "vhd")
    yield ContainerSignature(b"vhdxfile", "vhdx")
    yield ContainerSignature(b"<<< ", "vdi", rule=disks.vdi)
    yield ContainerSignature(b"QFI\xfb", "qcow2", rule=disks.qcow2)
    yield from _each("ewf", b"EVF\t\r\n\xff\0", b"EVF2\r\n\x81\0", b"LVF\t\r\n\xff\0",
                     b"LEF2\r\n\x81\0")  # fmt: skip
    yield ContainerSignature(b"AFF10\r\n\0", "aff")
    yield ContainerSignature(b"ADSEGMENTEDFILE", "ad1")
    yield ContainerSignature(b"ADCRYPT\0", "ad1", locked=True)
    yield ContainerSignature(b"LUKS\xba\xbe", "luks", locked=True)
    yield from _each("squashfs", b"hsqs", b"sqsh")
    yield ContainerSignature(b"XFSB\0", "disk image")
    yield ContainerSignature(b"ANDROID BACKUP\n", "android backup", rule=disks.android_backup)
    yield ContainerSignature(b"bplist00", "plist", rule=databases.property_list)
    yield ContainerSignature(b"SQLite format 3\0", "sqlite", rule=databases.sqlite)
    yield from _each("sqlite", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", rule=databases.sqlite_log)


def _encrypted() -> Iterator[ContainerSignature]:
    yield ContainerSignature(b"-----BEGIN PGP MESSAGE-----", "pgp", locked=True)
    binary = (0x84, 0x85, 0x8C, 0xC1, 0xC3)
    yield from _each("pgp", *(bytes([each]) for each in binary), rule=packed.open_pgp)
    yield from _each("age", b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----",
                     locked=True)  # fmt: skip
    yield from _each("aescrypt", b"AES\0\0", b"AES\x01\0", b"AES\x02\0", locked=True)
    yield ContainerSignature(
        bytes.fromhex("c0b9072e4f93f146a015792ca1d9e821"), "axcrypt", locked=True
    )
    yield ContainerSignature(b"WARC/", "warc")
    yield from _each("chrome cache", bytes.fromhex("305c72a71b6dfbfc"), b"\xc3\xca\x04\xc1")


def _by_two() -> dict[bytes, tuple[ContainerSignature, ...]]:
    found: dict[bytes, tuple[ContainerSignature, ...]] = {}
    for family in (_archives, _documents, _mail, _disks, _encrypted):
        for each in family():
            seconds = range(256) if len(each.beginning) == 1 else (each.beginning[1],)
            for second in seconds:
                key = bytes([each.beginning[0], second])
                found[key] = (*found.get(key, ()), each)
    return found


BY_TWO = _by_two()
