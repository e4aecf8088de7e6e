"""What the guide knows, and what the running scan has told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.guide.screen import size
from cli.guide.words import WORDS
from triage.languages import Language, Wording, colon, measure, number
from triage.match_kinds import MatchKind
from triage.processor import Processor, this_processor

Answer = dict[str, Any]
"""One JSON object: the root helper's answer, a device, an event of the scan."""


@dataclass(slots=True, kw_only=True)
class State:
    """What the guide knows."""

    language: str = Language.ENGLISH
    processor: Processor = field(default_factory=this_processor)
    battery: int | None = None
    """Per cent that are left, while the machine runs on it."""
    outside: list[str] = field(default_factory=list)
    """Names of Thunderbolt devices that the firmware has not let in."""
    write_block: Answer = field(default_factory=dict)
    evidence: Answer = field(default_factory=dict)
    devices: list[Answer] | None = None
    """None while they are being looked at."""
    case: dict[str, str] = field(
        default_factory=lambda: {"case": "", "examiner": "", "exhibit": ""}
    )
    clock: str = ""
    """What the agent's watch says of the machine's clock."""
    unlock: str = ""
    """What is tried on encrypted volumes: ask, both (and what lies about), or nothing."""
    asked_for_unlocking: bool = False
    """Whether that was asked."""
    try_passwords: str = ""
    """What is tried on encrypted archives: typed, listed, none; empty: nobody has chosen."""
    passwords: list[str] = field(default_factory=list, repr=False)
    """Those that were typed."""
    asked_for_case: bool = False
    """Whether a search was started without a case number, and one was asked for."""

    def say(self, word: str, **values: object) -> str:
        """A text in the agent's language."""
        filled = {
            name: self.number(value) if isinstance(value, int) else value
            for name, value in values.items()
        }
        return WORDS[self.language][word].format(**filled)

    def engine(self, words: Mapping[str, Wording], code: object, otherwise: object = "") -> str:
        """What the engine says by that code; `otherwise` where the code is not known here."""
        said = words.get(str(code))
        return said.told(self.language) if said else str(otherwise)

    def kind(self, kind: MatchKind) -> str:
        """A kind of match in the agent's language."""
        return kind.words.on_screen.told(self.language)

    @property
    def colon(self) -> str:
        """Between a name and its value."""
        return colon(self.language)

    def number(self, amount: int) -> str:
        """`12,345`, as it is written in the agent's language."""
        return number(self.language, amount)

    def size(self, amount: float) -> str:
        """Bytes for people: `1.5 GB`."""
        return measure(self.language, size(amount))

    def knows(self, word: str) -> bool:
        """Whether there is such a text."""
        return word in WORDS[self.language]


@dataclass(slots=True, kw_only=True)
class Progress:
    """What the running scan has told so far."""

    latest: Answer = field(default_factory=dict)
    first_finding: float | None = None
    findings: int = 0
    spotted: list[int] = field(default_factory=list)
    """Ids of entries that are known material and whose finding is still to come."""
    to_look_at: int = 0
    """Findings that show the same counted once."""
    kinds: dict[str, int] = field(default_factory=dict)
    """How many findings of each kind."""
    scan_key: str = ""
    """Fingerprint of the key that signs what this run commits: whoever notes it can prove it."""
    sets: list[Answer] = field(default_factory=list)
    """The hash sets that are looked up in."""
    standing_still: str = ""
    """What the evidence stick said; empty while the scan goes on."""
    standing_why: str = ""
    """full, slow or gone."""
    locked_set: str = ""
    """The sealed hash set whose passphrase is asked for; empty while none is."""
    locked_volume: Answer = field(default_factory=dict)
    """The encrypted volume whose secret is asked for, and how often it was; empty while none is."""
    sealed: Answer = field(default_factory=dict)
    exit_code: int | None = None
    """None as long as it runs."""
    error: str = ""
    """Code of what ended it before it was sealed: `SeekError.code`."""
    stopping: bool = False

    def take_in(self, event: Answer) -> None:
        """Remember what an event says. Raises KeyError and ValueError if it is not understood."""
        match event["event"]:
            case "progress":
                self.latest = event
            case "spotted":
                self.note_spotted(event)
            case "finding":
                self.note_finding(event)
            case "scan_key":
                self.scan_key = str(event["fingerprint"])
            case "hash_set":
                self.sets.append(event)
            case "paused":
                self.standing_still = str(event["message"])
                self.standing_why = str(event.get("why", "gone"))
            case "goes_on":
                self.standing_still = ""
            case "passphrase":
                self.locked_set = str(event["hash_set"])
            case "sealed":
                self.sealed = event

    @property
    def found(self) -> int:
        """How many findings there are, by all that was told."""
        told = self.findings + len(self.spotted)
        return max(told, int(self.latest.get("findings", 0)))

    def note_spotted(self, event: Answer) -> None:
        """Count it as a finding, as far as it is known by now."""
        entry = int(event["entry"]["id"])
        self.count(event["matches"], float(event["seconds"]))
        self.spotted.append(entry)
        self.to_look_at += 1

    def note_finding(self, event: Answer) -> None:
        """Count it, under its surest kind, unless it was spotted."""
        finding = event["finding"]
        found = finding["found"]
        self.findings = max(self.findings, int(found["number"]))
        entry = finding["entry"]["id"]
        if entry in self.spotted:
            self.spotted.remove(entry)
            self.to_look_at -= bool(found.get("group"))
            return
        self.count(finding["result"]["matches"], float(event["seconds"]))
        self.to_look_at += not found.get("group")

    def count(self, matches: list[Answer], seconds: float) -> None:
        """One more finding, under its surest kind."""
        matched = {match["kind"] for match in matches}
        kind = next(kind for kind in MatchKind if kind in matched)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.first_finding is None:
            self.first_finding = seconds
