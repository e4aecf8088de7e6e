"""What a name can be read as once its escapes, directions, garbling and gaps are undone.

Each reading knows what it is a reading of, so that a word that is found in it can be shown as it is
written in the name.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product, repeat
from urllib.parse import unquote_to_bytes

from triage.packs.folding import BARE, LOOKALIKES
from triage.packs.patterns import STANDS_FOR

_LONGEST = 1024
"""Characters of a text's end that are read in other ways: a folder's path may be far longer."""
_HUMP = re.compile(
    "(?<=[a-z\u03b1-\u03c9\u0430-\u044f])(?=[A-Z\u0391-\u03a9\u0410-\u042f])"
    "|(?<=[A-Z][A-Z])(?=[A-Z][a-z])"
)
"""Where `camelCase` begins a word, in Latin, Greek or Cyrillic letters."""
_GAPS = r"(?:[^\w/]|_){1,3}"
_SPACED = re.compile(rf"(?<![^\W_])[^\W\d_](?:{_GAPS}[^\W\d_](?![^\W_])){{3,}}")
"""At least four letters, each by itself: `h.o.l.i.d.a.y`."""
_GAP = re.compile(_GAPS)
_SIGN = f"[{re.escape(''.join(STANDS_FOR))}]"
_SIGNS = (
    re.compile(rf"{_SIGN}+(?=[A-Za-z])"),
    re.compile(rf"{_SIGN}+(?=[A-Za-z])|(?<=[A-Za-z]){_SIGN}+"),
)
"""Digits and signs before letters; and those after letters too, which may be a number."""
_LETTER = str.maketrans(
    {sign: letters for sign, letters in STANDS_FOR.items() if len(letters) == 1}
)
_EITHER = re.compile("[1!|]")
_MOST_EITHER = 2
_MIXED = re.compile("[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]|[Ͱ-Ͽ][Ѐ-ӿ]|[Ѐ-ӿ][Ͱ-Ͽ]")
"""Letters of two scripts beside each other, which no ordinary word has."""
_PERCENT = re.compile("(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_BYTES = re.compile(r"(?:\\x[89a-f][0-9a-f])+")
"""How bytes that are no UTF-8 are shown."""
_TURNED = re.compile("\u202e[^/\u202c\u202d]*")
"""What is shown from right to left, whatever it is."""
_ESCAPES = re.compile(r"[%&\\]")


def _code_page(name: str) -> str:
    """Its 256 characters; those that it lacks are control characters, as on the web."""
    return "".join(bytes([byte]).decode(name, "ignore") or chr(byte) for byte in range(0x100))


_TAKEN_FOR = tuple(map(_code_page, ("cp1252", "latin-1", "cp437", "cp850", "cp1251")))
"""What UTF-8 is mistaken for."""
CODE_PAGES = {
    "CYRILLIC": ("cp1251", "koi8_r"), "GREEK": ("cp1253",), "HEBREW": ("cp1255",),
    "ARABIC": ("cp1256",),
}  # fmt: skip
"""What a script was written in before Unicode, and is then mistaken for Western."""
_PAGES = {name: _code_page(name) for names in (("cp1252",), *CODE_PAGES.values()) for name in names}

_WESTERN = _PAGES["cp1252"]
Become = Callable[[re.Match[str]], str]
Piece = tuple[str, int, int]
"""Some characters, and where those that they stand for begin and end."""


@dataclass(slots=True)
class Reading:
    """A text, and what it is a reading of."""

    text: str
    of: "Reading | None" = None
    table: Mapping[int, str] | None = None
    """How it was made character by character; else `pieces` say it."""
    pieces: tuple[Piece, ...] = ()
    replaced: "tuple[re.Pattern[str], Become] | None" = None
    """Or what was replaced by what: the pieces are worked out only for what is found."""
    lookalike: bool = False
    """Letters of other scripts were taken for Latin ones."""
    spaced: bool = False
    """Letters that stood by themselves were put together."""
    signed: bool = False
    """Digits and signs were taken for letters."""
    undone: bool = False
    """It is what the whole text was before somebody escaped, turned or garbled it."""

    def written(self, begin: int, end: int) -> str:
        """What stands in the name itself for these characters."""
        return self._traced(begin, end, undone=False)

    def meant(self, begin: int, end: int) -> str:
        """What stands for them once escapes, directions and garbling are undone."""
        return self._traced(begin, end, undone=True)

    def _traced(self, begin: int, end: int, *, undone: bool) -> str:
        reading = self
        while reading.of and not (undone and reading.undone):
            begin, end = reading._origin(begin, end)
            reading = reading.of
        while end > begin and unicodedata.category(reading.text[end - 1]) == "Cf":
            end -= 1
        return reading.text[begin:end]

    def _origin(self, begin: int, end: int) -> tuple[int, int]:
        """Where they stand in what this is a reading of, with the marks on the last of them."""
        at, first, last = 0, [], []
        for piece, begins, ends in self._made_of():
            after = at + len(piece)
            if (at < end and after > begin) or (at == after == end):
                first.append(begins)
                last.append(ends)
            at = after
        return min(first, default=0), max(last, default=0)

    def _made_of(self) -> Iterator[Piece]:
        if self.of is None or self.pieces:
            yield from self.pieces
        elif self.replaced:
            yield from _exchanged(self.of.text, *self.replaced)
        else:
            table = self.table or {}
            for at, character in enumerate(self.of.text):
                yield table.get(ord(character), character), at, at + 1


def _exchanged(text: str, pattern: re.Pattern[str], become: Become) -> Iterator[Piece]:
    at = 0
    for found in pattern.finditer(text):
        yield from _same(text, at, found.start())
        yield become(found), *found.span()
        at = found.end()
    yield from _same(text, at, len(text))


def _same(text: str, begin: int, end: int) -> Iterator[Piece]:
    return ((text[at], at, at + 1) for at in range(begin, end))


def readings(text: str, pages: frozenset[str]) -> Iterator[Reading]:
    """The bare text, and every other reading that there is a reason for.

    `pages` are the code pages of the scripts that the words are in.
    """
    if text.isascii():
        whole = Reading(text[-_LONGEST:])
    else:
        whole = Reading(unicodedata.normalize("NFC", text[-_LONGEST:]))
    plain = _plain(whole)
    yield plain
    if not plain.text.isascii() and _MIXED.search(plain.text):
        yield from _lookalikes(plain)
    yield from _without_humps(plain)
    yield from _without_gaps(plain)
    yield from _without_signs(plain)
    for each in _undone(whole, pages):
        each.undone = True
        undone = _plain(each)
        yield undone
        yield from _without_humps(undone)


def _plain(whole: Reading) -> Reading:
    """The text bare of accents and marks."""
    if whole.text.isascii():
        return whole
    return Reading(whole.text.translate(BARE), whole, BARE)


def _without_humps(plain: Reading) -> Iterator[Reading]:
    if not plain.text.islower():
        yield from _replaced(plain, _HUMP, lambda _: " ")


def _without_gaps(plain: Reading) -> Iterator[Reading]:
    for joined in _replaced(plain, _SPACED, lambda found: _GAP.sub("", found[0])):
        joined.spaced = True
        yield joined


def _without_signs(plain: Reading) -> Iterator[Reading]:
    """With letters for digits and signs, before letters or everywhere; of `1`, with i or l."""
    if not _SIGNS[1].search(plain.text):
        return
    choices = tuple(product("il", repeat=min(_MOST_EITHER, len(_EITHER.findall(plain.text)))))
    texts = (_lettered(plain.text, each, choice) for each in _SIGNS for choice in choices)
    for text in dict.fromkeys(texts):
        yield Reading(text, plain, signed=True)


def _lettered(text: str, places: re.Pattern[str], choice: tuple[str, ...]) -> str:
    """With this choice for each `1`; the last is for all that follow."""
    chosen = chain(choice, repeat(choice[-1] if choice else ""))

    def become(found: re.Match[str]) -> str:
        return _EITHER.sub(lambda _: next(chosen), found[0].translate(_LETTER))

    return places.sub(become, text)


def _lookalikes(plain: Reading) -> Iterator[Reading]:
    """Capitals look like other letters than small ones do: as written, and all small."""
    yield Reading(plain.text.translate(LOOKALIKES), plain, LOOKALIKES, lookalike=True)
    small = plain.text.lower()
    if len(small) == len(plain.text):
        below = Reading(small, plain, pieces=tuple(_same(small, 0, len(small))))
        yield Reading(small.translate(LOOKALIKES), below, LOOKALIKES, lookalike=True)


def _undone(whole: Reading, pages: frozenset[str]) -> Iterator[Reading]:
    """Once, what was done to the text as a whole: escapes, directions, a wrong code page."""
    if _ESCAPES.search(whole.text):
        yield from _replaced(whole, _PERCENT, lambda found: _decoded(unquote_to_bytes(found[0])))
        yield from _replaced(whole, _ENTITY, lambda found: html.unescape(found[0]))
        for name in ("cp1252", *sorted(pages)):
            yield from _replaced(whole, _BYTES, _shown_as(_PAGES[name]))
    if whole.text.isascii():
        return
    if "\u202e" in whole.text:
        yield _turned(whole)
    for pattern, codes in _GARBLED if _MAYBE_GARBLED.search(whole.text) else ():
        yield from _replaced(whole, pattern, _ungarbled_from(codes))
    for name in sorted(pages) if _FOREIGN.search(whole.text) else ():
        yield from _replaced(whole, _FOREIGN, _meant_for(_PAGES[name]))


def _turned(of: Reading) -> Reading:
    """As it is shown: what follows the mark runs backwards."""
    pieces = list(_same(of.text, 0, len(of.text)))
    for found in _TURNED.finditer(of.text):
        begin, end = found.span()
        pieces[begin:end] = [("", begin, begin + 1), *reversed(pieces[begin + 1 : end])]
    return Reading("".join(piece for piece, _, _ in pieces), of, pieces=tuple(pieces))


def _replaced(of: Reading, pattern: re.Pattern[str], become: Become) -> Iterator[Reading]:
    """The reading in which each place of the pattern is something else; none if none is."""
    text = pattern.sub(become, of.text)
    if text != of.text:
        yield Reading(text, of, replaced=(pattern, become))


def _decoded(content: bytes) -> str:
    """As UTF-8, or else as Western."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "".join(_WESTERN[byte] for byte in content)


