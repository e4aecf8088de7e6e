"""How hard a passphrase is to guess, at the very most: whoever has the file may try for years.

By what it is made of: each character counts as if it were chosen from those of its kinds, but one
that repeats or goes on from the one before counts one bit, and a word that everybody tries counts
ten. Whoever chose it by a rule that others know has less; nobody has more.
"""

import math

from triage.errors import UsageError

LEAST = 45
"""Bits. scrypt as we use it takes 128 MB and half a second a guess: a farm of a thousand machines
needs some 280 years for the half of them."""
_WORD_BITS = 10
_ALPHABETS = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10), (str.isspace, 1))
_OTHERS = 32
_WORDS = (
    "password", "passwort", "contrasena", "senha", "qwertz", "qwerty", "azerty",
    "letmein", "welcome", "willkommen", "secret", "geheim", "master", "admin", "police", "polizei",
    "policia", "seek", "abcd", "iloveyou", "sommer", "summer", "winter",
)  # fmt: skip
_WRITTEN = str.maketrans("0134578$@", "oieastbsa")


def bits_of(passphrase: str) -> float:
    """At most so many."""
    alphabet = sum(size for is_one, size in _ALPHABETS if any(map(is_one, passphrase)))
    if any(not any(is_one(each) for is_one, _ in _ALPHABETS) for each in passphrase):
        alphabet += _OTHERS
    each = math.log2(max(2, alphabet))
    rest, words = _without_words(passphrase)
    fresh = sum(not _goes_on(before, now) for before, now in zip("\0" + rest, rest, strict=False))
    return words * _WORD_BITS + fresh * each + (len(rest) - fresh)


def check_strength(passphrase: str) -> int:
    """Its bits at most, whole ones. Raises UsageError if whoever finds the file will guess it."""
    bits = math.floor(bits_of(passphrase))
    if bits < LEAST:
        raise UsageError(
            f"The passphrase is too weak: {bits} bits at most, and {LEAST} are needed.",
            hint="Take four or more words that do not belong together, chosen by dice.",
        )
    return bits


def _goes_on(before: str, now: str) -> bool:
    """`aa`, `ab`, `21`."""
    return abs(ord(now) - ord(before)) <= 1


def _without_words(passphrase: str) -> tuple[str, int]:
    """What is left of it without the words that everybody tries, and how many those were."""
    plain, words = passphrase.lower().translate(_WRITTEN), 0
    for word in _WORDS:
        while (at := plain.find(word)) >= 0:
            plain = plain[:at] + plain[at + len(word) :]
            passphrase = passphrase[:at] + passphrase[at + len(word) :]
            words += 1
    return passphrase, words
