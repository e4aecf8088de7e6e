"""Programs for Windows that carry an archive behind their last section.

Format: PE (Microsoft, PE Format). What lies in their resources - cabinets of old installers - is
not looked for.
"""

from triage.containers.probe import Container, Probe, number
from triage.containers.rar import MARK4, MARK5, rar
from triage.containers.seven_zip import SIGNATURE, seven_zip
from triage.containers.zips import LOCAL, appended_zip

_MOST_SECTIONS = 96
"""Windows loads no more."""
_SETTINGS = b";!@Install@!"
"""7-Zip's installer has its settings, as text, before the archive."""


def self_extracting(probe: Probe) -> Container | None:
    """By what begins where the last section ends."""
    at = archive_at(probe)
    start = probe.at(at, 16) if at else b""
    if start.startswith(LOCAL):
        inner = appended_zip(probe)
    elif start.startswith((MARK4, MARK5)):
        inner = rar(probe.behind(at))
    elif start:
        inner = seven_zip(probe.behind(at))
    else:
        return None
    return Container("self-extracting", locked=bool(inner and inner.locked))


def archive_at(probe: Probe) -> int:
    """Where the archive begins; 0 where there is none."""
    behind = _end_of_sections(probe)
    start = probe.at(behind, 16) if behind else b""
    if start.startswith(_SETTINGS):
        return behind + max(0, probe.behind(behind).head.find(SIGNATURE))
    return behind if start.startswith((LOCAL, MARK4, MARK5, SIGNATURE)) else 0


def _end_of_sections(probe: Probe) -> int:
    """0 of what is no such program."""
    at = number(probe.head, 0x3C, 4)
    header = probe.at(at, 4096)
    if not header.startswith(b"PE\0\0"):
        return 0
    sections = min(number(header, 6, 2), _MOST_SECTIONS)
    first = 24 + number(header, 20, 2)
    return max(
        (
            number(header, place + 16, 4) + number(header, place + 20, 4)
            for place in range(first, first + 40 * sections, 40)
        ),
        default=0,
    )
