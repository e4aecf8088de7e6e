"""A store in the hands of the one process that writes it: `lab.settling.writing` gives it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import derived, layout, series
from lab.decisions import Decisions
from lab.store import LabStore
from lab.trail import Trail
from triage.bundle.writing.durable import sync_folder, write_once
from triage.bundle.writing.signing import open_signer

Told = Callable[[str], None]


@dataclass(slots=True)
class StoreWriter:
    """The store, held by this process alone."""

    store: LabStore
    decided: Decisions
    trail: Trail
    by: str
    """Who: the name under which this process runs."""
    tell: Told

    def sign(self, folder: str, name: str, content: bytes) -> Path:
        """Write a file of the store's own making and its signature beside it."""
        file = self.store / folder / name
        with open_signer(self.store / layout.KEY) as signer:
            signature = signer.sign(content, namespace=layout.NAMESPACE)
        for path, bytes_ in ((file.with_name(f"{name}.sig"), signature), (file, content)):
            path.unlink(missing_ok=True)  # of a run that was cut off before it was said to be done
            write_once(path, bytes_, shown=path.name)
        sync_folder(file.parent)
        return file

    def refresh(self, *, whole: bool = False) -> None:
        """Bring what is derived to what is there."""
        if whole or not derived.is_current(self.store):
            derived.refresh(self.store, self.decided, self.tell, whole=whole)
        held = derived.read_derived(self.store)
        try:
            series.put_new(held, self.decided)
        finally:
            held.close()
