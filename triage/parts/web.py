"""What browsers' caches have in common: a body under an address, and what the server said of it.

The address is a suspect's text: bounded here, and never more than a name. A body that the server
sent compressed is kept so: it is not unpacked, and of a picture or video that is said. Drawings
(SVG), of which pages are full, show nothing that is looked at.
"""

import re

from triage.parts.part import Part

MOST_BODY = 64 * 1024 * 1024
"""Bytes of a body that is looked at."""
TOO_LARGE = f"a body of more than {MOST_BODY >> 20} MB in a browser's cache was not looked at"
LONGEST_ADDRESS = 2048
_PARTITION = re.compile(r"^\d+/\d+/(_dk_)?")
_HEADER = re.compile(rb"content-(encoding|type)[ \t]*:[ \t]*([\x20-\x7e]{1,80})", re.IGNORECASE)
_PACKED = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress"}


def address_in(key: bytes) -> str:
    """The address in a cache's key, which may put the site that asked for it before it."""
    text = key[:65536].decode("utf-8", "replace").partition("\x00")[0]
    last = text.rsplit(" ", 1)[-1]
    return _PARTITION.sub("", last)[:LONGEST_ADDRESS]


def packed(headers: bytes) -> str:
    """Why a picture or video with these headers cannot be looked at; empty if it can."""
    said = {kind.lower(): value.lower().decode() for kind, value in _HEADER.findall(headers)}
    encoding = said.get(b"encoding", "").split(",")[0].strip()
    mime = said.get(b"type", "")
    if encoding in _PACKED and mime.startswith(("image/", "video/")) and "svg" not in mime:
        return f"a picture or video that the browser keeps compressed ({encoding}): not unpacked"
    return ""


def body_part(content: bytes, kind: str, *, offset: int, address: str) -> Part:
    """A body, under the address that it came from: where its original is cannot be told here."""
    return Part(
        content=content, kind=kind, offset=offset, of=address, elsewhere=True, own=offset == 0
    )
