"""What a referral says, as marks: one thing a mark. docs/formats/referrals.md has the formats.

Texts are what a provider wrote, and in it what a suspect chose: kept within bounds, never trusted.
What is not taken is counted by its reason, and the count is a mark too.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

import msgspec

from triage.errors import SeekError

LONGEST = 1000
"""Characters of one thing that is said."""
LONGEST_ID = 100
MOST_REPORTS = 100_000
MOST_MARKS = 5_000_000
"""Of one file."""


class ReferralError(SeekError):
    """A file that is no referral, or is not taken."""


class MarkKind(StrEnum):
    """What a mark is."""

    REPORT = "report"
    """The report itself: the type of incident as its code, `more`: who reports."""
    URGENT = "urgent"
    """Its sender wants it looked at first."""
    EMAIL = "email"
    PHONE = "phone"
    ACCOUNT = "account"
    """`service:name`."""
    IP = "ip"
    DEVICE = "device"
    FILE = "file"
    """By its name."""
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"
    LEFT_OUT = "left out"
    """Why something was not taken; `more`: how often."""


DIGESTS = {MarkKind.MD5: 32, MarkKind.SHA1: 40, MarkKind.SHA256: 64, MarkKind.PDQ: 64}
"""Digits in hex."""
_WIDTHS = {str(kind): width for kind, width in DIGESTS.items()}
_HEX = re.compile("[0-9a-f]+")


class Mark(msgspec.Struct, gc=False, kw_only=True):
    """One thing that a report says."""

    report: str
    """Its number at who sent it."""
    kind: str
    value: str
    more: str = ""
    instant: float | None = None
    """Seconds since 1970, UTC; None: not said, or without a time zone."""
    file: str = ""
    """Of which file it is said, by its id in the report."""
    viewed: bool | None = None
    """Of a file: the provider looked at it; None: it does not say."""
    public: bool | None = None
    """Of a file: anybody could see it at the provider's; None: it does not say."""