def _shown_as(page: str) -> Become:
    """Bytes that were shown as escapes, as characters of a code page."""
    return lambda found: "".join(page[int(code, 16)] for code in found[0].split("\\x")[1:])


def _garbled(pages: tuple[str, ...]) -> re.Pattern[str]:
    """What UTF-8 looks like if it is taken for one of these code pages."""
    leads = re.escape("".join(page[0xC2:0xF5] for page in pages))
    trails = re.escape("".join(page[0x80:0xC0] for page in pages))
    return re.compile(f"(?:[{leads}][{trails}]{{1,3}})+")


_MAYBE_GARBLED = _garbled(_TAKEN_FOR)
_GARBLED = tuple(
    (_garbled((page,)), {character: byte for byte, character in enumerate(page)})
    for page in _TAKEN_FOR
)
_FOREIGN = re.compile(f"[{re.escape(_WESTERN[0x80:])}]{{3,}}")
"""Three of the upper half beside each other: no Western word has that."""
_WESTERN_BYTES = {character: byte for byte, character in enumerate(_WESTERN)}


def _ungarbled_from(codes: Mapping[str, int]) -> Become:
    """The UTF-8 that was taken for a code page; what is none stays as it is."""

    def become(found: re.Match[str]) -> str:
        try:
            return bytes(codes[character] for character in found[0]).decode()
        except UnicodeDecodeError:
            return found[0]

    return become


def _meant_for(page: str) -> Become:
    """Characters of another code page that were taken for Western ones."""
    return lambda found: "".join(page[_WESTERN_BYTES[character]] for character in found[0])
