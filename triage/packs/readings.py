"""What a name can be read as once its escapes, directions, garbling and gaps are undone.

Each reading knows what it is a reading of, so that a word that is found in it can be shown as it is
written in the name.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote_to_bytes

from triage.packs.folding import BARE, LOOKALIKES

_LONGEST = 1024
"""Characters of a text's end that are read in other ways: a folder's path may be far longer."""
_HUMP = re.compile(
    "(?<=[a-z\u03b1-\u03c9\u0430-\u044f])(?=[A-Z\u0391-\u03a9\u0410-\u042f])"
    "|(?<=[A-Z])(?=[A-Z][a-z])"
)
"""Where `camelCase` begins a word, in Latin, Greek or Cyrillic letters."""
_GAPS = r"(?:[^\w/]|_){1,3}"
_SPACED = re.compile(rf"(?<![^\W_])[^\W\d_](?:{_GAPS}[^\W\d_](?![^\W_])){{3,}}")
"""At least four letters, each by itself: `h.o.l.i.d.a.y`."""
_GAP = re.compile(_GAPS)
_MIXED = re.compile("[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]|[Ͱ-Ͽ][Ѐ-ӿ]|[Ѐ-ӿ][Ͱ-Ͽ]")
"""Letters of two scripts beside each other, which no ordinary word has."""
_PERCENT = re.compile("(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_BYTES = re.compile(r"(?:\\x[89a-f][0-9a-f])+")
"""How bytes that are no UTF-8 are shown."""
_TURNED = re.compile("\u202e([^/\u202c\u202d\u202e]*)")
"""What is shown from right to left, whatever it is."""
_ESCAPES = re.compile(r"[%&\\]")


def _code_page(name: str) -> str:
    """Its 256 characters; those that it lacks are control characters, as on the web."""
    return "".join(bytes([byte]).decode(name, "ignore") or chr(byte) for byte in range(0x100))


_WESTERN = _code_page("cp1252")
_TAKEN_FOR = tuple(map(_code_page, ("cp1252", "latin-1", "cp437", "cp850", "cp1251")))
"""What UTF-8 is mistaken for."""
CODE_PAGES = {
    "CYRILLIC": ("cp1251", "koi8_r"), "GREEK": ("cp1253",), "HEBREW": ("cp1255",),
    "ARABIC": ("cp1256",),
}  # fmt: skip
"""What a script was written in before Unicode, and is then mistaken for Western."""
_PAGES = {name: _code_page(name) for names in CODE_PAGES.values() for name in names}

Piece = tuple[str, int, int]
"""Some characters, and where those that they stand for begin and end."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, and what it is a reading of."""

    text: str
    of: "Reading | None" = None
    table: Mapping[int, str] | None = None
    """How it was made character by character; else `pieces` say it."""
    pieces: tuple[Piece, ...] = ()
    lookalike: bool = False
    """Letters of other scripts were taken for Latin ones."""
    spaced: bool = False
    """Letters that stood by themselves were put together."""

    def written(self, begin: int, end: int) -> str:
        """What stands in the name itself for these characters."""
        if self.of is None:
            return self.text[begin:end]
        at, meant = 0, []
        for piece, first, last in self.pieces or self._characters():
            if at < end and at + len(piece) > begin:
                meant += [first, last]
            at += len(piece)
        return self.of.written(min(meant, default=0), max(meant, default=0))

    def _characters(self) -> Iterator[Piece]:
        table = self.table or {}
        for at, character in enumerate(self.of.text if self.of else ""):
            yield table.get(ord(character), character), at, at + 1


def readings(text: str, pages: frozenset[str]) -> Iterator[Reading]:
    """The bare text, and every other reading that there is a reason for.

    `pages` are the code pages of the scripts that the words are in.
    """
    if text.isascii():
        whole = Reading(text[-_LONGEST:])
    else:
        whole = Reading(unicodedata.normalize("NFC", text[-_LONGEST:]))
    for each in (whole, *_undone(whole, pages)):
        yield from _read(each)


