"""What the report says, each sentence in every language, by the English one in the code."""

from triage.bundle.rendering.html.wording import (
    coverage,
    devices,
    findings,
    first_screen,
    merged,
    method,
)
from triage.languages import table
from triage.tier_words import TIERS

WORDS = table(
    (
        *first_screen.WORDS,
        *findings.WORDS,
        *coverage.WORDS,
        *devices.WORDS,
        *method.WORDS,
        *merged.WORDS,
        *TIERS.values(),
    )
)
