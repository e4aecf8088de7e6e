"""In which order findings are told, and in which file of the report.

By their strongest kind, of those by model, and then as they were found; what shows the same stands
together, the one to look at first. No browser bears them all at once: each file has so many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.layout import report_file
from triage.bundle.rendering.html.markup import Html, join
from triage.bundle.rendering.html.same import Alike, alikes
from triage.bundle.rendering.html.speaking import Say
from triage.findings import surest
from triage.match_kinds import MatchKind

PER_FILE = 2000
"""Findings of which one file tells."""


@dataclass(frozen=True, slots=True)
class Line:
    """A finding in its place."""

    finding: Finding
    alike: Alike
    kind: MatchKind
    """Under which it is told: that of the one to look at."""
    model: str
    """Which found it, where several were used."""

    @property
    def is_shown(self) -> bool:
        """Whether it has a card: it is the one to look at among those that show the same."""
        return self.finding is self.alike.shown


class Spread:
    """All findings, over as many files as it takes; without any there is one file still."""

    def __init__(self, document: Document, name: str) -> None:
        """`name`: of the first file."""
        self.lines = list(_in_order(document))
        self.files = [
            self.lines[at : at + PER_FILE] for at in range(0, len(self.lines), PER_FILE)
        ] or [[]]
        self._name = name
        self._file_of = {
            line.finding.number: number
            for number, lines in enumerate(self.files, start=1)
            for line in lines
        }

    def counted(self, say: Say, kind: MatchKind, model: str) -> Html:
        """How many are told under that heading, in all files."""
        those = [line for line in self.lines if (line.kind, line.model) == (kind, model)]
        shown = sum(line.is_shown for line in those)
        if len(those) == shown:
            return say.number(shown)
        found = say("{n} finding|{n} findings", n=len(those))
        return join([say("{n} to look at", n=shown), found], ", ")

    def name(self, number: int) -> str:
        """Of the file of this number, from 1."""
        return report_file(number, self._name)

    def way_to(self, number: int) -> str:
        """The link to that file."""
        return quote(self.name(number).encode("utf-8", "surrogateescape"))

    def line(self, finding: Finding, *, seen_from: int) -> str:
        """The link to its line, from a file of that number."""
        return self._link(finding, "line", seen_from)

    def card(self, alike: Alike, *, seen_from: int) -> str:
        """The link to what is told of it and all that show the same."""
        return self._link(alike.shown, "finding", seen_from)

    def _link(self, finding: Finding, what: str, seen_from: int) -> str:
        file = self._file_of[finding.number]
        return f"{'' if file == seen_from else self.way_to(file)}#{what}-{finding.number}"


def _in_order(document: Document) -> Iterator[Line]:
    models = list(dict.fromkeys(model.name for model in document.models))
    told: dict[tuple[MatchKind, str], list[Alike]] = {
        (kind, model): [] for kind in MatchKind for model in (*models, "")
    }
    for alike in alikes(document.findings):
        kind = surest(alike.shown.matches)
        told[kind, _model_of(alike, kind, models)].append(alike)
    for (kind, model), those in told.items():
        for alike in those:
            shown = alike.shown
            yield Line(shown, alike, kind, model)
            for other in alike.findings:
                if other is not shown:
                    yield Line(other, alike, kind, model)


def _model_of(alike: Alike, kind: MatchKind, models: list[str]) -> str:
    """Where several were used, what each of them found is told under its own name."""
    if len(models) < 2:
        return ""
    said = (match.provenance for match in alike.shown.matches if match.kind is kind)
    return next((each["model"] for each in said if each.get("model") in models), "")
