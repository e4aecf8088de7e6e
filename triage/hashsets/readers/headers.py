"""What a column is called: our word for what stands in headers, in the field's languages.

    MD5-Hash, Empreinte MD5, Hashwaarde (MD5) ...   md5
    Dateigröße (Bytes), Tamaño, Taille, size ...    size      (never `Size (KB)`: another number)
    Kategorie, Catégorie, Cat, Grade ...            category

Accents, case and all but letters and digits are passed over. A column that is none of ours is
named to whoever builds the set; one that has digests which nobody computes here is known as such.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TypeVar

from triage.hashsets.labels import CATEGORY_WORDS, plain
from triage.hashsets.records import WIDTHS

LONGEST = 100
"""Characters of a heading; what is longer is a sentence, or an attack."""
_FILLERS = (
    *("hashes", "hash1", "hash2", "hash", "sums", "sum", "checksum", "digest", "value", "hex"),
    *("base64", "b64"),
    *("file", "media", "of", "the", "fingerprint", "upper", "lower", "string", "str"),
    *("hashwerte", "hashwert", "wert", "werte", "prufsumme", "pruefsumme", "summe", "datei", "der"),
    *("huella", "resumen", "suma", "valor", "archivo", "fichero", "de", "del", "el", "la"),
    *("empreinte", "somme", "condensat", "condense", "valeur", "fichier", "du", "controle"),
    *("impronta", "somma", "valore", "di", "controllo", "hashwaarde", "waarde", "controlesom"),
    *("bestand", "het", "van", "soma", "resumo", "ficheiro", "arquivo", "do", "da", "verificacao"),
    *("verificacion", "di", "control"),
)
"""Words beside an algorithm's name that say no more than that it is a digest."""
_ALGORITHM = re.compile(r"md5|sha1|sha2?256|pdq|photodna|pdna")
_OURS = {"sha2256": "sha256", "pdna": "photodna"}
_FILLED = re.compile(f"(?:{'|'.join(sorted(_FILLERS, key=len, reverse=True))})*")
_ANY_DIGEST = re.compile(
    r"(?:file|datei|media)?(?:hash[12]?|hashes|digest|hashvalue|value|signal|hashwert|hashwerte|hashcode"
    r"|prufsumme|pruefsumme|checksum|fingerprint|empreinte|huella|impronta|hashwaarde|hashsum"
    r"|valeurdehachage|valeurhash|valorhash|valorehash|hashvaluehex)"
)
_WHICH = re.compile(
    r"(?:hash)?(?:algorithm|algorithmus|algorithme|algoritmo|algoritme|algo|type|typ|art|kind)"
    r"|(?:typede|tipode|tipodi)hash|hashname|signaltype"
)
"""The column that says of each row what its digest is; a bare `type` may be the file's."""
_SIZE = re.compile(
    r"(?:file|media|logical|content|datei|bestands?)?"
    r"(?:size|grosse|groesse|tamano|taille|dimensione|dimensioni|grootte|omvang|tamanho)"
    r"(?:of|in|en|em|de|del|du|do|da|file|datei|archivo|fichero|fichier|arquivo|ficheiro|bestand"
    r"|bytes|byte|octets|octetos|b)*"
    r"|length|bytes|octets|bytecount|filelength"
)
_CATEGORY = re.compile(
    r"(?:projectvic|vics?|caid|file|media|datei|hash|nombre|nome?|naam|number|numero|id)?"
    r"(?:of|de|del|della|da|du|la|van)*"
    rf"(?:{'|'.join(sorted(CATEGORY_WORDS, key=len, reverse=True))})"
    r"(?P<tail>name|nom|nombre|nome|naam|nummer|number|numero|num|nr|no|id|code|codigo|label)?"
    r"(?:caid|vics?|projectvic)?"
)
_FILLED_END = re.compile(r"(?:hash|hashes|digest|sum|value|hashwert)$")
_FOREIGN = re.compile(
    r"(?:ed2k|edonkey|emule|aich|tth|tiger|md[246]|ripemd|rmd|crc|adler|sha(?:0|224|384|512|3)"
    r"|blake|xxh|whirlpool|haval|ssdeep|tlsh|gost|sm3|ntlm|imphash|[adpw]hash|quickxor|murmur|btih"
    r"|fnv|cityhash)\d*[a-z]?\d*"
)


Answer = TypeVar("Answer")


def remembered(function: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """The same few words come millions of times in JSON. A text too long for a heading is none."""
    cached = lru_cache(maxsize=4096)(function)

    @wraps(function)
    def answer(text: str) -> Answer:
        return cached(text if len(text) <= LONGEST else "")

    return answer


@remembered
def key_of(cell: str) -> str:
    """A heading without case, accents, and all that is neither letter nor digit."""
    return re.sub(r"[^a-z0-9]", "", plain(cell))


@remembered
def column_of(cell: str) -> tuple[str, int]:
    """Our word for a heading, and how good it is, 0 the best; an empty word: it is none of ours.

    `hash` is a digest whose algorithm its length tells, `which` says what it is instead.
    """
    key = key_of(cell)
    if algorithm := algorithm_of(cell):
        return algorithm, int(key != algorithm)
    if _ANY_DIGEST.fullmatch(key):
        return "hash", 0
    if _WHICH.fullmatch(key):
        return "which", int("algo" not in key)
    if _SIZE.fullmatch(key):
        return "size", int(key not in ("size", "filesize"))
    if category := _CATEGORY.fullmatch(key):
        named = category["tail"] in ("name", "nom", "nombre", "nome", "naam", "label")
        return "category", 1 + named if category["tail"] else 0
    return ("baseline", 0) if key == "baseline" else ("", 0)


@remembered
def algorithm_of(text: str) -> str:
    """Which of our algorithms a heading or a name is of; empty: none."""
    key = key_of(text)
    found = _ALGORITHM.search(key)
    if found is None or not _FILLED.fullmatch(key[: found.start()] + key[found.end() :]):
        return ""
    return _OURS.get(found[0], found[0])


def foreign_in(text: str) -> str:
    """The first word of a text that names digests which nobody computes here; empty: none."""
    words = re.findall(r"[^\s,;|()\[\]:=_\"']+", text)
    return next((word for word in words if is_foreign(word)), "")


@remembered
def is_foreign(word: str) -> bool:
    """Whether a word names an algorithm that is none of ours."""
    key = key_of(word)
    return not algorithm_of(word) and bool(_FOREIGN.fullmatch(_FILLED_END.sub("", key)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """Which column has what."""

    places: dict[str, int]
    """Our column to its place, from 0."""
    unused: tuple[str, ...]
    """What the others are called."""

    @property
    def has_digest(self) -> bool:
        """Whether any column has what can be looked up."""
        return bool(self.places.keys() & {*WIDTHS, "hash"})


def headings_of(cells: Sequence[str]) -> Headings:
    """What the headings of a table are; where two are of one word, the better one counts."""
    ranked = sorted(
        (rank, place, column)
        for place, (column, rank) in enumerate(map(column_of, cells))
        if column
    )
    places: dict[str, int] = {}
    for _, place, column in ranked:
        places.setdefault(column, place)
    if "hash" not in places:
        places.pop("which", None)
    elif places.keys() & WIDTHS.keys():
        places.pop("hash")
        places.pop("which", None)
    used = set(places.values())
    unused = (cell for place, cell in enumerate(cells) if place not in used)
    return Headings(places=places, unused=tuple(cell.strip() for cell in unused if cell.strip()))
