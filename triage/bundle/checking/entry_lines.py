"""The entries of a bundle, one by one: entries.jsonl has them all, also those findings for which
findings.json has no more room. Nothing is verified by this."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import entries, first, layout
from triage.bundle.format.document import Finding
from triage.bundle.format.entries import EntryLine
from triage.errors import BundleError, VerificationError, why
from triage.evidence import Volume

_HINT = "`seek verify` says what is wrong with it."
_FOUND = b'"found":'


def lines_of(bundle: Path, volumes: Sequence[Volume] = ()) -> Iterator[EntryLine]:
    """All, in the order of their lines; of a bundle that is not sealed, too. `volumes`: the
    bundle's own; without them a line of format 1 says places on the device. Raises BundleError."""
    return _lines(bundle, volumes, lambda _: True)


def lines_within(bundle: Path, volumes: Sequence[Volume], within: str) -> Iterator[EntryLine]:
    """Those of one volume, by its id, likewise."""
    named = msgspec.json.encode(within)
    for line in _lines(bundle, volumes, lambda text: named in text):
        if line.entry.volume_id == within:
            yield line


def findings_of(bundle: Path, volumes: Sequence[Volume] = ()) -> Iterator[Finding]:
    """Those that are findings, likewise."""
    for line in _lines(bundle, volumes, lambda text: _FOUND in text):
        if line.finding is not None:
            yield line.finding


def _lines(
    bundle: Path, volumes: Sequence[Volume], wanted: Callable[[bytes], bool]
) -> Iterator[EntryLine]:
    """Those whose text is wanted; of format 1, which writes them otherwise, all."""
    number, is_first = 0, False
    decode: Callable[[bytes], EntryLine] = entries.decode
    try:
        for text in BundleFolder(bundle).lines(layout.ENTRIES):
            number += 1
            if number == 1:
                version = entries.version_of(text)
                is_first, decode = version == first.FORMAT, entries.decoder(version, volumes)
            if is_first or (wanted(text) and not entries.is_member(text)):
                yield decode(text)
    except VerificationError as error:
        raise BundleError(f"{bundle} cannot be read: {error.message}.", hint=_HINT) from error
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BundleError(
            f"Line {number} of {layout.ENTRIES} is no entry: {why(error)}.", hint=_HINT
        ) from error
