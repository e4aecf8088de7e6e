"""Which format an input is, by what is in it, never by its name alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from triage.errors import HashSetError
from triage.hashsets.inputs import LONGEST_LINE, ImportFile, as_utf8, is_text, text_of
from triage.hashsets.readers import (
    databases,
    delimited,
    encase,
    lists,
    ncmec,
    nsrl,
    pdq,
    tsk_index,
    vics,
)
from triage.hashsets.records import Imported, RecordBatch

_UNKNOWN = (
    "seek reads lists of digests (plain, md5sum, sha256sum, hashdeep, BSD), CSV with a header,"
    " VICS and CAID JSON, ICSE CSV, NCMEC XML, NSRL, EnCase .hash, HashKeeper, TSK indexes,"
    " Autopsy .kdb, IPED hashes.db, PDQ and vPDQ lists and ThreatExchange signals."
)
_LINES_LOOKED_AT = 200


class Format(NamedTuple):
    """A recognised format: what it is called, and how it is read."""

    name: str
    read: Callable[[ImportFile, Imported], Iterator[RecordBatch]]


def sniff(source: ImportFile) -> Format:
    """The input's format. Raises HashSetError with what is read, if it is none of them."""
    head = source.head()
    if not head:
        raise HashSetError(f"{source.shown} is empty.", hint="Is the copy complete?")
    found = _binary(head)
    if found is None and is_text(head):
        found = _structured(head) or _table(source, head) or _list(source, head)
    if found is None:
        raise HashSetError(f"{source.shown} is no hash set that is known here.", hint=_UNKNOWN)
    return found


def _binary(head: bytes) -> Format | None:
    if head.startswith(databases.MAGIC):
        return Format("SQLite", databases.read)
    if head.startswith(encase.MAGIC):
        return Format("EnCase .hash", encase.read)
    if tsk_index.is_index(head):
        return Format("TSK index", tsk_index.read)
    return None


def _structured(head: bytes) -> Format | None:
    text = as_utf8(head).lstrip()
    if text.startswith((b"{", b"[")):
        version = vics.version_of(text)
        return None if version is None else Format(f"{version} JSON".strip(), vics.read)
    if text.startswith(b"<"):
        return Format("NCMEC XML", ncmec.read) if ncmec.is_ncmec(text) else None
    return Format("NSRL RDSv3 delta", nsrl.read_delta) if nsrl.is_delta(text) else None


def _table(source: ImportFile, head: bytes) -> Format | None:
    texts = [text_of(line) for line in as_utf8(head).splitlines()[:_LINES_LOOKED_AT]]
    if any(text.startswith("%%%% HASHDEEP") for text in texts):
        return _hashdeep(head)
    signals = pdq.table_of(texts[0].strip()) if texts else None
    if signals:
        return _of_pdq(signals)
    try:
        columns = delimited.header_in(texts)
    except HashSetError as error:
        raise HashSetError(f"{source.shown}: {error.message}", hint=error.hint) from error
    return _named(texts[columns.header_line - 1], columns) if columns else None


def _of_pdq(table: pdq.PdqColumns) -> Format:
    name = "PDQ list" if table.kind < 0 else "ThreatExchange CSV"
    return Format(name, partial(pdq.read_table, table=table))


def _hashdeep(head: bytes) -> Format | None:
    for number, line in enumerate(as_utf8(head).splitlines(), start=1):
        columns = delimited.header_of(text_of(line).removeprefix("%%%% "), number)
        if line.startswith(b"%%%%") and columns:
            return Format("hashdeep", partial(delimited.read, columns=columns))
    return None


def _named(header: str, columns: delimited.Columns) -> Format:
    lowered = header.lower()
    if "productcode" in lowered:
        name = "NSRL RDSv2"
    elif "hashset_id" in lowered:
        name = "HashKeeper"
    elif "baseline" in lowered and "image id" in lowered:
        name = "ICSE CSV"
    else:
        name = "CSV"
    return Format(name, partial(delimited.read, columns=columns))


def _list(source: ImportFile, head: bytes) -> Format | None:
    found = as_utf8(head).splitlines()[:_LINES_LOOKED_AT]
    if len(found) == 1 and len(found[0]) >= LONGEST_LINE // 2:
        words = lists.digests_in(text_of(found[0])) if _is_digest(text_of(found[0])) else []
        return Format("list of digests", lists.read_words) if len(words) > 1 else None
    for line in found:
        text = text_of(line).strip()
        if pdq.is_list(text, source.shown):
            return Format("PDQ list", pdq.read_list)
        if pdq.is_printed(text):
            return Format("ThreatExchange signals", pdq.read_printed)
        if _is_digest(text):
            return Format("list of digests", lists.read_list)
    return None


def _is_digest(text: str) -> bool:
    try:
        return bool(text) and bool(lists.digests_in(text))
    except ValueError:
        return False
