"""NCMEC hash-sharing XML: `<queryResult><images><image>…<fingerprints><md5/><sha1/><pdna/>`.

Images and videos alike; `deletedImage` and `deletedVideo` are passed over and counted. Parsed with
expat as a stream: a document type is refused (nothing here needs entities), and so is one piece of
markup larger than any record.
"""

from collections.abc import Iterator
from xml.parsers import expat

from triage.errors import HashSetError, why
from triage.hashsets.inputs import ImportFile, encoding_of, utf8_blocks
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import Imported, RecordBatch, SetRecord, batched, record
from triage.hashsets.spelling import digest_of

_RECORDS = {"image", "video"}
_GONE = {"deletedImage", "deletedVideo"}
_FINGERPRINTS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "pdq": "pdq",
    "pdna": "photodna",
}
_FIELDS = {*_FINGERPRINTS, "classification"}
_LARGEST_MARKUP = 4 << 20
_LONGEST_TEXT = 4096
_DEEPEST = 64

_HINT = "Do not use it before you know who made it."


def is_ncmec(head: bytes) -> bool:
    """Whether XML that begins so is a hash-sharing answer."""
    return b"<queryResult" in head or b"hashsharing" in head


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of the images and videos."""
    return batched(_records(source, imported))


def _records(source: ImportFile, imported: Imported) -> Iterator[SetRecord]:
    reader = _Reader(imported, "utf-8" if encoding_of(source.head()) else None)
    fed = 0
    try:
        for block in utf8_blocks(source):
            reader.parser.Parse(block, False)
            fed += len(block)
            if fed - reader.parser.CurrentByteIndex > _LARGEST_MARKUP:
                raise HashSetError(
                    f"{source.shown}: one piece of markup has over 4 MiB.", hint=_HINT
                )
            yield from reader.take()
        reader.parser.Parse(b"", True)
    except (LookupError, ValueError) as error:
        raise HashSetError(
            f"{source.shown}: the XML's encoding is not known: {why(error)}.",
            hint="Save it again as UTF-8.",
        ) from error
    except expat.ExpatError as error:
        yield from reader.take()
        imported.broken(error.lineno, f"the XML is broken or cut off: {error}")
    yield from reader.take()
    imported.drop("deleted at the source", reader.gone)


class _Reader:
    """Gathers the fields of one record at a time while expat reads."""

    def __init__(self, imported: Imported, encoding: str | None) -> None:
        """`encoding`: of what it is given, whatever the XML says; None: what the XML says."""
        self.parser = expat.ParserCreate(encoding, " ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.gone = 0
        self._depth = 0
        self._imported = imported
        self._done: list[SetRecord] = []
        self._fields: dict[str, str] | None = None
        self._field = ""

    def take(self) -> list[SetRecord]:
        """The records that are complete."""
        done, self._done = self._done, []
        return done

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise HashSetError(
                f"The XML is nested more than {_DEEPEST} deep: no hash set is.", hint=_HINT
            )
        local = name.rsplit(" ", 1)[-1]
        if local in _RECORDS:
            self._fields = {}
        elif local in _GONE:
            self.gone += 1
        self._field = local if local in _FIELDS else ""

    def _text(self, data: str) -> None:
        if self._fields is not None and self._field:
            text = self._fields.get(self._field, "") + data
            self._fields[self._field] = text[:_LONGEST_TEXT]

    def _end(self, name: str) -> None:
        self._field = ""
        self._depth -= 1
        if name.rsplit(" ", 1)[-1] in _RECORDS and self._fields is not None:
            try:
                self._done.append(self._record(self._fields))
            except ValueError as error:
                self._imported.refuse(self.parser.CurrentLineNumber, str(error))
            self._fields = None

    def _record(self, fields: dict[str, str]) -> SetRecord:
        """What is good of a record's fingerprints. Raises ValueError if none is."""
        values: dict[str, bytes] = {}
        wrong: dict[str, str] = {}
        for name, algorithm in _FINGERPRINTS.items():
            text = fields.get(name, "").strip()
            try:
                if text and algorithm == "photodna":
                    values[algorithm] = photodna_of(text)
                elif text:
                    values[algorithm] = digest_of(text, algorithm)
            except ValueError as error:
                wrong[algorithm] = str(error)
        if wrong and not values:
            raise ValueError(next(iter(wrong.values())))
        for algorithm, reason in wrong.items():
            self._imported.without(self.parser.CurrentLineNumber, f"its {algorithm}", reason)
        return record(values, category=fields.get("classification", "").strip())

    def _doctype(self, *_: object) -> None:
        raise HashSetError(
            "The XML declares a document type; a hash set has none (an entity bomb?).",
            hint="Ask the sender for the file as NCMEC's service gives it.",
        )
