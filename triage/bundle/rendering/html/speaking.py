"""The report's sentences in its language, as markup: what fills a gap is escaped, unless it is
markup itself."""

from html import escape

from triage.bundle.format.document import Document
from triage.bundle.format.speaking import Speaker
from triage.bundle.rendering.html.markup import Html, foreign, join, tag
from triage.bundle.rendering.html.wording import WORDS
from triage.languages import Language, number

_SPACE = "\u202f"
"""Between groups of digits: narrow, and no line ends there."""


class Say(Speaker):
    """The speaker of a report."""

    def __call__(self, english: str, **values: object) -> Html:
        """The sentence, safe to be put into the page."""
        filled = {
            name: self.number(value) if isinstance(value, int) else join([str(value)])
            if not isinstance(value, Html) else value
            for name, value in values.items()
        }  # fmt: skip
        return Html(escape(self.sentence(english, values)).format(**filled))

    def number(self, amount: int) -> Html:
        """`12,345`; `12 345`."""
        return Html(number(self.language, amount, _SPACE))

    def size(self, amount: int) -> Html:
        """`1.5 MB`; `1,5 MB`; `1,5 Mo`."""
        return join([super().size(amount)])

    def duration(self, seconds: float) -> Html:
        """`4.2 s`; `4,2 s`."""
        return join([super().duration(seconds)])

    def noted(self, text: str) -> Html:
        """What seek noted while it searched, as findings.json has it: in English, and marked as
        that where the page is not. A few such texts have wordings."""
        if not text or self.language is Language.ENGLISH:
            return foreign(text)
        return self(text) if self.knows(text) else tag("bdi", text, lang="en")


def speaker(document: Document) -> Say:
    """In the language that the document asks for."""
    return Say(document.language, WORDS)
