"""What opens an encrypted volume: what somebody knows or found, and what such a volume asks for.

Values only. A secret is in no bundle, in no log, and in no message but that to who tries it.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec

from triage.evidence import Protector, ProtectorKind, Value, Volume, VolumeState
from triage.key_files import LONG_POOL, pool_of
from triage.languages import Language, Wording

LONGEST_SECRET = 1 << 20
"""Bytes; key files of LUKS may be large, and are seldom more than a few kilobytes."""
RECOVERY_GROUPS = 8
_DIGITS = 6
_DIVISOR = 11
_LARGEST = 1 << 16


class SecretKind(StrEnum):
    """How a secret is meant."""

    TYPED = "typed"
    """Characters: a passphrase, a password, a recovery password."""
    FILE = "file"
    """All bytes of a file: a startup key (.BEK), a key file."""


class Secret(Value, frozen=True, kw_only=True):
    """One. Its `repr` does not show it."""

    kind: SecretKind
    value: Annotated[bytes, msgspec.Meta(max_length=LONGEST_SECRET)]
    pool: Annotated[bytes, msgspec.Meta(max_length=LONG_POOL)] = b""
    """What key files were mixed into that go with what was typed; empty: there are none."""

    def __repr__(self) -> str:
        return f"Secret({self.kind})"


def typed(text: str) -> Secret:
    """What was typed, or a line of a file."""
    return Secret(kind=SecretKind.TYPED, value=text.encode("utf-8", "surrogateescape"))


def recovery_key(text: str) -> bytes | None:
    """The 16 bytes that a BitLocker recovery password stands for; None if it is none.

    Eight groups of six digits: each is a 16-bit number times eleven, so that a slip is noticed.
    """
    groups = _groups(text)
    if len(groups) != RECOVERY_GROUPS or any(map(_is_wrong, groups)):
        return None
    return b"".join((int(group) // _DIVISOR).to_bytes(2, "little") for group in groups)


def wrong_groups(text: str) -> tuple[int, ...]:
    """Which groups of a recovery password cannot be, from 1, as it is typed; the last may lack
    digits. Empty also for what is no recovery password at all."""
    groups = _groups(text)
    whole = [number for number, group in enumerate(groups, 1) if len(group) == _DIGITS]
    wrong = tuple(number for number in whole if _is_wrong(groups[number - 1]))
    return wrong if len(groups) > 1 or wrong else ()


def looks_like_recovery_password(text: str) -> bool:
    """Whether whoever typed it meant one: 40 digits or more and nothing but digits between."""
    groups = _groups(text)
    return len("".join(groups)) >= RECOVERY_GROUPS * _DIGITS - 8


def _groups(text: str) -> list[str]:
    """Groups of six digits, however they are divided; none of what has anything else in it."""
    digits = "".join(character for character in text if character not in " -\t\u00a0\u2010\u2013")
    if not digits.isascii() or not digits.isdigit():
        return []
    return [digits[at : at + _DIGITS] for at in range(0, len(digits), _DIGITS)]


def _is_wrong(group: str) -> bool:
    number = int(group)
    return len(group) != _DIGITS or number % _DIVISOR != 0 or number // _DIVISOR >= _LARGEST


_KEY_FILE = re.compile(r"KEYFILE=([^:]+):", re.IGNORECASE)


def key_files_in(text: str) -> tuple[tuple[str, ...], str]:
    """What is typed for a VeraCrypt volume, `KEYFILE=photo.jpg:KEYFILE=song.mp3:password`: the
    files' names, and the rest, which may be empty. `PIM=0:` stands before a password that itself
    begins so."""
    names: list[str] = []
    while told := _KEY_FILE.match(text):
        names.append(told[1])
        text = text[told.end() :]
    return tuple(names), text


def with_key_files(text: str, files: Iterable[bytes]) -> Secret:
    """What was typed, and what lies in the key files that go with it."""
    secret = typed(text)
    password = pim_and_password(secret.value)[1]
    return Secret(kind=secret.kind, value=secret.value, pool=pool_of(files, password))


_PIM = re.compile(rb"[Pp][Ii][Mm]=([0-9]{1,9}):")


def pim_and_password(value: bytes) -> tuple[int, bytes]:
    """What is typed for a VeraCrypt volume, `PIM=485:password`: the number, and the rest. 0 where
    it has none; `PIM=0:` stands before a password that itself begins so."""
    told = _PIM.match(value)
    return (int(told[1]), value[told.end() :]) if told else (0, value)


ASK_FOR = {
    ProtectorKind.RECOVERY_PASSWORD: Wording(
        en="the 48-digit recovery key {id}(printed, in a Microsoft account, or with the firm's "
        "administrator)",
        es="la clave de recuperación de 48 cifras {id}(impresa, en una cuenta Microsoft o con "
        "el administrador de la empresa)",
        pt="a chave de recuperação de 48 algarismos {id}(impressa, numa conta Microsoft ou com "
        "o administrador da empresa)",
        de="der 48-stellige Wiederherstellungsschlüssel {id}(ausgedruckt, in einem "
        "Microsoft-Konto oder beim Administrator der Firma)",
        fr="la clé de récupération de 48 chiffres {id}(imprimée, dans un compte Microsoft ou "
        "chez l'administrateur de l'entreprise)",
        it="la chiave di ripristino di 48 cifre {id}(stampata, in un account Microsoft o "
        "presso l'amministratore dell'azienda)",
        nl="de herstelsleutel van 48 cijfers {id}(afgedrukt, in een Microsoft-account of bij "
        "de beheerder van het bedrijf)",
        pl="48-cyfrowy klucz odzyskiwania {id}(wydruk, konto Microsoft lub administrator firmy)",
    ),
    ProtectorKind.PASSWORD: Wording(
        en="the password",
        es="la contraseña",
        pt="a palavra-passe",
        de="das Passwort",
        fr="le mot de passe",
        it="la password",
        nl="het wachtwoord",
        pl="hasło",
    ),
    ProtectorKind.STARTUP_KEY: Wording(
        en="the USB stick with the startup key (a .BEK file)",
        es="la memoria USB con la clave de inicio (un archivo .BEK)",
        pt="a pen USB com a chave de arranque (um ficheiro .BEK)",
        de="der USB-Stick mit dem Systemstartschlüssel (eine .BEK-Datei)",
        fr="la clé USB avec la clé de démarrage (un fichier .BEK)",
        it="la chiavetta USB con la chiave di avvio (un file .BEK)",
        nl="de USB-stick met de opstartsleutel (een .BEK-bestand)",
        pl="pendrive z kluczem uruchomienia (plik .BEK)",
    ),
    ProtectorKind.PASSPHRASE: Wording(
        en="the passphrase, or a key file",
        es="la frase de contraseña o un archivo de clave",
        pt="a frase-passe ou um ficheiro de chave",
        de="die Passphrase oder eine Schlüsseldatei",
        fr="la phrase de passe ou un fichier de clé",
        it="la frase d'accesso o un file di chiave",
        nl="de wachtzin of een sleutelbestand",
        pl="fraza hasła lub plik klucza",
    ),
    ProtectorKind.PASSWORD_AND_PIM: Wording(
        en="the password of VeraCrypt or TrueCrypt, with a PIM typed so: PIM=485:password; "
        "with key files, or by them alone: KEYFILE=photo.jpg:KEYFILE=song.mp3:password",
        es="la contraseña de VeraCrypt o TrueCrypt, con PIM escrita así: PIM=485:contraseña; "
        "con archivos de clave, o solo con ellos: KEYFILE=foto.jpg:KEYFILE=son.mp3:contraseña",
        pt="a palavra-passe do VeraCrypt ou TrueCrypt, com PIM escrita assim: "
        "PIM=485:palavra-passe; com ficheiros de chave, ou só com eles: "
        "KEYFILE=foto.jpg:KEYFILE=som.mp3:palavra-passe",
        de="das Passwort von VeraCrypt oder TrueCrypt, mit einer PIM so eingegeben: "
        "PIM=485:Passwort; mit Schlüsseldateien, oder durch sie allein: "
        "KEYFILE=foto.jpg:KEYFILE=ton.mp3:Passwort",
        fr="le mot de passe de VeraCrypt ou TrueCrypt, avec un PIM à taper ainsi : "
        "PIM=485:mot de passe ; avec des fichiers de clé, ou par eux seuls : "
        "KEYFILE=photo.jpg:KEYFILE=son.mp3:mot de passe",
        it="la password di VeraCrypt o TrueCrypt, con un PIM scritta così: PIM=485:password; "
        "con file di chiave, o solo con questi: KEYFILE=foto.jpg:KEYFILE=suono.mp3:password",
        nl="het wachtwoord van VeraCrypt of TrueCrypt, met een PIM zo getypt: "
        "PIM=485:wachtwoord; met sleutelbestanden, of alleen daarmee: "
        "KEYFILE=foto.jpg:KEYFILE=geluid.mp3:wachtwoord",
        pl="hasło VeraCrypt lub TrueCrypt, z numerem PIM wpisane tak: PIM=485:hasło; z "
        "plikami klucza albo tylko nimi: KEYFILE=zdjecie.jpg:KEYFILE=dzwiek.mp3:hasło",
    ),
}

OR = Wording(
    en=", or ",
    es=", o ",
    pt=", ou ",
    de=", oder ",
    fr=", ou ",
    it=", o ",
    nl=", of ",
    pl=" albo ",
)
TYPED_FOR = frozenset(
    {
        ProtectorKind.RECOVERY_PASSWORD,
        ProtectorKind.PASSWORD,
        ProtectorKind.PASSPHRASE,
        ProtectorKind.PASSWORD_AND_PIM,
    }
)
"""Protectors that take what is typed."""
FILES_FOR = frozenset(
    {ProtectorKind.STARTUP_KEY, ProtectorKind.PASSPHRASE, ProtectorKind.PASSWORD_AND_PIM}
)
"""Protectors that take a file."""


def what_to_ask_for(
    protectors: tuple[Protector, ...], language: Language = Language.ENGLISH
) -> str:
    """What to ask the owner for, in words; empty if nothing can be said, or nothing is needed."""
    wanted: list[str] = []
    for kind, words in ASK_FOR.items():
        of_kind = [each for each in protectors if each.kind is kind]
        if not of_kind:
            continue
        shown = of_kind[0].id[:8] if kind is ProtectorKind.RECOVERY_PASSWORD else ""
        wanted.append(words.told(language).format(id=f"{shown}… " if shown else ""))
    return OR.told(language).join(wanted)


def fits(secret: Secret, volume: Volume) -> bool:
    """Whether a protector of the volume takes a secret of that kind."""
    kinds = {each.kind for each in volume.protectors}
    if secret.pool:
        return ProtectorKind.PASSWORD_AND_PIM in kinds
    if secret.kind is SecretKind.FILE:
        return bool(kinds & FILES_FOR)
    if recovery_key(secret.value.decode("utf-8", "replace")) is not None:
        return bool(kinds & (TYPED_FOR - {ProtectorKind.PASSWORD_AND_PIM}))
    return bool(kinds & (TYPED_FOR - {ProtectorKind.RECOVERY_PASSWORD}))


def is_locked(volume: Volume) -> bool:
    """Whether a secret could open it, or might, of what may be noise."""
    kinds = {each.kind for each in volume.protectors}
    state = VolumeState.UNRECOGNISED if may_be_noise(volume) else VolumeState.ENCRYPTED
    return bool(kinds & (TYPED_FOR | FILES_FOR)) and volume.state is state


def may_be_noise(volume: Volume) -> bool:
    """Whether nothing on it says that a secret opens it: VeraCrypt's volumes look so, and what was
    wiped looks no other."""
    return any(each.kind is ProtectorKind.PASSWORD_AND_PIM for each in volume.protectors)
