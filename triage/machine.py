"""The machine that a scan ran on, as its firmware names it. What an agent reads off its label."""

from pathlib import Path

from triage.evidence import Value

DMI = Path("/sys/class/dmi/id")
_LONGEST = 120
_SAYS_NOTHING = frozenset(
    {"", "none", "default string", "to be filled by o.e.m.", "system manufacturer",
     "system product name", "system serial number", "not specified", "not applicable",
     "unknown", "0", "123456789"}
)  # fmt: skip
"""What boards say whose maker left the fields as they were."""


class Machine(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Maker, model and serial number; empty where the firmware does not say or root alone may ask.

    All three are text that somebody chose: to be escaped.
    """

    maker: str = ""
    model: str = ""
    serial: str = ""


def this_machine(dmi: Path = DMI) -> Machine:
    """The machine that runs this, by SMBIOS (DSP0134, 7.2) as Linux shows it in `dmi`."""
    return Machine(
        maker=_field(dmi, "sys_vendor") or _field(dmi, "board_vendor"),
        model=_field(dmi, "product_name") or _field(dmi, "board_name"),
        serial=_field(dmi, "product_serial")
        or _field(dmi, "chassis_serial")
        or _field(dmi, "board_serial"),
    )


def _field(dmi: Path, name: str) -> str:
    try:
        text = (dmi / name).read_bytes()[:4096].decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return "" if text.lower() in _SAYS_NOTHING else text[:_LONGEST]


def memory_available(meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes that programs could still use, as the kernel reckons; 0 where it does not say."""
    try:
        told = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        return int(told["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return 0
