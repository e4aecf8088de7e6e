"""What a bundle's findings are, to hold against what a reader of an export has."""

from pathlib import Path
from typing import NamedTuple

from triage.bundle.checking.entry_lines import findings_of, lines_of
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.bundle.rendering.contents import FoundContent, contents_of
from triage.bundle.writing.exports import read_document


class Answers(NamedTuple):
    """All of it."""

    document: Document
    contents: list[FoundContent]
    """Of every finding, and of every part that matched, in the order of the bundle."""
    lines: list[EntryLine]

    @property
    def findings(self) -> int:
        """How many."""
        return len({content.finding.number for content in self.contents})


class Row(NamedTuple):
    """Of the table: what one reader made of one export."""

    export: str
    reader: str
    arrived: str
    whole: bool
    """Nothing is missing that the format can hold."""


def read(bundle: Path) -> Answers:
    """As our own reader has them."""
    document = read_document(bundle)
    findings = sorted(findings_of(bundle, document.volumes), key=lambda each: each.number)
    contents = [content for finding in findings for content in contents_of(finding)]
    return Answers(document, contents, list(lines_of(bundle, document.volumes)))


def of_all(count: int, of: int, what: str) -> str:
    """`9 of 9 findings`."""
    return f"{count} of {of} {what}"
