"""Mail: messages, mailboxes of text, web pages saved as MIME, Outlook's stores.

Formats: RFC 5322, RFC 4155 (mbox), RFC 2557 (MHTML), RFC 8551 (S/MIME), RFC 9580 (OpenPGP),
[MS-PST].
"""

import re

from triage.containers.kinds import ending_of
from triage.containers.probe import Container, Probe, number

_FIELD = re.compile(rb"([!-9;-~]{1,60}):[^\r\n]*+(?:\r?\n[ \t][^\r\n]*+)*+\r?\n")
"""A header field with its continuations."""
_MAIL_FIELDS = frozenset(
    (b"from date subject message-id to cc received return-path delivered-to reply-to sender "
     b"mime-version content-type in-reply-to references x-mozilla-status x-account-key "
     b"x-uidl x-mailer dkim-signature arc-seal authentication-results envelope-to").split()
)  # fmt: skip
_MOST_FIELDS = 60
_LONGEST_HEADER = 16 * 1024
_ENOUGH = 2
"""Fields of mail: one may begin any text."""
_CODED = (
    b"base64", b"uuencode", b"transfer-encoding: binary", b"\nbegin 6", b"\nbegin-base64 ",
    b"\n=ybegin ",
)  # fmt: skip
"""Without any of these a message holds text alone."""
_LOCKED = (
    b"multipart/encrypted", b"enveloped-data", b"authenveloped-data",
    b"-----begin pgp message-----",
)  # fmt: skip
_SAVED_PAGE = re.compile(rb"From: .{0,2}Saved by|\nSnapshot-Content-Location:", re.IGNORECASE)
_EMLX = re.compile(rb"\d{1,10} *\r?\n")


def mailbox(probe: Probe) -> Container | None:
    """Text whose first line begins with `From `, and whose next lines are a mail's header."""
    line_end = probe.head.find(b"\n", 0, 1024)
    if line_end < 0 or not _is_header(probe.head, line_end + 1):
        return None
    return _with_something_in_it(probe, "mbox")


def message(probe: Probe) -> Container | None:
    """One message, or a web page in MIME."""
    if not _is_header(probe.head, 0):
        return None
    saved = ending_of(probe.path) in ("mht", "mhtml") or _SAVED_PAGE.search(probe.head, 0, 4096)
    return _with_something_in_it(probe, "mht" if saved else "eml")


def apple_message(probe: Probe) -> Container | None:
    """Apple Mail: the length of the message in a line before it."""
    line = _EMLX.match(probe.head)
    if line is None or not _is_header(probe.head, line.end()):
        return None
    return _with_something_in_it(probe, "eml")


def outlook_store(probe: Probe) -> Container | None:
    """PST and OST. Their own scrambling needs no key; bCryptMethod 0x10 is Windows' encryption."""
    kind = {b"SM": "pst", b"SO": "ost"}.get(probe.head[8:10])
    if kind is None:
        return None
    is_wide = number(probe.head, 10, 2) >= 23
    return Container(kind, number(probe.head, 513 if is_wide else 461, 1) == 0x10)


def _is_header(head: bytes, at: int) -> bool:
    """Whether fields of mail stand there, one after the other."""
    known: set[bytes] = set()
    for _ in range(_MOST_FIELDS):
        field = _FIELD.match(head, at, at + _LONGEST_HEADER)
        if field is None:
            return False
        name = field[1].lower()
        known |= {name} & _MAIL_FIELDS
        if len(known) >= _ENOUGH:
            return True
        at = field.end()
    return False


def _with_something_in_it(probe: Probe, kind: str) -> Container | None:
    """None of mail that was seen to its end, and holds text alone."""
    text = probe.head.lower()
    locked = any(word in text for word in _LOCKED)
    whole = probe.size <= len(text)
    if whole and not locked and not any(word in text for word in _CODED):
        return None
    return Container(kind, locked)
