"""Which container content is, by its beginning; half a microsecond where it is none.

The first bytes decide, or a few further in, or the last ones where they are at hand. What they lead
to looks closer, and may still say no.
"""

from triage.containers import disks, documents, packed, rar, zips
from triage.containers.kinds import ending_of
from triage.containers.probe import Container, Probe, ReadAt
from triage.containers.signatures import BY_TWO, Signature

_TAR = Signature(b"", "tar", rule=packed.tar)
_LHA = Signature(b"", "lha", rule=packed.lha)
_ACE = Signature(b"", "ace", rule=rar.ace)
_PDF = Signature(b"", "pdf", rule=documents.pdf)
_MOBI = Signature(b"", "mobi", rule=documents.mobi)
_ISO = Signature(b"", "iso")
_DISK = Signature(b"", "disk image", rule=disks.raw_disk)
_ZIP = Signature(b"", "appended zip", rule=zips.appended_zip)

_DMG = Signature(b"", "dmg")
_LOCKED_DMG = Signature(b"", "dmg", locked=True)
_VHD = Signature(b"", "vhd")

_LHA_MARKS = frozenset({b"-lh", b"-lz", b"-pm"})
_MOBI_MARKS = frozenset({b"BOOKMOBI", b"TEXtREAd"})
_ISO_AT = 32769
_ISO_MARKS = frozenset({b"CD001", b"BEA01"})
_VOLUME_MARKS = frozenset({b"H+", b"HX"})
_END = 512
_TOLD_BY_THEIR_END = frozenset({"dmg", "vhd"})


def recognise(
    content: bytes,
    size: int,
    path: str,
    read_at: ReadAt | None = None,
    *,
    end_was_read: bool = True,
) -> Container | None:
    """What kind of container it is; None of all else. Never raises.

    `content`: all of it; or its first HEAD_BYTES, and `read_at`, which is asked for little and
    only where there is a reason. `end_was_read`: to read it again costs nothing.
    """
    for signature in BY_TWO.get(content[:2], ()):
        if content.startswith(signature.beginning):
            found = _closer(signature, content, size, path, read_at)
            if found is not None:
                return found
    further = _further_in(content, path) or (_large(content) if size > _ISO_AT else None)
    if further is not None:
        return _closer(further, content, size, path, read_at)
    if len(content) < size:
        if not end_was_read and ending_of(path) not in _TOLD_BY_THEIR_END:
            return None
        content = Probe(content, size, path, read_at).end(_END)
    at_end = _by_end(content)
    return at_end and _closer(at_end, content, size, path, read_at)


def _closer(
    signature: Signature, content: bytes, size: int, path: str, read_at: ReadAt | None
) -> Container | None:
    if signature.rule is None:
        return Container(signature.kind, signature.locked)
    try:
        return signature.rule(Probe(content, size, path, read_at))
    except Exception:  # noqa: BLE001 - a fence: its digests are known, and must not be lost for this
        return Container(signature.kind)


def _further_in(content: bytes, path: str) -> Signature | None:
    if content[154:156] == b"\0 " or content[257:262] == b"ustar":
        return _TAR
    if content[2:5] in _LHA_MARKS:
        return _LHA
    if content[7:14] == b"**ACE**":
        return _ACE
    if content[60:68] in _MOBI_MARKS:
        return _MOBI
    if path[-4:].lower() == ".pdf" and documents.PDF in content[: documents.PDF_WITHIN]:
        return _PDF  # the search takes as long as all else, so it is not made for every content
    return None


def _large(content: bytes) -> Signature | None:
    if content[_ISO_AT : _ISO_AT + 5] in _ISO_MARKS:
        return _ISO
    boots = content[510:512] == b"\x55\xaa"
    if boots or content[1080:1082] == b"\x53\xef" or content[1024:1026] in _VOLUME_MARKS:
        return _DISK
    return _DISK if content[32:36] == b"NXSB" else None


def _by_end(end: bytes) -> Signature | None:
    if end[-22:-18] == zips.END:
        return _ZIP
    if end[-_END:][:4] == b"koly":
        return _DMG
    if end[-_END:][:8] == b"conectix":
        return _VHD
    return _LOCKED_DMG if end[-8:] == b"cdsaencr" else None
