"""Whoever changes a store does it alone, after what a crash left half done is brought to an end.

with writing(open_store(folder)) as writer:
    writer.decided.note(case, "…", writer.by)
"""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

import msgspec

from lab import derived, layout, sightings
from lab.decisions import Decisions
from lab.erasing import finish
from lab.referrals.keeping import settle_referrals
from lab.store import LabStore
from lab.trail import IMPORTED, Trail
from lab.writer import StoreWriter, Told
from triage.bundle.format.auditlog import utc_now
from triage.errors import StoreError, why


@contextmanager
def writing(
    store: LabStore, tell: Told = lambda _: None, *, again: bool = False
) -> Iterator[StoreWriter]:
    """Alone; settled; at the end the head of the audit log is signed, once a day.

    `again`: all that is derived is made anew from the bundles, whatever is there.

    Raises StoreError if another process writes, or the store was changed by another hand.
    """
    with _alone(store, _who(), tell) as writer:
        settle(writer, again=again)
        yield writer


@contextmanager
def judging(store: LabStore, by: str, *, patience: float = 2.0) -> Iterator[StoreWriter]:
    """Alone for a moment, for what one person says of what is there, or is shown.

    No bundle comes or goes, so nothing is settled or derived anew. `patience`: seconds.

    Raises StoreError if another process goes on writing, or the store was changed by another hand.
    """
    with _alone(store, by, _tell_nobody, patience=patience) as writer:
        yield writer


@contextmanager
def _alone(store: LabStore, by: str, tell: Told, *, patience: float = 0) -> Iterator[StoreWriter]:
    try:
        with store.locked(patience=patience):
            decided = Decisions(store / layout.DECISIONS, write=True)
            try:
                writer = StoreWriter(store, decided, Trail(store / layout.AUDIT), by, tell)
                yield writer
                _sign_head(writer)
            finally:
                decided.close()
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> StoreError:
    return StoreError(
        f"The store cannot be written: {why(error)}.",
        hint="Is there room, and may you write? Nothing that was said to be done is lost.",
    )


def _tell_nobody(_: str) -> None:
    """It takes no time worth a word."""


def _who() -> str:
    """Under which name this process runs; its number where no name is known for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def settle(writer: StoreWriter, *, again: bool) -> None:
    """End what was cut off: what had not come is gone, what had come is whole."""
    store, decided = writer.store, writer.decided
    _sweep(store)
    for begun in decided.begun_erasures():
        finish(writer, begun)
    bundles = store.bundles()
    decided.keep_filings(bundles)
    said = {str(record.fields.get("bundle")) for record in writer.trail.records
            if record.event == IMPORTED}  # fmt: skip
    filings = decided.filings()
    older = derived.is_older(store)
    for digest in bundles:
        if digest not in filings:
            raise StoreError(
                f"Bundle {digest} lies in the store, and nobody imported it.",
                hint="Take its folder out, and import it with `seek lab import`.",
            )
        if again or older or not store.sightings(digest).exists():
            sightings.derive(store, store.bundle(digest), digest)
        if digest not in said:
            writer.trail.say(IMPORTED, writer.by, bundle=digest, case=filings[digest][0],
                             settled=True)  # fmt: skip
    for file in (store / layout.SIGHTINGS).iterdir():
        if file.name.removesuffix(".parquet") not in bundles:
            file.unlink()
    settle_referrals(writer, again=again)
    writer.refresh(whole=again)


def _sweep(store: LabStore) -> None:
    """What processes left that are no more."""
    for name in (layout.INCOMING, layout.OPENED):
        rmtree(store / name, ignore_errors=True)
    for folder in (store.path, store / layout.SIGHTINGS):
        for file in folder.iterdir():
            if layout.NEW in file.name:
                file.unlink()
    with suppress(FileNotFoundError):
        for spill in (store / layout.SPILL).iterdir():
            if not Path("/proc", spill.name).exists():
                rmtree(spill, ignore_errors=True)


def _sign_head(writer: StoreWriter) -> None:
    """Where the log ends: whoever cuts it off behind that is found out."""
    name = f"{utc_now()[:10]}.json"
    if writer.trail.end.records and not (writer.store / layout.HEADS / name).exists():
        writer.sign(layout.HEADS, name, msgspec.json.encode(writer.trail.end))
