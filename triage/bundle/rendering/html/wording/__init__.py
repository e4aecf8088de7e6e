"""What the report says, each sentence in every language, by the English one in the code."""

from triage.bundle.rendering.html.wording import (
    cards,
    coverage,
    devices,
    first_screen,
    lines,
    merged,
    method,
    same,
    states,
    which_search,
    write_block,
)
from triage.languages import table
from triage.tier_words import TIERS

WORDS = table(
    (
        *first_screen.WORDS,
        *which_search.WORDS,
        *lines.WORDS,
        *cards.WORDS,
        *same.WORDS,
        *coverage.WORDS,
        *devices.WORDS,
        *states.WORDS,
        *write_block.WORDS,
        *method.WORDS,
        *merged.WORDS,
        *TIERS.values(),
    )
)
