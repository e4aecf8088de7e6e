"""Two bundles of one scan side by side: a note beside the earlier one says which of them counts.

A sealed bundle is never changed, and no file may be added to it: so the note is no part of it and
is not signed. What it says can be checked in the later bundle, whose signed findings.json names the
earlier one.
"""

import errno
import os
from pathlib import Path

from triage.bundle.format.layout import note_of
from triage.bundle.writing.durable import Patience, give_up, insist, sync_folder

_TEXT = """\
The scan of the bundle
    {earlier}
went on in the bundle
    {later}

Where the second one holds a file called manifest.sha256, it is the one that
counts: all that the first holds is in it too. Where it holds none, it was cut
off in its turn, and the first one counts until the second has been finished
with seek resume. Hand over both. Change nothing in either.

"""


_IN_THE_WAY = frozenset({errno.ELOOP, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ENXIO})
"""Something else has the note's name: it stays as it is, and no scan is held up by it."""


def note_beside(earlier: Path, later: Path, patience: Patience = give_up) -> bool:
    """Say beside `earlier` that `later` goes on with it; after what such notes said before.

    False: something else is in its place. Raises EvidenceStickError when patience ends.
    """
    text = _TEXT.format(earlier=earlier.name, later=later.name).encode()
    note = note_of(earlier)

    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    written = True

    def write() -> None:
        nonlocal written
        try:
            handle = os.open(note, flags, 0o600)
        except OSError as error:
            if error.errno not in _IN_THE_WAY:
                raise
            written = False
            return
        try:
            rest = memoryview(text)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(note.parent)

    insist(write, note.name, patience)
    return written
