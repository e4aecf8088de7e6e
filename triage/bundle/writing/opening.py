"""An envelope's bundle is written into a folder of the lab's: what its signer sealed, or, where the
scan was cut off, what `seek resume` can go on with."""

from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from triage.bundle.envelope.identities import Identity
from triage.bundle.envelope.reading import EnvelopeOpened, EnvelopeReader
from triage.bundle.format import layout
from triage.bundle.writing.durable import NewFile, storage_errors, sync_folder
from triage.errors import BundleError


def open_envelope(
    envelope: Path, identities: Sequence[Identity], out: Path
) -> tuple[Path, EnvelopeOpened]:
    """The bundle's folder, in `out`, and what is known of the envelope.

    Raises BundleError, VerificationError, EvidenceStickError, UsageError if the folder is there;
    what was written by then is removed.
    """
    with closing(EnvelopeReader(envelope, identities)) as reader:
        folder: Path | None = None
        files: dict[str, NewFile] = {}
        try:
            for part in reader.parts():
                if folder is None:
                    folder = _made(out / reader.told.bundle)
                if part.begins:
                    files[part.name] = NewFile(folder / part.name, shown=part.name)
                file = files[part.name]
                file.buffer.extend(part.content)
                file.flush()
                if part.name not in (layout.ENTRIES, layout.LOG):
                    files.pop(part.name).close()
            if folder is None:
                raise BundleError(
                    "The envelope is empty: the scan was cut off before anything was in it.",
                    hint="Scan again.",
                )
            for file in files.values():
                file.close()
            sync_folder(folder)
        except BaseException:
            for file in files.values():
                file.abandon()
            if folder is not None:
                _remove(folder)
            raise
    return folder, reader.told


def _made(folder: Path) -> Path:
    with storage_errors(str(folder)):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        (folder / layout.MEDIA).mkdir(mode=0o700)
    return folder


def _remove(folder: Path) -> None:
    """Only what this made: a bundle's files."""
    for place in (folder / layout.MEDIA, folder):
        with suppress(OSError):
            for file in place.iterdir():
                with suppress(OSError):
                    file.unlink()
            place.rmdir()
