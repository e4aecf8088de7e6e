"""Reports as providers send them, of invented people at example.org and of harmless digests."""

import json
from collections.abc import Sequence
from hashlib import md5


def md5_of(content: str) -> str:
    """As tests.lab.bundles gives it to a finding of that content."""
    return md5(content.encode(), usedforsecurity=False).hexdigest()


def cybertip(
    number: str = "1001", *, email: str = "someone@example.org", account: str = "someone",
    ip: Sequence[tuple[str, str]] = (), device: str = "", files: Sequence[str] = (),
    urgent: bool = False, code: str = "A code of the schema", at: str = "2026-03-01T10:00:00Z",
) -> str:  # fmt: skip
    """A report with its file details. The code is the sender's own text, whatever it is."""
    events = "".join(
        f"<ipCaptureEvent><ipAddress>{each}</ipAddress><eventName>Login</eventName>"
        f"<dateTime>{when}</dateTime></ipCaptureEvent>"
        for each, when in ip
    )
    serial = f"<deviceId><idType>Serial</idType><idValue>{device}</idValue></deviceId>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<report xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        + (f"<reportId>{number}</reportId>" if number else "")
        + f"<incidentSummary><incidentType>{code}</incidentType>"
        + ("<escalateToHighPriority>for a reason</escalateToHighPriority>" if urgent else "")
        + f"<incidentDateTime>{at}</incidentDateTime></incidentSummary>"
        "<reporter><reportingPerson><firstName>A.</firstName><lastName>Provider</lastName>"
        "<email>desk@provider.example</email></reportingPerson></reporter>"
        "<personOrUserReported><personOrUserReportedPerson>"
        f"<firstName>S.</firstName><email>{email}</email></personOrUserReportedPerson>"
        f"<espIdentifier>{account}</espIdentifier><espService>Photos</espService>"
        f"{events}{serial if device else ''}</personOrUserReported>" + "".join(files) + "</report>"
    )


def file_details(
    file: str = "f1", *, viewed: str | None = None, public: str | None = None, digest: str = "",
    name: str = "holiday.jpg", number: str = "",
) -> str:  # fmt: skip
    """A file of a report; None: the element is absent."""
    return (
        "<fileDetails>"
        + (f"<reportId>{number}</reportId>" if number else "")
        + f"<fileId>{file}</fileId><originalFileName>{name}</originalFileName>"
        + (f"<fileViewedByEsp>{viewed}</fileViewedByEsp>" if viewed is not None else "")
        + (f"<publiclyAvailable>{public}</publiclyAvailable>" if public is not None else "")
        + (f'<originalFileHash hashType="MD5">{digest}</originalFileHash>' if digest else "")
        + "</fileDetails>"
    )


def plain(*reports: dict[str, object]) -> str:
    """Our JSON."""
    return json.dumps({"format": "seek referral", "version": 1, "reports": list(reports)})
