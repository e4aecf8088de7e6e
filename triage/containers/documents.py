"""PDF, RTF, and books.

Formats: ISO 32000-2 (7.5.5 trailer, 7.5.8 cross-reference streams, 7.6 encryption); Rich Text
Format 1.9.1; MobiPocket, as the MobileRead wiki has it.
"""

import re

from triage.containers.probe import Container, Probe, big_number

PDF = b"%PDF-"
IN_FRONT = (b"\r\n", b"\n", b" ", b"\xef\xbb\xbf", b"\x1b%-12345X", b"HTTP/1")
"""What some programs leave in front of a PDF: blanks, a mark, a printer's or a server's words."""
_WITHIN = 1024
"""Readers accept that many bytes in front of it."""
_TAIL = 64 * 1024
_NEAR = 4096
_ENCRYPT = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R\b|<<)")
_STARTXREF = re.compile(rb"startxref\s+(\d{1,15})")
_HOLDS_OBJECTS = re.compile(rb"\\(?:pict|object|objdata|bin\d|shppict)")


def pdf(probe: Probe) -> Container:
    """Encrypted if a trailer says so: at the end, where the end points to, or (linearised) first.

    A trailer may be the dictionary of a stream; that is plain text too.
    """
    tail = probe.end(_TAIL)
    if _ENCRYPT.search(tail) or _ENCRYPT.search(probe.head):
        return Container("pdf", locked=True)
    places = [int(digits) for digits in _STARTXREF.findall(tail)[-2:]]
    near = (probe.at(place, _NEAR) for place in places)
    return Container("pdf", any(_ENCRYPT.search(each) for each in near))


def pdf_further_in(probe: Probe) -> Container | None:
    """One that has something in front of it."""
    return pdf(probe) if PDF in probe.head[:_WITHIN] else None


def rtf(probe: Probe) -> Container | None:
    """None if all of it was seen, and nothing is embedded."""
    whole = probe.size <= len(probe.head)
    return None if whole and not _HOLDS_OBJECTS.search(probe.head) else Container("rtf")


def mobi(probe: Probe) -> Container:
    """Its first record says how it is encrypted: 0, 1 (old) or 2."""
    first = big_number(probe.head, 78, 4)
    return Container("mobi", big_number(probe.at(first, 16), 12, 2) in (1, 2))
