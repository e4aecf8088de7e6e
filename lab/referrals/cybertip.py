"""CyberTipline, by NCMEC's public schema for submissions (`report`, `fileDetails`).

Only what links, tells when, or says whether a file was viewed is taken, and only of who is
reported: nothing of victims, nothing that is told in words. What kind of incident it is stays the
schema's own text. Read with expat as a stream; a document type is refused, and so every entity.

A submission has its number in the answer alone: a `report` takes it from a `reportId` of its own or
from who imports it. `fileDetails` stand in the report, or beside it under any other element.
"""

from xml.parsers import expat

from lab.referrals.marks import ReferralError, ReportGathered, Reports
from triage.errors import why

_DEEPEST = 64
_LONGEST = 1 << 16
"""Characters that are kept of one element's text: enough to tell that it is too long."""
_BLOCK = 1 << 20
_HINT = "Nothing of it was taken. Ask whoever sent it."
_FLAGS = {"fileViewedByEsp": "viewed", "publiclyAvailable": "public"}
_TEXTS = frozenset(
    {
        "reportId", "fileId", "originalFileName", "fileViewedByEsp", "publiclyAvailable",
        "originalFileHash", "incidentType", "incidentDateTime", "escalateToHighPriority",
        "firstName", "lastName", "email", "phone", "espIdentifier", "espService", "screenName",
        "ipAddress", "dateTime", "idValue",
    }
)  # fmt: skip


def read_cybertip(content: bytes, number: str = "") -> Reports:
    """All reports. `number`: of the one that has none. Raises ReferralError."""
    reading = _Reading(number)
    try:
        for begin in range(0, len(content), _BLOCK):
            reading.parser.Parse(content[begin : begin + _BLOCK], False)
        reading.parser.Parse(b"", True)
    except (LookupError, ValueError) as error:
        raise ReferralError(
            f"The XML's encoding is not known: {why(error)}.", hint="Save it again as UTF-8."
        ) from error
    except expat.ExpatError as error:
        raise ReferralError(f"The XML is broken or cut off: {error}.", hint=_HINT) from error
    return reading.reports


