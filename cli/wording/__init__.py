"""What a scan's screens say, each sentence in every language, by the English one in the code."""

from cli.wording import evidence, running, verdict
from triage.bundle.format.speaking import Speaker
from triage.languages import Language, table
from triage.tier_words import TIERS

WORDS = table((*running.WORDS, *evidence.WORDS, *verdict.WORDS, *TIERS.values()))


def speaker(language: Language = Language.ENGLISH) -> Speaker:
    """Who says them."""
    return Speaker(language, WORDS)
