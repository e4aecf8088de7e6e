"""Our own sentences in a reader's language, for report and terminal alike.

The English one stands in the code, where it is said, and is its key in a table of wordings; what
the table lacks is said in English, which a test does not let happen.
"""

from collections.abc import Mapping

from triage.bundle.format import shown
from triage.languages import Language, Wording, form_of, measure, number


class Speaker:
    """`say("Looked at {n} file|Looked at {n} files", n=3)`."""

    def __init__(self, language: Language, words: Mapping[str, Wording]) -> None:
        self.language = language
        self._words = words

    def __call__(self, english: str, **values: object) -> str:
        """The sentence with its gaps filled; whole numbers are grouped. Of several forms, the one
        that goes with `n`."""
        return self.sentence(english, values).format(**{
            name: self.number(value) if isinstance(value, int) else value
            for name, value in values.items()
        })  # fmt: skip

    def sentence(self, english: str, values: Mapping[str, object]) -> str:
        """In the reader's language, its gaps still open."""
        wording = self._words.get(english)
        said = wording.told(self.language) if wording else english
        amount = values.get("n")
        return form_of(self.language, said, amount) if isinstance(amount, int) else said

    def knows(self, english: str) -> bool:
        """Whether there is such a wording."""
        return english in self._words

    def number(self, amount: int) -> str:
        """`12,345`; `12 345`."""
        return number(self.language, amount)

    def size(self, amount: int) -> str:
        """`1.5 MB`; `1,5 MB`; `1,5 Mo`."""
        return measure(self.language, shown.size(amount))

    def duration(self, seconds: float) -> str:
        """`4.2 s`; `4,2 s`."""
        return measure(self.language, shown.duration(seconds))
