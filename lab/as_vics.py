"""A list as a Project VIC hash set, VICS 2.0 `#Media`, JSON: what Griffeye, IPED and `seek hash-set
build` take. `Category` is the lab's grade, or the notable set's where nobody graded."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from lab.listed import ListedContent
from triage.hashsets.labels import number_of

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"


def fits_vics(each: ListedContent) -> bool:
    """A Media is known by its MD5 and SHA-1."""
    return bool(each.md5 and each.sha1)


def render_vics(listed: Iterable[ListedContent]) -> Iterator[bytes]:
    """The file, piece by piece; UTF-8 without a byte-order mark."""
    encoder = msgspec.json.Encoder()
    yield b'{"@odata.context":' + encoder.encode(CONTEXT) + b',"value":['
    for number, each in enumerate(listed, 1):
        yield (b",\n" if number > 1 else b"\n") + encoder.encode(_media(number, each))
    yield b"\n]}\n"


def _media(number: int, each: ListedContent) -> dict[str, Any]:
    category = number_of(each.category)
    return {
        "MediaID": number,
        "Category": category,
        "MD5": each.md5.upper(),
        "SHA1": each.sha1.upper(),
        "MediaSize": each.size,
        "MimeType": each.type,
        "Series": each.series,
        "Tags": each.category if each.category and not category else "",
        "IsPrecategorized": "false" if each.graded or not each.category else "true",
        "AlternativeHashes": [
            {"HashName": name, "HashValue": value}
            for name, value in (
                ("SHA256", each.sha256), ("BLAKE3", each.content), ("PDQ", each.pdq),
            )
            if value
        ],
    }  # fmt: skip
