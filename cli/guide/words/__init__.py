"""What the guide says; every word in every language. What engine and root helper say in codes has
words here, too; how a scan ended is said in triage/ending_words.py."""

from cli.guide.words.ends import ENDS
from cli.guide.words.enrolling import ENROLLING, NOT_ENROLLED
from cli.guide.words.errors import ERRORS
from cli.guide.words.main_screen import MAIN_SCREEN
from cli.guide.words.passwords import PASSWORDS
from cli.guide.words.questions import QUESTIONS
from cli.guide.words.search import SEARCH
from cli.guide.words.stick import LAYERS, POSED
from triage.languages import by_language
from triage.tier_words import TIERS

__all__ = ["ERRORS", "LAYERS", "NOT_ENROLLED", "POSED", "TIERS", "WORDS"]

WORDS = by_language(MAIN_SCREEN | QUESTIONS | SEARCH | ENDS | ENROLLING | PASSWORDS)
