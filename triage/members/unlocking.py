"""Who opens an encrypted 7z or RAR, which libarchive does by no password; and without any, who says
which members are encrypted: libarchive stops at those of a 7z that begins with others, and of a
solid RAR 5, and of another RAR 5 it does not say which they are."""

from contextlib import suppress

from triage.containers.probe import Probe
from triage.containers.rar import MARK4, MARK5
from triage.containers.self_extracting import archive_at
from triage.containers.seven_zip import SIGNATURE
from triage.evidence import HEAD_BYTES
from triage.members.member import ContainerBytes, DamagedError, Opening
from triage.members.rar4 import unlocked_4
from triage.members.rar5 import unlocked_5
from triage.members.seven_zip import unlocked_7z
from triage.members.unlocked import UnlockedArchive
from triage.members.zip_gaps import Slice, ZipStretch

_BY_MARK = {SIGNATURE: unlocked_7z, MARK4: unlocked_4, MARK5: unlocked_5}


def unlocked(content: ContainerBytes, opening: Opening) -> UnlockedArchive | None:
    """None of what is another archive, is not encrypted, or makes no sense here: libarchive reads
    on where it can. Raises LockedError where not even names can be seen."""
    if not opening.locked:
        return None
    if opening.kind == "self-extracting":
        head = content.read_at(0, HEAD_BYTES)
        at = archive_at(Probe(head, content.size, "", content.read_at))
        content = Slice(content, ZipStretch(at, content.size - at))
    begins = content.read_at(0, max(map(len, _BY_MARK)))
    for mark, unlock in _BY_MARK.items():
        if begins.startswith(mark):
            with suppress(DamagedError):
                return unlock(content, opening)
    return None
