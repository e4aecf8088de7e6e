"""The header of a message or of a part, as far as it says what is in it and what it is called.

Formats: RFC 5322, 2.2; RFC 2045, 5; RFC 2183; RFC 2231 and RFC 2047 (names in other alphabets).
"""

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

from triage.members.paged import Paged

LONGEST = 256 * 1024
"""Of a header, bytes; behind that it is content."""
_FIRST = 8 * 1024
_LONGEST_FIELD = 8 * 1024
_FIELD = re.compile(rb"([!-9;-~]{1,60})[ \t]*:([^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+)(?:\r?\n|\r|\Z)")
_WANTED = {
    b"content-type": "Content-Type",
    b"content-disposition": "Content-Disposition",
    b"content-transfer-encoding": "Content-Transfer-Encoding",
    b"content-location": "Content-Location",
}
_LINE_END = (b"\r\n", b"\n", b"\r")
_ODD = (ValueError, LookupError, TypeError, AttributeError, MessageError)
"""What the standard library raises of names that somebody made to be odd."""
_ENVELOPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_OPAQUE = frozenset({"signed-data", "certs-only", "compressed-data"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHeader:
    """What a header says, and where its body begins."""

    body: int
    type: str
    """`image/jpeg`; text/plain where it says nothing."""
    encoding: str
    boundary: bytes
    """Of a multipart; empty where there is none."""
    name: str
    """Of the file; empty where it names none."""
    attached: bool
    encrypted: bool
    """By S/MIME."""

    @property
    def is_multipart(self) -> bool:
        """Whether it has parts."""
        return self.type.startswith("multipart/")

    @property
    def is_message(self) -> bool:
        """Whether it holds a message that stands there as it is."""
        return self.type in ("message/rfc822", "message/global", "message/news") and (
            self.encoding in ("", "7bit", "8bit", "binary")
        )


def header_at(text: Paged, at: int, end: int) -> MailHeader:
    """The header that begins there; it ends at a blank line, or at what is no field of one."""
    raw = text.read_at(at, min(_FIRST, end - at))
    if b"\n\n" not in raw and b"\n\r\n" not in raw and b"\r\r" not in raw:
        raw = text.read_at(at, min(LONGEST, end - at))
    fields: dict[str, str] = {}
    position = 0
    while found := _FIELD.match(raw, position):
        wanted = _WANTED.get(found[1].lower())
        if wanted and wanted not in fields:  # of a very long one, the beginning says what it is
            fields[wanted] = " ".join(_text(found[2][:_LONGEST_FIELD]).split())
        position = found.end()
    blank = next((each for each in _LINE_END if raw.startswith(each, position)), b"")
    return _header(fields, at + position + len(blank))


def _header(fields: dict[str, str], body: int) -> MailHeader:
    if not fields:
        return _text_at(body)
    told = Message()
    for name, value in fields.items():
        told[name] = value
    kind = told.get_content_type()
    return MailHeader(
        body=body,
        type=kind,
        encoding=str(told.get("Content-Transfer-Encoding", "")).strip().strip('"').lower(),
        boundary=_boundary(told) if kind.startswith("multipart/") else b"",
        name=_name(told),
        attached=str(told.get("Content-Disposition", "")).lower().startswith("attachment"),
        encrypted=kind in _ENVELOPES and _parameter(told, "smime-type").lower() not in _OPAQUE,
    )


def _text_at(body: int) -> MailHeader:
    """Of a message that says nothing of what it is."""
    return MailHeader(
        body=body, type="text/plain", encoding="", boundary=b"", name="", attached=False,
        encrypted=False,
    )  # fmt: skip


def _text(raw: bytes) -> str:
    """UTF-8 where it is that, for names that are written as they are."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _parameter(told: Message, name: str, field: str = "Content-Type") -> str:
    try:
        value = told.get_param(name, "", field)
        return collapse_rfc2231_value(value) if value else ""
    except _ODD:
        return ""


def _boundary(told: Message) -> bytes:
    return _parameter(told, "boundary").rstrip().encode("utf-8", "replace")[:255]


def _name(told: Message) -> str:
    name = _parameter(told, "filename", "Content-Disposition") or _parameter(told, "name")
    if not name and "Content-Location" in told:
        name = str(told["Content-Location"]).partition("://")[2] or str(told["Content-Location"])
    if "=?" in name:
        name = _decoded(name)
    return name[:1024]


def _decoded(name: str) -> str:
    """Encoded words, which do not belong into parameters and are found there all the time."""
    try:
        pieces = decode_header(name)
        return "".join(
            piece if isinstance(piece, str) else piece.decode(charset or "latin-1", "replace")
            for piece, charset in pieces
        )
    except _ODD:
        return name