class Gathered:
    """The marks of one report while it is read."""

    def __init__(self, report: str) -> None:
        """Raises ReferralError if that is no number of a report."""
        self.report = _identifier(report, "A report's number")
        self.code = ""
        self.reporter = ""
        self.at: float | None = None
        self.left_out: Counter[str] = Counter()
        self._files: dict[str, Mark] = {}
        self._hashed: dict[str, None] = {}
        self._marks: dict[tuple[str, str, float | None, str], Mark] = {}

    @property
    def size(self) -> int:
        """Marks until now."""
        return len(self._marks) + len(self._files)

    def about(self, *, code: str = "", reporter: str = "", at: str = "") -> None:
        """What the report says of itself."""
        self.code = self._short(code) or self.code
        self.reporter = self._short(reporter) or self.reporter
        self.at = self._instant(at) if at.strip() else self.at

    def urgent(self) -> None:
        """It wants to be looked at first."""
        self._add(MarkKind.URGENT, "yes", None, "")

    def email(self, text: str) -> None:
        """An address of somebody who is reported."""
        self._add(MarkKind.EMAIL, self._short(text).casefold(), None, "")

    def phone(self, text: str) -> None:
        """Its digits; a leading plus stays."""
        said = self._short(text)
        digits = "".join(each for each in said if each in "0123456789")
        self._add(MarkKind.PHONE, ("+" if said.startswith("+") else "") + digits, None, "")

    def account(self, service: str, name: str) -> None:
        """Somebody's name at a service."""
        said = self._short(name)
        if said:
            self._add(MarkKind.ACCOUNT, f"{self._short(service)}:{said}".casefold(), None, "")

    def device(self, text: str, file: str = "") -> None:
        """What tells a device from all others: a serial number, an advertising id."""
        self._add(MarkKind.DEVICE, self._short(text).casefold(), None, file)

    def ip(self, text: str, at: str, file: str = "") -> None:
        """An address, and when it was used."""
        said = self._short(text)
        if not said:
            return
        try:
            address = ip_address(said)
        except ValueError:
            self.left_out["addresses that are no IP address"] += 1
            return
        mapped = getattr(address, "ipv4_mapped", None)
        self._add(MarkKind.IP, str(mapped or address), self._instant(at), file)

    def file(
        self, name: str, file: str = "", *, viewed: bool | None = None, public: bool | None = None
    ) -> str:
        """A file; its id. Of one that is told twice, the stricter word counts."""
        key = _identifier(file, "A file's id") if file.strip() else f"#{len(self._files) + 1}"
        if (had := self._files.get(key)) is not None:
            self.left_out["files told of more than once: the stricter word counts"] += 1
            had.viewed = had.viewed if had.viewed == viewed else None
            had.public = had.public if had.public == public else None
            return key
        self._files[key] = Mark(
            report=self.report, kind=MarkKind.FILE, value=self._short(name), file=key,
            viewed=viewed, public=public,
        )  # fmt: skip
        return key

    def digest(self, algorithm: str, text: str, file: str) -> None:
        """Of a file, which may be told of later, or never: then nobody says that it was viewed."""
        key = _identifier(file, "A file's id")
        kind = algorithm.strip().lower().replace("-", "")
        value = text.strip().lower()
        width = _WIDTHS.get(kind)
        if width is None:
            self.left_out["digests of a kind that is not compared"] += 1
        elif len(value) != width or not _HEX.fullmatch(value):
            self.left_out["digests that are none"] += 1
        else:
            self._hashed.setdefault(key)
            self._add(MarkKind(kind), value, None, key)

    def flag(self, text: str) -> bool | None:
        """What `true`, `false`, `1`, `0` say; None, counted, at another word."""
        said = text.strip().lower()
        if said in ("true", "1", "false", "0"):
            return said in ("true", "1")
        if said:
            self.left_out["words that are neither true nor false"] += 1
        return None

    def marks(self) -> Iterator[Mark]:
        """All of it, the report itself first."""
        yield Mark(report=self.report, kind=MarkKind.REPORT, value=self.code, more=self.reporter,
                   instant=self.at)  # fmt: skip
        yield from self._files.values()
        for key in self._hashed.keys() - self._files.keys():
            yield Mark(report=self.report, kind=MarkKind.FILE, value="", file=key)
        yield from self._marks.values()
        for reason, times in sorted(self.left_out.items()):
            yield Mark(report=self.report, kind=MarkKind.LEFT_OUT, value=reason, more=str(times))

    def _add(self, kind: MarkKind, value: str, at: float | None, file: str) -> None:
        if not value:
            return
        if self.size >= MOST_MARKS:
            raise ReferralError(
                f"Report {self.report} says more than {MOST_MARKS:,} things.",
                hint="No report does. Ask whoever sent it.",
            )
        self._marks[kind, value, at, file] = Mark(
            report=self.report, kind=kind, value=value, instant=at, file=file
        )

    def _short(self, text: str) -> str:
        said = text.strip()
        if len(said) > LONGEST:
            self.left_out[f"fields of more than {LONGEST:,} characters"] += 1
            return ""
        return said

    def _instant(self, text: str) -> float | None:
        said = text.strip()
        if not said:
            return None
        try:
            when = datetime.fromisoformat(said[:LONGEST_ID])
            if when.tzinfo is None:
                self.left_out["times without a time zone"] += 1
                return None
            return when.timestamp()
        except (ValueError, OverflowError):
            self.left_out["times that are none"] += 1
            return None


def _identifier(text: str, what: str) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST_ID or not said.isprintable():
        raise ReferralError(
            f"{what} is missing, has more than {LONGEST_ID} characters, or does not print.",
            hint="Nothing of the file was taken. Ask whoever sent it.",
        )
    return said


class Reports:
    """All reports of a file, by number, in their order."""

    def __init__(self) -> None:
        """None yet."""
        self._all: dict[str, Gathered] = {}
        self._begun: set[str] = set()

    def begin(self, number: str) -> Gathered:
        """A report. Raises ReferralError if its number was there already."""
        report = self.of(number)
        if report.report in self._begun:
            raise ReferralError(
                f"Report {report.report} is in the file twice.",
                hint="Nothing of it was taken: it cannot be told which counts. Ask the sender.",
            )
        self._begun.add(report.report)
        return report

    def of(self, number: str) -> Gathered:
        """The report of a number, whether it began or not."""
        fresh = Gathered(number)
        if len(self._all) >= MOST_REPORTS:
            raise ReferralError(
                f"The file has more than {MOST_REPORTS:,} reports.", hint="Import it in parts."
            )
        return self._all.setdefault(fresh.report, fresh)

    def marks(self) -> Iterator[Mark]:
        """Of all. Raises ReferralError if there is no report."""
        if not self._all:
            raise ReferralError(
                "There is no report in the file.", hint="docs/formats/referrals.md has the formats."
            )
        for report in self._all.values():
            yield from report.marks()
