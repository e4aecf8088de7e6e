"""An error that nobody foresaw: its traceback goes into the bundle's audit log, where there is one.

Whoever is on scene gets one line and what to do; whoever mends it gets the traceback, with the
bundle, and signed once the scan was resumed.
"""

import traceback
from pathlib import Path

from triage.bundle.format import layout
from triage.bundle.writing.writer import BundleWriter
from triage.errors import SeekError, UnforeseenError

LOGGED = "an error that nobody foresaw"
MOST_LINES = 200
LONGEST_LINE = 500


def logged(error: Exception, writer: BundleWriter | None) -> UnforeseenError | None:
    """What to raise in its place; None if there is no bundle that could keep its traceback."""
    if writer is None or not _is_open(writer.folder):
        return None
    try:
        writer.log(LOGGED, traceback=list(_lines(error)))
        writer.commit()
    except SeekError:
        return None
    kept = (
        f"in {writer.folder}"
        if writer.recipients
        else f"at the end of {writer.folder / layout.LOG}"
    )
    return UnforeseenError(
        f"An error that nobody foresaw: {_short(error)}.",
        hint=f"Its traceback is {kept}: send it to whoever looks after seek. The bundle is not "
        f"signed; {writer.how_it_goes_on}.",
    )


def _is_open(folder: Path) -> bool:
    """A sealed bundle is never changed."""
    if layout.is_envelope(folder):
        return not (folder / layout.ENVELOPE_SAYS).exists()
    return (folder / layout.LOG).exists() and not (folder / layout.MANIFEST).exists()


def _lines(error: Exception) -> list[str]:
    """The traceback, its end if it is very long."""
    text = "".join(traceback.format_exception(error))
    return [line[:LONGEST_LINE] for line in text.splitlines()[-MOST_LINES:]]


def _short(error: Exception) -> str:
    said = traceback.format_exception_only(error)[-1].strip()
    return said.replace("\n", " ")[:LONGEST_LINE].rstrip(".")