def _read(whole: Reading) -> Iterator[Reading]:
    """A text that needs no more decoding, as it is and with its gaps and humps undone."""
    plain = whole
    if not whole.text.isascii():
        plain = Reading(whole.text.translate(BARE), whole, BARE)
    yield plain
    if not plain.text.isascii() and _MIXED.search(plain.text):
        yield from _lookalikes(plain)
    yield from _replaced(plain, _HUMP, lambda _: " ")
    for joined in _replaced(plain, _SPACED, lambda found: _GAP.sub("", found[0])):
        yield replace(joined, spaced=True)


def _lookalikes(plain: Reading) -> Iterator[Reading]:
    """Capitals look like other letters than small ones do: as written, and all small."""
    yield Reading(plain.text.translate(LOOKALIKES), plain, LOOKALIKES, lookalike=True)
    small = plain.text.lower()
    if len(small) == len(plain.text):
        below = Reading(small, plain, pieces=tuple(_same(small)))
        yield Reading(small.translate(LOOKALIKES), below, LOOKALIKES, lookalike=True)


def _same(text: str) -> Iterator[Piece]:
    return ((character, at, at + 1) for at, character in enumerate(text))


def _undone(whole: Reading, pages: frozenset[str]) -> Iterator[Reading]:
    """Once, what was done to the text as a whole: escapes, directions, a wrong code page."""
    if _ESCAPES.search(whole.text):
        yield from _replaced(whole, _PERCENT, lambda found: _decoded(unquote_to_bytes(found[0])))
        yield from _replaced(whole, _ENTITY, lambda found: html.unescape(found[0]))
        for page in (_WESTERN, *(_PAGES[name] for name in sorted(pages))):
            yield from _replaced(whole, _BYTES, lambda found, page=page: _shown(found[0], page))
    if whole.text.isascii():
        return
    yield from _replaced(whole, _TURNED, lambda found: found[1][::-1])
    for pattern, codes in _GARBLED:
        yield from _replaced(whole, pattern, lambda found, codes=codes: _ungarbled(found[0], codes))
    for name in sorted(pages):
        yield from _replaced(
            whole, _FOREIGN, lambda found, page=_PAGES[name]: _on_page(found[0], page)
        )


def _replaced(
    of: Reading, pattern: re.Pattern[str], become: Callable[[re.Match[str]], str]
) -> Iterator[Reading]:
    """The reading in which each place of the pattern is something else; none if none is."""
    pieces: list[Piece] = []
    at, changed = 0, False
    for found in pattern.finditer(of.text):
        pieces += [(of.text[each], each, each + 1) for each in range(at, found.start())]
        piece, at = become(found), found.end()
        changed = changed or piece != found[0]
        pieces.append((piece, found.start(), at))
    if changed:
        pieces += [(of.text[each], each, each + 1) for each in range(at, len(of.text))]
        yield Reading("".join(piece for piece, _, _ in pieces), of, pieces=tuple(pieces))


def _decoded(content: bytes) -> str:
    """As UTF-8, or else as Western."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "".join(_WESTERN[byte] for byte in content)


def _shown(escapes: str, page: str) -> str:
    return "".join(page[int(code, 16)] for code in escapes.split("\\x")[1:])


def _garbled(page: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """What UTF-8 looks like if it is taken for this code page, and the bytes of its characters."""
    leads, trails = page[0xC2:0xF5], page[0x80:0xC0]
    pattern = f"(?:[{re.escape(leads)}][{re.escape(trails)}]{{1,3}})+"
    return re.compile(pattern), {character: byte for byte, character in enumerate(page)}


_GARBLED = tuple(map(_garbled, _TAKEN_FOR))
_FOREIGN = re.compile(f"[{re.escape(_WESTERN[0x80:])}]{{3,}}")
"""Three of the upper half beside each other: no Western word has that."""
_WESTERN_BYTES = {character: byte for byte, character in enumerate(_WESTERN)}


def _ungarbled(text: str, codes: Mapping[str, int]) -> str:
    try:
        return bytes(codes[character] for character in text).decode()
    except UnicodeDecodeError:
        return text


def _on_page(text: str, page: str) -> str:
    return "".join(page[_WESTERN_BYTES[character]] for character in text)
