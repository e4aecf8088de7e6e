"""findings.json as bytes, and its JSON Schema.

There is one spelling of every document: reading checks the types, and that writing what was read
gives the same bytes. So nothing hides in a repeated key, an unknown field or an odd number.
"""

from importlib import resources
from typing import Any

import msgspec

from triage.bundle.format import first
from triage.bundle.format.document import FORMAT, Document
from triage.errors import BundleError, why

SCHEMA = "findings.schema.json"
_HINT = "`seek verify` says whether the bundle was changed."

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Document)


def encode(document: Document) -> bytes:
    """The one spelling: UTF-8, indented by one space, fields in the order of the Structs.

    Raises BundleError where the document is not what its schema says.
    """
    try:
        compact = _encoder.encode(document)
    except UnicodeEncodeError:
        compact = encode_escaped(document)
    same = decode(compact)  # so that 1 is written as 1.0 where a float belongs
    return msgspec.json.format(_encoder.encode(same), indent=1) + b"\n"


def encode_escaped(value: object) -> bytes:
    """JSON of what holds bytes that are no UTF-8, in names given on a command line: `\\udcff`."""
    return _encoder.encode(_encodable(msgspec.to_builtins(value)))


def length(part: msgspec.Struct) -> int:
    """How long a part is at least, spelled out, before its indentation inside the document."""
    return len(msgspec.json.format(_encoder.encode(part), indent=1))


class _Version(msgspec.Struct):
    format_version: int = FORMAT


_version = msgspec.json.Decoder(_Version)


def version_of(text: bytes) -> int:
    """The format of a document; today's, of what is none."""
    try:
        return _version.decode(text).format_version
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return FORMAT


def decode(text: bytes) -> Document:
    """Of any format. Raises BundleError, which says where in the document it is wrong."""
    try:
        if version_of(text) == first.FORMAT:
            return msgspec.convert(first.document(msgspec.json.decode(text)), Document)
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleError(
            f"findings.json is not what its schema says: {why(error)}.", hint=_HINT
        ) from error
    except RecursionError as error:
        raise BundleError("findings.json is nested too deeply.", hint=_HINT) from error


def is_spelled_so(document: Document, text: bytes) -> bool:
    """Whether `text`, which says `document`, says it in the one spelling: what an older seek wrote
    may lack fields that came later, where they have their default.

    Of format 1 that is told without the order of its fields.
    """
    own = encode(document)
    if own == text:
        return True
    said = msgspec.json.decode(text)
    if msgspec.json.format(_encoder.encode(said), indent=1) + b"\n" != text:
        return False
    return version_of(text) == first.FORMAT or _is_part_of(said, msgspec.json.decode(own))


def _is_part_of(said: Any, whole: Any) -> bool:
    """Whether it is the same but for fields that it lacks, and in the same order."""
    if isinstance(said, dict) and isinstance(whole, dict):
        shared = [name for name in whole if name in said]
        return [*said] == shared and all(_is_part_of(said[n], whole[n]) for n in shared)
    if isinstance(said, list) and isinstance(whole, list):
        return len(said) == len(whole) and all(map(_is_part_of, said, whole))
    return type(said) is type(whole) and bool(said == whole)


def generate() -> bytes:
    """The JSON Schema of the document, as it is shipped."""
    schema: dict[str, Any] = msgspec.json.schema(Document)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"seek findings, format {FORMAT}",
    }
    return msgspec.json.format(msgspec.json.encode({**head, **schema}), indent=1) + b"\n"


def shipped() -> bytes:
    """The JSON Schema that is part of this package."""
    return resources.files("triage.bundle.format").joinpath(SCHEMA).read_bytes()


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
