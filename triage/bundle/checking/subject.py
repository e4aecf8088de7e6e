"""What a bundle is of, by its own signed words: its folder's name is anybody's to change."""

import re
from datetime import datetime
from pathlib import Path

import msgspec

from triage.bundle.checking.asked import Asked
from triage.bundle.format import layout
from triage.bundle.format.document import Document
from triage.case import Case
from triage.evidence import Device

_NUMBERED = re.compile(r"-\d{1,3}")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Case, start, devices and findings."""

    case: Case
    started: str
    """UTC, by the scanned machine's clock."""
    devices: tuple[Device, ...]
    findings: int
    """Those that only entries.jsonl lists, too."""
    would_be_named: str = ""
    """What the folder of this case, exhibit and start is called; empty if it is called so."""


def subject_of(document: Document, asked: Asked | None, folder: Path) -> Subject:
    """Of a bundle in that folder. `asked`: scan.json, which has the start that names the folder."""
    started = asked.started if asked else document.times.started
    return Subject(
        case=document.case,
        started=document.times.started,
        devices=document.devices,
        findings=len(document.findings) + document.findings_left_out,
        would_be_named=_name_instead(document.case, started, folder.resolve().name),
    )


def _name_instead(case: Case, started: str, name: str) -> str:
    try:
        own = layout.folder_name(case, datetime.fromisoformat(started))
    except ValueError:  # no time at all: a later step says so
        return ""
    same = name.startswith(own) and _NUMBERED.fullmatch(name[len(own) :] or "-1")
    return "" if same else own