class _Part:
    """A `report` or a `fileDetails` that is open: nothing of it is placed before it ends, as its
    number may come last."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = ""
        self.said: list[tuple[str, ...]] = []


class _Reading:
    """What is open while expat reads."""

    def __init__(self, number: str) -> None:
        self.reports = Reports()
        self.parser = expat.ParserCreate(None, " ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._number = number
        self._path: list[str] = []
        self._texts: list[str] = []
        self._length = 0
        self._hash_type = ""
        self._parts: list[_Part] = []
        self._waiting: list[_Part] = []
        """File details inside a report, until its number is known."""
        self._person: dict[str, list[str]] = {}
        self._event: dict[str, str] = {}

    def _doctype(self, *_: object) -> None:
        raise ReferralError(
            "The XML declares a document type; no report has one (an entity bomb?).", hint=_HINT
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(" ", 1)[-1]
        if len(self._path) >= _DEEPEST:
            raise ReferralError(
                f"The XML is nested more than {_DEEPEST} deep: no report is.", hint=_HINT
            )
        self._path.append(local)
        self._texts.clear()
        self._length = 0
        if local in ("report", "fileDetails"):
            if self._parts and (local == "report" or self._parts[-1].name == "fileDetails"):
                raise ReferralError("A report or a file lies inside another.", hint=_HINT)
            self._parts.append(_Part(local))
        elif local == "personOrUserReported":
            self._person = {}
        elif local in ("ipCaptureEvent", "deviceId"):
            self._event = {}
        elif local == "originalFileHash":
            self._hash_type = attributes.get("hashType", "")

    def _text(self, data: str) -> None:
        if self._path[-1] in _TEXTS and self._length < _LONGEST:
            self._texts.append(data)
            self._length += len(data)

    def _end(self, _: str) -> None:
        local = self._path.pop()
        text = "".join(self._texts).strip()
        self._texts.clear()
        if not self._parts:
            return
        part = self._parts[-1]
        if local == part.name:
            self._close(self._parts.pop())
        elif local == "reportId" and self._path[-1] == part.name:
            part.number = text
        elif part.name == "fileDetails":
            self._of_file(part, local, text)
        else:
            self._of_report(part, local, text)

    def _of_file(self, part: _Part, local: str, text: str) -> None:
        if self._of_event(part, local, text):
            return
        if local == "originalFileHash":
            part.said.append(("digest", self._hash_type, text))
        elif local in ("fileId", "originalFileName", *_FLAGS) and self._path[-1] == part.name:
            part.said.append((local, text))

    def _of_report(self, part: _Part, local: str, text: str) -> None:
        if local in ("incidentType", "incidentDateTime", "escalateToHighPriority"):
            if self._path[-1] == "incidentSummary":
                part.said.append((local, text))
        elif "reporter" in self._path:
            if local in ("firstName", "lastName") and self._path[-1] == "reportingPerson":
                part.said.append((local, text))
        elif "personOrUserReported" in self._path:
            self._of_person(part, local, text)
        elif local == "personOrUserReported":
            service = next(iter(self._person.get("espService", [])), "")
            for name in ("espIdentifier", "screenName"):
                part.said += [("account", service, each) for each in self._person.get(name, [])]

    def _of_person(self, part: _Part, local: str, text: str) -> None:
        if local in ("email", "phone"):
            part.said.append((local, text))
        elif local in ("espIdentifier", "espService", "screenName"):
            self._person.setdefault(local, []).append(text)
        else:
            self._of_event(part, local, text)

    def _of_event(self, part: _Part, local: str, text: str) -> bool:
        """From where, when and by which device, of files and people alike; whether it was that."""
        if local in ("ipAddress", "dateTime", "idValue"):
            self._event[local] = text
        elif local == "ipCaptureEvent":
            part.said.append(("ip", self._event.get("ipAddress", ""),
                              self._event.get("dateTime", "")))  # fmt: skip
        elif local == "deviceId":
            part.said.append(("device", self._event.get("idValue", "")))
        else:
            return False
        return True

    def _close(self, part: _Part) -> None:
        if part.name == "report":
            number = part.number or self._number
            if not number:
                raise ReferralError(
                    "The report does not say its number: a submission has it in the answer alone.",
                    hint="Say it with --number, as the answer or the sender gives it.",
                )
            report = self.reports.begin(number)
            _say_report(report, part)
            for each in self._waiting:
                _say_file(self.reports.of(each.number or number), each)
            self._waiting.clear()
        elif self._parts:
            self._waiting.append(part)
        else:
            _say_file(self.reports.of(part.number or self._number), part)


def _say_report(report: ReportGathered, part: _Part) -> None:
    names: list[str] = []
    for what, *said in part.said:
        match what:
            case "incidentType":
                report.about(code=said[0])
            case "incidentDateTime":
                report.about(at=said[0])
            case "escalateToHighPriority":
                if said[0].lower() not in ("false", "0"):
                    report.urgent()
            case "firstName" | "lastName":
                names.append(said[0])
            case "email":
                report.email(said[0])
            case "phone":
                report.phone(said[0])
            case "account":
                report.account(*said)
            case "ip":
                report.ip(*said)
            case "device":
                report.device(said[0])
    report.about(reporter=" ".join(filter(None, names)))


def _say_file(report: ReportGathered, part: _Part) -> None:
    first: dict[str, str] = {}
    flags: dict[str, list[bool | None]] = {"viewed": [], "public": []}
    for what, *said in part.said:
        if what in _FLAGS:
            flags[_FLAGS[what]].append(report.flag(said[0]))
        elif what in ("fileId", "originalFileName"):
            first.setdefault(what, said[0])
    key = report.file(
        first.get("originalFileName", ""), first.get("fileId", ""),
        viewed=_strictest(flags["viewed"]), public=_strictest(flags["public"]),
    )  # fmt: skip
    for what, *said in part.said:
        match what:
            case "digest":
                report.digest(said[0], said[1], key)
            case "ip":
                report.ip(said[0], said[1], key)
            case "device":
                report.device(said[0], key)


def _strictest(said: list[bool | None]) -> bool | None:
    """Yes only where nothing else is said."""
    return None if not said or None in said else all(said)
