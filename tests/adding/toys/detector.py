"""A detector with a gate, a model and a kind of match of its own: how red a picture is."""

from tests.adding.recipes import Step, Toy

KIND = """\
    TINT = "tint", KindWords(
        heading=Wording(
            en="Red pictures", es="Imágenes rojas", pt="Imagens vermelhas", de="Rote Bilder",
            fr="Images rouges", it="Immagini rosse", nl="Rode beelden", pl="Czerwone obrazy",
        ),
        meaning=Wording(
            en="Most of its light is red.", es="Casi toda su luz es roja.",
            pt="Quase toda a sua luz é vermelha.", de="Das meiste Licht darin ist rot.",
            fr="Sa lumière est surtout rouge.", it="La sua luce è soprattutto rossa.",
            nl="Het meeste licht erin is rood.", pl="Większość światła jest czerwona.",
        ),
        on_screen=Wording(
            en="red pictures", es="imágenes rojas", pt="imagens vermelhas", de="rote Bilder",
            fr="images rouges", it="immagini rosse", nl="rode beelden", pl="czerwone obrazy",
        ),
    )
    \"\"\"Most of its light is red.\"\"\"
"""

CHOICE = '''\
class TintUse(ProfilePart, frozen=True, kw_only=True, tag="tint", tag_field="use"):
    """How red a picture is."""

    model: str = "open-nsfw"
    threshold: Score = 0.0
    only_where: Gate | None = None

    @property
    def needs(self) -> Needs:
        """See there."""
        return Needs(
            code="tint",
            kinds=(MatchKind.TINT,),
            gives="redness",
            gate=self.only_where,
            pixels=PixelNeeds(),
            model=self.model,
            threshold=self.threshold,
        )


'''

CODE = '''\
"""How red a picture is."""

from triage.findings import Match
from triage.match_kinds import MatchKind


class Tint:
    """Numbers what it is shown."""

    name = "tint 1"

    def __init__(self, threshold, card):
        self._threshold, self._seen = threshold, 0
        self._told = {"model": card.name, "version": card.version, "sha256": card.model.sha256}

    def matches_of(self, items):
        return [self._of(item) for item in items]

    def _of(self, item):
        if item.picture is None:
            return ()
        self._seen += 1
        score = item.scores["redness"] = float(item.picture.pixels[:, :, 2].mean()) / 255
        if score < self._threshold:
            return ()
        reason = f"Picture {self._seen} that was looked at for its tint."
        of = self._told
        return (Match(kind=MatchKind.TINT, detector=self.name, reason=reason, provenance=of),)


def build_one(choice: "TintUse", resources):
    return Tint(choice.threshold, resources.models[choice.model].card)
'''

CHOICES = "tests/test_choices.py"
WHOLE = f"{CHOICES}::test_a_choice_has_needs_and_the_code_that_they_name"

TOY = Toy(
    recipe="A detector",
    name="tint",
    steps=(
        Step(
            file="triage/choices.py",
            added=CHOICE,
            before="DetectorChoice =",
            noticed=(f"{CHOICES}::test_every_kind_of_match_is_made_by_a_choice_or_by_thumbnails",),
        ),
        Step(
            file="triage/choices.py",
            added="| VideoUse | TintUse\n",
            before="| VideoUse\n",
            instead=True,
            noticed=(f"{CHOICES}::test_every_choice_can_be_asked_for",),
        ),
        Step(file="triage/detectors/tint.py", added=CODE, noticed=(WHOLE,)),
        Step(file="triage/match_kinds.py", added=KIND, before="    CLASSIFIER =", noticed=(WHOLE,)),
        Step(
            file="docs/events.md",
            program=("-m", "tests.events"),
            noticed=("tests/events/test_events.py::test_the_document_is_what_the_program_says",),
        ),
        Step(
            file="triage/bundle/format/findings.schema.json",
            program=("-m", "tests.bundle"),
            noticed=(
                "tests/bundle/test_schema.py::test_the_shipped_schema_is_the_one_of_the_code",
            ),
        ),
    ),
    holds=(
        CHOICES,
        "tests/test_match_kinds.py",
        "tests/events/test_events.py",
        "tests/cli/test_live.py",
        "tests/cli/test_guide_lines.py",
    ),
)
