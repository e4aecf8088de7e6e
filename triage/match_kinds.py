"""Kinds of match, the surest first, each with its words for every surface and language.

A kind is added here and nowhere else: one whose words are not complete cannot be imported. Of ours
the languages alone are imported: the guide on the stick starts without the engine.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from triage.languages import Wording


class KindWords(NamedTuple):
    """What people read of a kind."""

    heading: Wording
    """Of its findings in the report."""
    meaning: Wording
    """One or two sentences below the heading."""
    on_screen: Wording
    """After a number, in a terminal and on the stick."""
    of_media: bool = False
    """It speaks of what a picture or video shows: such findings go to the lab's media tools."""
    notable: bool = True
    """It says something of the content. What says that nobody could look makes no headline where
    nothing else was found, and moves nothing up."""

    @property
    def complete(self) -> bool:
        """Whether nothing of it is empty, in no language."""
        return all((*self.heading, *self.meaning, *self.on_screen))


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
            heading=Wording(
                en="Known material",
                es="Material conocido",
                pt="Material conhecido",
                de="Bekanntes Material",
                fr="Contenus connus",
                it="Materiale noto",
                nl="Bekend materiaal",
                pl="Znane materiały",
            ),
            meaning=Wording(
                en="The digest of the content, or of a part of it, is in a notable hash set.",
                es="El hash del contenido, o de una parte, está en un conjunto de hashes de "
                "interés.",
                pt="O hash do conteúdo, ou de uma parte, está num conjunto de hashes de interesse.",
                de="Der Hashwert des Inhalts oder eines Teils davon steht in einem relevanten "
                "Hashset.",
                fr="L'empreinte du contenu, ou d'une partie, est dans un jeu d'empreintes "
                "d'intérêt.",
                it="L'hash del contenuto, o di una sua parte, è in un insieme di hash di "
                "interesse.",
                nl="De hashwaarde van de inhoud, of van een deel ervan, staat in een relevante "
                "hashset.",
                pl="Skrót zawartości lub jej części jest w istotnym zbiorze skrótów.",
            ),
            on_screen=Wording(
                en="known material",
                es="material conocido",
                pt="material conhecido",
                de="bekanntes Material",
                fr="contenus connus",
                it="materiale noto",
                nl="bekend materiaal",
                pl="znane materiały",
            ),
            of_media=True,
        ),
    )
    """Its digest is in a notable set: known material."""
    PERCEPTUAL = (
        "perceptual",
        KindWords(
            heading=Wording(
                en="Looks like known material",
                es="Se parece a material conocido",
                pt="Parece material conhecido",
                de="Ähnelt bekanntem Material",
                fr="Ressemble à des contenus connus",
                it="Somiglia a materiale noto",
                nl="Lijkt op bekend materiaal",
                pl="Podobne do znanych materiałów",
            ),
            meaning=Wording(
                en="It resembles a picture in a notable set. Somebody has to compare them.",
                es="Se parece a una imagen de un conjunto de interés. Alguien tiene que "
                "compararlas.",
                pt="Parece-se com uma imagem de um conjunto de interesse. Alguém tem de as "
                "comparar.",
                de="Es ähnelt einem Bild aus einem relevanten Hashset. Jemand muss beide "
                "vergleichen.",
                fr="Cela ressemble à une image d'un jeu d'intérêt. Quelqu'un doit les comparer.",
                it="Somiglia a un'immagine di un insieme di interesse. Qualcuno deve confrontarle.",
                nl="Het lijkt op een afbeelding uit een relevante set. Iemand moet ze vergelijken.",
                pl="Przypomina obraz z istotnego zbioru. Ktoś musi je porównać.",
            ),
            on_screen=Wording(
                en="looks like known material",
                es="se parece a material conocido",
                pt="parece material conhecido",
                de="ähnelt bekanntem Material",
                fr="ressemble à des contenus connus",
                it="somiglia a materiale noto",
                nl="lijkt op bekend materiaal",
                pl="podobne do znanych materiałów",
            ),
            of_media=True,
        ),
    )
    """It looks like a picture in a notable set."""
    TYPE_MISMATCH = (
        "type_mismatch",
        KindWords(
            heading=Wording(
                en="Hidden type",
                es="Tipo oculto",
                pt="Tipo escondido",
                de="Getarnter Dateityp",
                fr="Type masqué",
                it="Tipo nascosto",
                nl="Verborgen type",
                pl="Ukryty typ",
            ),
            meaning=Wording(
                en="The name hides what the content is.",
                es="El nombre oculta lo que es el contenido.",
                pt="O nome esconde o que é o conteúdo.",
                de="Der Name verbirgt, was der Inhalt ist.",
                fr="Le nom masque ce qu'est le contenu.",
                it="Il nome nasconde che cosa è il contenuto.",
                nl="De naam verbergt wat de inhoud is.",
                pl="Nazwa ukrywa, czym jest zawartość.",
            ),
            on_screen=Wording(
                en="a name that hides a picture or video",
                es="un nombre que oculta imagen o vídeo",
                pt="um nome que esconde imagem ou vídeo",
                de="Name tarnt ein Bild oder Video",
                fr="un nom qui masque image ou vidéo",
                it="un nome che nasconde immagine o video",
                nl="een naam die beeld of video verbergt",
                pl="nazwa ukrywa obraz lub film",
            ),
        ),
    )
    """Its name hides what it is."""
    THUMBNAIL = (
        "thumbnail",
        KindWords(
            heading=Wording(
                en="Thumbnails",
                es="Miniaturas",
                pt="Miniaturas",
                de="Miniaturbilder",
                fr="Miniatures",
                it="Miniature",
                nl="Miniaturen",
                pl="Miniatury",
            ),
            meaning=Wording(
                en="A thumbnail matched; its picture may be gone.",
                es="Coincidió una miniatura; su imagen puede no existir ya.",
                pt="Uma miniatura coincidiu; a sua imagem pode já não existir.",
                de="Ein Miniaturbild stimmt überein; das Bild dazu kann fehlen.",
                fr="Une miniature correspond ; son image peut avoir disparu.",
                it="Una miniatura corrisponde; la sua immagine può non esserci più.",
                nl="Een miniatuur komt overeen; de afbeelding zelf kan weg zijn.",
                pl="Pasuje miniatura; samego obrazu może już nie być.",
            ),
            on_screen=Wording(
                en="a thumbnail",
                es="una miniatura",
                pt="uma miniatura",
                de="ein Miniaturbild",
                fr="une miniature",
                it="una miniatura",
                nl="een miniatuur",
                pl="miniatura",
            ),
            of_media=True,
        ),
    )
    """A thumbnail of it, or one whose picture is gone, matched."""
    NAME = (
        "name",
        KindWords(
            heading=Wording(
                en="Names",
                es="Nombres",
                pt="Nomes",
                de="Namen",
                fr="Noms",
                it="Nomi",
                nl="Namen",
                pl="Nazwy",
            ),
            meaning=Wording(
                en="The name or path is on the lab's list.",
                es="El nombre o la ruta está en la lista del laboratorio.",
                pt="O nome ou caminho está na lista do laboratório.",
                de="Der Name oder Pfad steht auf der Liste des Labors.",
                fr="Le nom ou le chemin est sur la liste du laboratoire.",
                it="Il nome o il percorso è nell'elenco del laboratorio.",
                nl="De naam of het pad staat op de lijst van het lab.",
                pl="Nazwa lub ścieżka jest na liście laboratorium.",
            ),
            on_screen=Wording(
                en="a name on the lab's list",
                es="un nombre de la lista del laboratorio",
                pt="um nome da lista do laboratório",
                de="ein Name auf der Liste des Labors",
                fr="un nom de la liste du laboratoire",
                it="un nome dell'elenco del laboratorio",
                nl="een naam van de lijst van het lab",
                pl="nazwa z listy laboratorium",
            ),
        ),
    )
    """Its name or path is on the lab's list."""
    CLASSIFIER = (
        "classifier",
        KindWords(
            heading=Wording(
                en="Scored by a model",
                es="Puntuado por un modelo",
                pt="Pontuado por um modelo",
                de="Von einem Modell bewertet",
                fr="Évalué par un modèle",
                it="Valutato da un modello",
                nl="Door een model beoordeeld",
                pl="Ocenione przez model",
            ),
            meaning=Wording(
                en="A model's guess, worth a look first. It is often wrong, and proves nothing.",
                es="La conjetura de un modelo; vale la pena mirarla primero. Se equivoca a "
                "menudo y no prueba nada.",
                pt="A conjetura de um modelo; vale a pena ver primeiro. Erra muitas vezes e "
                "não prova nada.",
                de="Die Vermutung eines Modells, einen ersten Blick wert. Sie ist oft falsch "
                "und beweist nichts.",
                fr="La supposition d'un modèle, à regarder d'abord. Elle est souvent fausse et "
                "ne prouve rien.",
                it="L'ipotesi di un modello, da guardare per prima. Spesso è sbagliata e non "
                "prova nulla.",
                nl="Het vermoeden van een model, een eerste blik waard. Het klopt vaak niet en "
                "bewijst niets.",
                pl="Przypuszczenie modelu, warte obejrzenia w pierwszej kolejności. Często "
                "jest błędne i niczego nie dowodzi.",
            ),
            on_screen=Wording(
                en="scored by a model (an estimate)",
                es="puntuado por un modelo (estimación)",
                pt="pontuado por um modelo (estimativa)",
                de="von einem Modell geschätzt",
                fr="estimation d'un modèle",
                it="stima di un modello",
                nl="schatting van een model",
                pl="ocena modelu (szacunek)",
            ),
            of_media=True,
        ),
    )
    """A model scored it at or above the profile's threshold. Not proof of anything."""
    ENCRYPTED = (
        "encrypted",
        KindWords(
            heading=Wording(
                en="Encrypted",
                es="Cifrado",
                pt="Cifrado",
                de="Verschlüsselt",
                fr="Chiffré",
                it="Cifrato",
                nl="Versleuteld",
                pl="Zaszyfrowane",
            ),
            meaning=Wording(
                en="Nobody could look into it; passwords may open it. It may be quite harmless.",
                es="Nadie pudo mirar dentro; quizá lo abran contraseñas. Puede ser inofensivo.",
                pt="Ninguém pôde ver o que contém; talvez o abram palavras-passe. Pode ser "
                "inofensivo.",
                de="Niemand konnte hineinsehen; Kennwörter öffnen es vielleicht. Es kann ganz "
                "harmlos sein.",
                fr="Personne n'a pu regarder dedans ; des mots de passe l'ouvrent peut-être. Cela "
                "peut être anodin.",
                it="Nessuno ha potuto guardarci dentro; forse delle password lo aprono. Può essere "
                "innocuo.",
                nl="Niemand kon erin kijken; misschien openen wachtwoorden het. Het kan onschuldig "
                "zijn.",
                pl="Nikt nie mógł zajrzeć do środka; być może otworzą to hasła. Może być "
                "nieszkodliwe.",
            ),
            on_screen=Wording(
                en="encrypted: nobody could look into it",
                es="cifrado: nadie pudo mirar dentro",
                pt="cifrado: ninguém pôde ver dentro",
                de="verschlüsselt: nicht einsehbar",
                fr="chiffré : personne n'a pu l'ouvrir",
                it="cifrato: nessuno ha potuto aprirlo",
                nl="versleuteld: niemand kon erin kijken",
                pl="zaszyfrowane: nikt nie zajrzał",
            ),
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
