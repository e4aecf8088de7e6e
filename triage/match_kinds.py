"""Kinds of match, the surest first, each with its words for every surface and language.

A kind is added here and nowhere else: one whose words are not complete cannot be imported. Nothing
of ours is imported: the guide on the stick starts without the engine.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

LANGUAGES = ("en", "es", "pt")
"""Of the guide."""


class KindWords(NamedTuple):
    """What people read of a kind."""

    heading: str
    """Of its findings in the report."""
    meaning: str
    """One or two sentences below the heading."""
    on_screen: str
    """After a number, in a terminal."""
    in_guide: dict[str, str]
    """The same on the stick, by language."""
    of_media: bool = False
    """It speaks of what a picture or video shows: such findings go to the lab's media tools."""
    notable: bool = True
    """It says something of the content. What says that nobody could look makes no headline where
    nothing else was found, and moves nothing up."""

    @property
    def complete(self) -> bool:
        """Whether nothing of it is empty, in no language."""
        said = (self.heading, self.meaning, self.on_screen, *self.in_guide.values())
        return tuple(self.in_guide) == LANGUAGES and all(said)


class MatchKind(StrEnum):
    """Why an entry is a finding."""

    words: KindWords

    def __new__(cls, value: str, words: KindWords) -> "MatchKind":
        """A kind with its words. Raises TypeError if any is missing."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.words = words
        if not words.complete:
            raise TypeError(f"the kind of match '{value}' has not all its words")
        return kind

    HASH_SET = (
        "hash_set",
        KindWords(
            heading="Known material",
            meaning="The digest of the content, or of a part of it, is in a notable hash set.",
            on_screen="known material",
            in_guide={
                "en": "known material",
                "es": "material conocido",
                "pt": "material conhecido",
            },
            of_media=True,
        ),
    )
    """Its digest is in a notable set: known material."""
    PERCEPTUAL = (
        "perceptual",
        KindWords(
            heading="Looks like known material",
            meaning="It resembles a picture in a notable set. Somebody has to compare them.",
            on_screen="looks like known material",
            in_guide={
                "en": "looks like known material",
                "es": "se parece a material conocido",
                "pt": "parece material conhecido",
            },
            of_media=True,
        ),
    )
    """It looks like a picture in a notable set."""
    TYPE_MISMATCH = (
        "type_mismatch",
        KindWords(
            heading="Hidden type",
            meaning="The name hides what the content is.",
            on_screen="a name that hides a picture or video",
            in_guide={
                "en": "a name that hides a picture or video",
                "es": "un nombre que oculta imagen o vídeo",
                "pt": "um nome que esconde imagem ou vídeo",
            },
        ),
    )
    """Its name hides what it is."""
    THUMBNAIL = (
        "thumbnail",
        KindWords(
            heading="Thumbnails",
            meaning="A thumbnail matched; its picture may be gone.",
            on_screen="a thumbnail",
            in_guide={"en": "a thumbnail", "es": "una miniatura", "pt": "uma miniatura"},
            of_media=True,
        ),
    )
    """A thumbnail of it, or one whose picture is gone, matched."""
    NAME = (
        "name",
        KindWords(
            heading="Names",
            meaning="The name or path is on the lab's list.",
            on_screen="a name on the lab's list",
            in_guide={
                "en": "a name on the lab's list",
                "es": "un nombre de la lista del laboratorio",
                "pt": "um nome da lista do laboratório",
            },
        ),
    )
    """Its name or path is on the lab's list."""
    CLASSIFIER = (
        "classifier",
        KindWords(
            heading="Scored by a model",
            meaning="A model's guess, worth a look first. It is often wrong, and proves nothing.",
            on_screen="scored by a model (an estimate)",
            in_guide={
                "en": "a model's estimate",
                "es": "estimación de un modelo",
                "pt": "estimativa de um modelo",
            },
            of_media=True,
        ),
    )
    """A model scored it at or above the profile's threshold. Not proof of anything."""
    ENCRYPTED = (
        "encrypted",
        KindWords(
            heading="Encrypted",
            meaning="Nobody could look into it; passwords may open it. It may be quite harmless.",
            on_screen="encrypted: nobody could look into it",
            in_guide={
                "en": "encrypted, not looked into",
                "es": "cifrado, sin examinar",
                "pt": "cifrado, não examinado",
            },
            notable=False,
        ),
    )
    """An archive, document, mail or image, or something in it, is encrypted. It says nothing of
    what it holds."""


def any_notable(kinds: Iterable[str]) -> bool:
    """Whether something was found, and not only what nobody could look into. A kind that is not
    known here is something."""
    return any(kind not in _WITHOUT_NOTE for kind in kinds)


_WITHOUT_NOTE = frozenset(kind.value for kind in MatchKind if not kind.words.notable)
