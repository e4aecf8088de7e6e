"""The Sleuth Kit's hash database index (`hfind -i md5sum list`): header lines of zeros, then
`DIGEST|offset` in order of the digest.
"""

from collections.abc import Iterator

from triage.hashsets.inputs import ImportFile, lines, text_of
from triage.hashsets.readers.rows import any_digest
from triage.hashsets.records import Imported, RecordBatch, SetRecord, pack, record

_HEADER = b"0" * 40


def is_index(head: bytes) -> bool:
    """Whether a file that begins so is such an index."""
    return head.startswith(_HEADER + b"0|")


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of the index's digests."""
    for first, some in lines(source):
        records = list(_records(some, first, imported))
        if records:
            yield pack(records)


def _records(some: list[bytes], first: int, imported: Imported) -> Iterator[SetRecord]:
    for number, line in enumerate(some, start=first):
        if line and not line.startswith(_HEADER):
            try:
                yield _record(line)
            except ValueError as error:
                imported.refuse(number, str(error))


def _record(line: bytes) -> SetRecord:
    digest, bar, offset = text_of(line).partition("|")
    if not bar or not offset.isdecimal():
        raise ValueError(f"not `DIGEST|offset`: '{digest[:60]}'")
    algorithm, value = any_digest(digest)
    return record({algorithm: value})
