from pathlib import Path

from tests.packs.confusables import MODULE, module
from triage.packs.confusables import LOOKS_LIKE
from triage.packs.folding import bare

PUBLISHED = """\ufeff# confusables.txt
# Version: 17.0.0

0430 ;	0061 ;	MA	# ( а → a ) CYRILLIC SMALL LETTER A
041C ;	004D ;	MA	# ( М → M ) CYRILLIC CAPITAL LETTER EM
043C ;	028D ;	MA	# ( м → ʍ ) CYRILLIC SMALL LETTER EM
006D ;	0072 006E ;	MA	# ( m → rn ) LATIN SMALL LETTER M
FF41 ;	0061 ;	MA	# ( ａ → a ) FULLWIDTH, which folding knows
2236 ;	003A ;	MA	# ( ∶ → : ) RATIO, which is no letter
0430 0301 ;	0061 ;	MA	# two characters
"""  # noqa: RUF001


def test_the_table_is_made_of_the_published_one() -> None:
    made: dict[str, dict[str, str]] = {}
    exec(module(PUBLISHED.lstrip("\ufeff")), made)  # noqa: S102 - what the script has just written
    assert made["LOOKS_LIKE"] == {"a": "\u0430", "m": "\u041c\u043c"}


def test_the_shipped_table_is_of_letters_that_folding_leaves_as_they_are() -> None:
    assert "version: 17.0.0" in Path(MODULE).read_text(encoding="utf-8")
    signs = "".join(LOOKS_LIKE.values())
    assert len(signs) == len(set(signs)) > 400
    assert not [sign for sign in signs if sign.isascii() or not sign.isalpha()]
    assert not [sign for sign in signs if bare(sign) != sign]
    assert all(latin.isascii() and latin.islower() for latin in LOOKS_LIKE)
