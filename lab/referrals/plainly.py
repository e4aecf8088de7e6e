"""Referrals of every other sender: JSON and CSV of our own (docs/formats/referrals.md)."""

import csv
from collections.abc import Iterator
from io import StringIO

import msgspec

from lab.referrals.marks import Gathered, ReferralError, Reports
from triage.errors import why

FORMAT = "seek referral"
_COLUMNS = ("report", "what", "value", "more", "at", "file")
_HINT = "docs/formats/referrals.md has the format. Nothing of the file was taken."


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that nobody knows is a mistake, or something that would be lost."""


class ReferredAddress(_Strict, frozen=True):
    """An IP address, and when it was used: ISO 8601 with a time zone."""

    ip: str
    at: str = ""


class ReferredAccount(_Strict, frozen=True):
    """A name at a service."""

    name: str
    service: str = ""


class ReferredPerson(_Strict, frozen=True):
    """Somebody who is reported."""

    emails: list[str] = []
    phones: list[str] = []
    accounts: list[ReferredAccount] = []
    addresses: list[ReferredAddress] = []
    devices: list[str] = []


class ReferredFile(_Strict, frozen=True):
    """A file of a report; `viewed`, `public`: null where it is not known."""

    id: str = ""
    name: str = ""
    viewed: bool | None = None
    public: bool | None = None
    digests: dict[str, str] = {}
    addresses: list[ReferredAddress] = []


class ReferredReport(_Strict, frozen=True):
    """One report."""

    number: str
    code: str = ""
    at: str = ""
    reporter: str = ""
    urgent: bool = False
    persons: list[ReferredPerson] = []
    files: list[ReferredFile] = []


class ReferralDocument(_Strict, frozen=True):
    """The whole file."""

    format: str
    version: int
    reports: list[ReferredReport]


def read_plain(content: bytes) -> Reports:
    """Of JSON. Raises ReferralError."""
    try:
        document = msgspec.json.decode(content, type=ReferralDocument)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ReferralError(f"The JSON is no referral: {why(error)}.", hint=_HINT) from error
    if (document.format, document.version) != (FORMAT, 1):
        raise ReferralError("The JSON is of another format or version.", hint=_HINT)
    reports = Reports()
    for each in document.reports:
        report = reports.begin(each.number)
        report.about(code=each.code, reporter=each.reporter, at=each.at)
        if each.urgent:
            report.urgent()
        for person in each.persons:
            _say_person(report, person)
        for file in each.files:
            key = report.file(file.name, file.id, viewed=file.viewed, public=file.public)
            for algorithm, digest in file.digests.items():
                report.digest(algorithm, digest, key)
            for address in file.addresses:
                report.ip(address.ip, address.at, key)
    return reports


def _say_person(report: Gathered, person: ReferredPerson) -> None:
    for email in person.emails:
        report.email(email)
    for phone in person.phones:
        report.phone(phone)
    for account in person.accounts:
        report.account(account.service, account.name)
    for address in person.addresses:
        report.ip(address.ip, address.at)
    for device in person.devices:
        report.device(device)


def read_table(content: bytes) -> Reports:
    """Of CSV: a row a thing. Raises ReferralError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReferralError(f"The table cannot be read: {why(error)}.", hint=_HINT) from error
    reports = Reports()
    try:
        for number, row in enumerate(_rows(text), 2):
            report = reports.of(row["report"])
            if not _say_row(report, row):
                raise ReferralError(f"Row {number} says a thing that nobody knows.", hint=_HINT)
    except csv.Error as error:
        raise ReferralError(f"The table is broken: {error}.", hint=_HINT) from error
    return reports


def _rows(text: str) -> Iterator[dict[str, str]]:
    rows = csv.DictReader(StringIO(text, newline=""), strict=True)
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise ReferralError(f"The table's columns are not {', '.join(_COLUMNS)}.", hint=_HINT)
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise ReferralError(f"Row {number} has more or fewer fields.", hint=_HINT)
        yield row


def _say_row(report: Gathered, row: dict[str, str]) -> bool:
    """Whether it says something that is known."""
    value, more, at, file = (row[name] for name in ("value", "more", "at", "file"))
    match row["what"]:
        case "report":
            report.about(code=value, reporter=more, at=at)
        case "urgent":
            report.urgent()
        case "email":
            report.email(value)
        case "phone":
            report.phone(value)
        case "account":
            report.account(more, value)
        case "device":
            report.device(value, file.strip())
        case "ip":
            report.ip(value, at, file.strip())
        case "file":
            if not file.strip():
                return False
            report.file(value, file, viewed=report.flag(more))
        case "md5" | "sha1" | "sha256" | "pdq":
            report.digest(row["what"], value, file)
        case _:
            return False
    return True
