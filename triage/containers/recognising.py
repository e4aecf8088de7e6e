"""Which container content is, by its beginning; half a microsecond where it is none.

The first bytes decide, or a few further in, or the last ones where they are at hand. What they lead
to looks closer, and may still say no.
"""

from triage.containers import disks, documents, packed, rar, zips
from triage.containers.kinds import ending_of
from triage.containers.probe import Container, Probe, ReadAt
from triage.containers.signatures import BY_TWO, ContainerSignature

_TAR = ContainerSignature(b"", "tar", rule=packed.tar)
_LHA = ContainerSignature(b"", "lha", rule=packed.lha)
_ACE = ContainerSignature(b"", "ace", rule=rar.ace)
_MOBI = ContainerSignature(b"", "mobi", rule=documents.mobi)
_ISO = ContainerSignature(b"", "iso")
_DISK = ContainerSignature(b"", "disk image", rule=disks.raw_disk)
_ZIP = ContainerSignature(b"", "appended zip", rule=zips.appended_zip)

_DMG = ContainerSignature(b"", "dmg")
_LOCKED_DMG = ContainerSignature(b"", "dmg", locked=True)
_VHD = ContainerSignature(b"", "vhd")

_LHA_MARKS = frozenset({b"-lh", b"-lz", b"-pm"})
_MOBI_MARKS = frozenset({b"BOOKMOBI", b"TEXtREAd"})
_ISO_AT = 32769
_ISO_MARKS = frozenset({b"CD001", b"BEA01"})
_DASH, _STAR, _SPACE, _U, _R, _P = b"-* urP"
_BOOT, _EXT, _HFS = b"\xaa\x53H"
_QUICK_FROM = 1024
"""Bytes; of less the further marks may not be there."""
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
    suspects = BY_TWO.get(content[:2])
    if suspects is None and _QUICK_FROM <= size <= len(content) and _is_none(content):
        return None
    for signature in suspects or ():
        if content.startswith(signature.beginning):
            found = _closer(signature, content, size, path, read_at)
            if found is not None:
                return found
    further = _further_in(content) or (_large(content) if size > _ISO_AT else None)
    if further is not None:
        found = _closer(further, content, size, path, read_at)
        if found is not None:
            return found
    if len(content) < size:
        if not end_was_read and ending_of(path) not in _TOLD_BY_THEIR_END:
            return None
        content = Probe(content, size, path, read_at).end(_END)
    at_end = _by_end(content)
    return at_end and _closer(at_end, content, size, path, read_at)


def _closer(
    signature: ContainerSignature, content: bytes, size: int, path: str, read_at: ReadAt | None
) -> Container | None:
    if signature.rule is None:
        return Container(signature.kind, signature.locked)
    try:
        return signature.rule(Probe(content, size, path, read_at))
    except Exception:  # noqa: BLE001 - a fence: its digests are known, and must not be lost for this
        return Container(signature.kind)


def _is_none(content: bytes) -> bool:
    """Whether one byte of each further mark is another: so it is of most content, and quickly."""
    return not (
        content[2] == _DASH
        or content[7] == _STAR
        or content[155] == _SPACE
        or content[257] == _U
        or content[-1] == _R
        or content[-22] == _P
        or content[60] in b"BT"
        or content[-512] in b"kc"
    ) and (len(content) <= _ISO_AT or _large(content) is None)


def _further_in(content: bytes) -> ContainerSignature | None:
    if content[154:156] == b"\0 " or content[257:262] == b"ustar":
        return _TAR
    if content[2:5] in _LHA_MARKS:
        return _LHA
    if content[7:14] == b"**ACE**":
        return _ACE
    return _MOBI if content[60:68] in _MOBI_MARKS else None


def _large(content: bytes) -> ContainerSignature | None:
    if content[_ISO_AT : _ISO_AT + 5] in _ISO_MARKS:
        return _ISO
    if len(content) > 1080 and (
        content[511] == _BOOT
        or content[1080] == _EXT
        or content[1024] == _HFS
        or content[32:36] == b"NXSB"
    ):
        return _DISK
    return None


def _by_end(end: bytes) -> ContainerSignature | None:
    if end[-22:-18] == zips.END:
        return _ZIP
    if end[-_END:][:4] == b"koly":
        return _DMG
    if end[-_END:][:8] == b"conectix":
        return _VHD
    return _LOCKED_DMG if end[-8:] == b"cdsaencr" else None
