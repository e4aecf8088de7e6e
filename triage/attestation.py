"""What this machine can say about its own write block, before a scan and after it.

On the stick everything is told by `seek-writeblock --json`: six layers with their self-tests, and
what was refused. On an ordinary machine there is no such command, and most of it is absent: then it
is said to be absent. Device states come from sysfs on both. Nothing here opens a device.
"""

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from triage import thunderbolt
from triage.thunderbolt import ThunderboltDevice

REPORTER = "seek-writeblock"
SYSFS = Path("/sys/class/block")
POSED = Path("/run/seek/evidence-refused.jsonl")
"""Where the stick's root helper notes each partition that it did not open as the evidence stick."""
MOST_POSED = 100
LIMITS = (
    "The threat is accident and faulty parsers, not a hostile administrator on the stick.",
    "The firmware, the drive's own activity and its power-on counters are not covered.",
    "Under UEFI the first loader may write the firmware variable SbatLevel; it lies on no device.",
)


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that the kernel has sent to a device since it was attached."""

    reads: int = 0
    sectors_read: int = 0
    writes: int = 0
    sectors_written: int = 0
    discards: int = 0
    flushes: int = 0


class KernelView(msgspec.Struct, frozen=True, kw_only=True):
    """One device as the kernel sees it; None stands for what this machine does not tell."""

    path: str
    model: str = ""
    serial: str = ""
    size: int | None = None
    read_only: bool | None = None
    counters: Counters | None = None


class LayerTest(msgspec.Struct, frozen=True, kw_only=True):
    """One write-block layer and what its self-test said."""

    name: str
    purpose: str = ""
    on: bool
    self_test: str
    troubles: tuple[str, ...] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """How often one device was kept from being written."""

    number: str
    node: str = ""
    count: int


class BlockState(msgspec.Struct, frozen=True, kw_only=True):
    """The state at one moment."""

    taken: str
    """The machine's clock as found, in UTC; it is never set."""
    write_block: str
    """`on`, `not complete` or `absent`."""
    said_plainly: str
    layers: tuple[LayerTest, ...] = ()
    refused_opens: tuple[Refusal, ...] = ()
    refused_commands: tuple[Refusal, ...] = ()
    refused_characters: tuple[Refusal, ...] = ()
    """Character devices that lead to a disk past the block layer, or are not known not to."""
    refused_settings: int = 0
    """Changes of a setting of a device, in /sys or of the firmware."""
    changing_requests: tuple[Refusal, ...] | None = None
    """Requests that could change a disk, since power-on, by the whole disk's number: one that is
    taken away takes no count with it. None where nobody counted."""
    security_keys: tuple[str, ...] = ()
    """HID devices that were let in since power-on; their names are theirs to choose."""
    thunderbolt: tuple[ThunderboltDevice, ...] = ()
    """Plugged in at this moment, let in or not."""
    refused_by_self_test: int = 0
    """How many of all refusals the self-tests themselves caused."""
    kernel_log: tuple[str, ...] = ()
    """The kernel's lines about writes that it refused."""
    build: str = ""
    root_hash: str = ""
    secure_boot: str = ""
    test_image: bool = False
    override: str = ""
    """Who allowed a scan with a layer off; possible on test images only."""
    devices: tuple[KernelView, ...] = ()
    limits: tuple[str, ...] = LIMITS


def attest(paths: Iterable[str] = (), *, sysfs: Path = SYSFS) -> BlockState:
    """Take the state of the write block and of the named devices, now."""
    devices = tuple(device_state(path, sysfs) for path in paths)
    report = report_of_stick()
    if report is None:
        return BlockState(
            taken=_now(),
            write_block="absent",
            said_plainly="This machine was not started from a seek stick: no write block was on.",
            devices=devices,
            thunderbolt=thunderbolt.plugged_in(),
        )
    return _from_report(report, devices)


def report_of_stick() -> dict[str, Any] | None:
    """What `seek-writeblock` says; None where it is not installed or has no answer."""
    try:
        done = subprocess.run([REPORTER, "--json"], capture_output=True, timeout=300, check=False)
        report = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return report if isinstance(report, dict) else None


