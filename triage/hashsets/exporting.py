"""A compiled set to formats that other tools read: CSV, lists, and VICS 2.0."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import IO, Any

from triage.errors import HashSetError
from triage.hashsets.hash_set import HashSet
from triage.hashsets.labels import number_of
from triage.hashsets.readers.compiled import batches
from triage.hashsets.records import EXACT, UNKNOWN_SIZE, WIDTHS, RecordBatch

_CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"

Row = dict[str, Any]


class ExportFormat(StrEnum):
    """What a set can be written as."""

    CSV = "csv"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"
    VICS = "vics"


def export(
    hash_set: HashSet,
    form: ExportFormat,
    out: IO[str],
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write all entries; returns how many lines or records were written.

    Raises HashSetError if the set is sealed, or has no value of what is asked for.
    """
    hash_set.refuse_if_sealed()
    if form in WIDTHS and not hash_set.count(form):
        raise HashSetError(
            f"{hash_set.file_name} has no {form}.",
            hint=f"It has: {', '.join(hash_set.header.digests)}.",
        )
    written = 0
    before, text_of = _writer(hash_set, form)
    out.write(before)
    for row in _rows(hash_set):
        text = text_of(row, written)
        if text:
            out.write(text)
            written += 1
            progress(written)
    out.write(_AFTER.get(form, ""))
    return written


def _rows(hash_set: HashSet) -> Iterator[Row]:
    for batch in batches(hash_set):
        digests = {algorithm: batch.digests[algorithm].tobytes() for algorithm in batch.digests}
        for number in range(batch.count):
            yield _row(batch, digests, number)


def _row(batch: RecordBatch, digests: dict[str, bytes], number: int) -> Row:
    row: Row = {}
    for algorithm, blob in digests.items():
        present = batch.present.get(algorithm)
        if present is None or present[number]:
            width = WIDTHS[algorithm]
            row[algorithm] = blob[number * width : number * width + width]
    size = UNKNOWN_SIZE if batch.sizes is None else int(batch.sizes[number])
    row["size"] = "" if size == UNKNOWN_SIZE else size
    row["category"] = batch.categories[number] if batch.categories else ""
    row["source"] = "; ".join(batch.sources[number]) if batch.sources else ""
    return row


def _writer(hash_set: HashSet, form: ExportFormat) -> tuple[str, Callable[[Row, int], str]]:
    """What stands before the first entry, and what makes the text of one."""
    if form is ExportFormat.VICS:
        return json.dumps({"@odata.context": _CONTEXT})[:-1] + ', "value": [', _vics
    if form is ExportFormat.CSV:
        algorithms = [each for each in WIDTHS if each in EXACT or hash_set.count(each)]
        return ",".join([*algorithms, "size,category,source\n"]), _csv(algorithms)
    return "", _value(form)


def _csv(algorithms: Sequence[str]) -> Callable[[Row, int], str]:
    def line(row: Row, _: int) -> str:
        digests = [row[algorithm].hex() if algorithm in row else "" for algorithm in algorithms]
        cells = [*digests, str(row["size"]), _quoted(row["category"]), _quoted(row["source"])]
        return ",".join(cells) + "\n"

    return line


def _quoted(text: str) -> str:
    """A cell as CSV wants it; never one that a spreadsheet would take for a formula."""
    text = f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if set(text) & set(',"\n\r') else text


def _value(form: str) -> Callable[[Row, int], str]:
    return lambda row, _: f"{row[form].hex()}\n" if form in row else ""


def _vics(row: Row, number: int) -> str:
    media: Row = {"MediaID": number + 1}
    media["Category"] = number_of(row["category"])
    media |= {
        name: row[algorithm].hex().upper()
        for name, algorithm in (("MD5", "md5"), ("SHA1", "sha1"))
        if algorithm in row
    }
    if row["category"] and not media["Category"]:
        media["Tags"] = row["category"]
    if row["size"] != "":
        media["MediaSize"] = row["size"]
    if "photodna" in row:
        media["PhotoDNA"] = base64.b64encode(row["photodna"]).decode()
    others = (("SHA256", "sha256"), ("PDQ", "pdq"))
    media["AlternativeHashes"] = [
        {"HashName": name, "HashValue": row[algorithm].hex()}
        for name, algorithm in others
        if algorithm in row
    ]
    return (",\n" if number else "\n") + json.dumps(media)


_AFTER = {ExportFormat.VICS: "\n]}\n"}
