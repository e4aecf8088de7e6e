"""Licences as SPDX names them; what has no such name keeps the words of Debian or the wheel."""

import re

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.spdx import fixup_id

FAMILY = re.compile(r"(A?GPL|LGPL|GFDL)-(\d)(\.\d)?(\+?)")
SPELLINGS = {
    "Expat": "MIT",
    "MIT License": "MIT",
    "Apache-2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
}
_factory = LicenseFactory()


def of_debian(words: list[str], name: str) -> list[License]:
    """Each licence in a copyright file; where it names none, where its text is."""
    if not words:
        return [DisjunctiveLicense(name=f"see /usr/share/doc/{name}/copyright")]
    return [_debian(word) for word in words]


def of_wheel(words: str) -> list[License]:
    """An expression, an identifier, or the wheel's own words."""
    if not words:
        return []
    return [_factory.make_from_string(SPELLINGS.get(words, words))]


def _debian(word: str) -> DisjunctiveLicense:
    """Never an expression: CycloneDX has no form for a list of several."""
    if word.startswith("/"):
        return DisjunctiveLicense(name=f"refers to {word}")
    known = fixup_id(SPELLINGS.get(word, _versioned(word)))
    return DisjunctiveLicense(id=known) if known else DisjunctiveLicense(name=word)


def _versioned(word: str) -> str:
    """GPL-2+ is GPL-2.0-or-later: in Debian's words no plus means that version only."""
    found = FAMILY.fullmatch(word)
    if not found:
        return word
    family, major, minor, plus = found.groups()
    return f"{family}-{major}{minor or '.0'}-{'or-later' if plus else 'only'}"