def writes_between(before: BlockState, after: BlockState) -> tuple[str, ...]:
    """A sentence for each device whose write counters moved; empty is what should be."""
    earlier = {device.path: device.counters for device in before.devices}
    sentences = []
    for device in after.devices:
        was = earlier.get(device.path)
        if was is None or device.counters is None:
            sentences.append(f"{device.path}: no counters on this machine, nothing can be said.")
        elif _written(device.counters) != _written(was):
            sentences.append(
                f"{device.path}: writes went from {was.writes} to {device.counters.writes}, "
                f"sectors from {was.sectors_written} to {device.counters.sectors_written}, "
                f"discards from {was.discards} to {device.counters.discards}."
            )
    return tuple(sentences)


def posed(file: Path = POSED) -> tuple[str, ...]:
    """A sentence for each partition that was labelled as our evidence stick and is not.

    Labels and serial numbers are a suspect's to choose: they are cut off, and shown as any name is.
    """
    sentences = []
    for line in _text(file).splitlines()[:MOST_POSED]:
        try:
            said = msgspec.json.decode(line, type=dict[str, str])
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        serial = said.get("serial") or "none"
        sentences.append(
            f"{said.get('device', '?')[:80]} (serial number {serial[:80]}) was not written to: "
            f"{said.get('reason', '?')[:200]}"
        )
    return tuple(sentences)


def device_state(path: str, sysfs: Path = SYSFS) -> KernelView:
    """Read what sysfs tells about a device; a path that is no device has a name only."""
    folder = sysfs / Path(path).name
    if not (folder / "stat").exists():
        return KernelView(path=path)
    sectors = _text(folder / "size")
    flag = _text(folder / "ro")
    return KernelView(
        path=path,
        model=_text(folder / "device/model"),
        serial=_text(folder / "device/serial") or _serial_page(folder),
        size=int(sectors) * 512 if sectors.isdigit() else None,
        read_only=flag == "1" if flag else None,
        counters=_counters(_text(folder / "stat")),
    )


def _from_report(report: dict[str, Any], devices: tuple[KernelView, ...]) -> BlockState:
    layers = tuple(msgspec.convert(layer, LayerTest) for layer in report.get("layers", []))
    refused = report.get("refused", {})
    build = report.get("build", {})
    on = report.get("blocked") is True
    off = ", ".join(layer.name for layer in layers if not layer.on)
    return BlockState(
        taken=_now(),
        write_block="on" if on else "not complete",
        said_plainly=f"All {len(layers)} layers passed their self-tests."
        if on
        else f"NOT COMPLETE: {off}",
        layers=layers,
        refused_opens=_refusals(refused.get("opens", [])),
        refused_commands=_refusals(refused.get("commands", [])),
        refused_characters=_refusals(refused.get("characters", [])),
        refused_settings=int(refused.get("settings", 0)),
        changing_requests=_refusals(report["changing_requests"])
        if "changing_requests" in report
        else None,
        security_keys=tuple(str(each)[:200] for each in report.get("security_keys", [])),
        refused_by_self_test=int(refused.get("of_which_self_test", 0)),
        kernel_log=tuple(str(line) for line in report.get("kernel_log", [])),
        build=str(build.get("build", "")),
        root_hash=str(build.get("root_hash", "")),
        secure_boot=str(build.get("secure_boot", "")),
        test_image=bool(report.get("test_image")),
        override=json.dumps(report["override"]) if report.get("override") else "",
        devices=devices,
        thunderbolt=thunderbolt.plugged_in(),
    )


def _refusals(entries: list[dict[str, Any]]) -> tuple[Refusal, ...]:
    return tuple(msgspec.convert(entry, Refusal) for entry in entries)


def _counters(line: str) -> Counters | None:
    fields = [int(field) for field in line.split()]
    if len(fields) < 7:
        return None
    fields += [0] * (17 - len(fields))
    return Counters(
        reads=fields[0],
        sectors_read=fields[2],
        writes=fields[4],
        sectors_written=fields[6],
        discards=fields[11],
        flushes=fields[15],
    )


def _written(counters: Counters) -> tuple[int, int, int]:
    return counters.writes, counters.sectors_written, counters.discards


def _serial_page(folder: Path) -> str:
    try:
        return (folder / "device/vpd_pg80").read_bytes()[4:].decode("ascii", "replace").strip()
    except OSError:
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
