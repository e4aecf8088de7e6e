"""Which devices are attached (by lsblk of util-linux 2.38 or later), and what a path is.

lsblk reads sysfs and udev's database; it does not read the devices themselves.
"""

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.devices.images import format_of, parts_of
from triage.devices.opening import ROOT_HINT, explained, has_medium
from triage.errors import SourceError, why
from triage.evidence import Device, SourceKind

WHOLE = frozenset({"disk", "rom", "loop"})
"""lsblk's types of devices that stand for themselves; `part`, `crypt`, `lvm` … lie inside."""
SKIPPED = ("zram", "ram", "dm-", "md", "nbd", "fd")
RUN = Path("/run/seek")
"""Where the live image writes which devices are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A device, and what this machine does with it."""

    device: Device
    used_for: tuple[str, ...]
    """`mounted at /`, `swap` …; empty if nothing uses it."""


def list_devices(*, include_loops: bool = False, run: Path = RUN) -> list[Device]:
    """Every attached device with a medium, ids `d0`, `d1` … Raises SourceError without lsblk."""
    return [attached.device for attached in list_attached(include_loops=include_loops, run=run)]


def list_attached(*, include_loops: bool = False, run: Path = RUN) -> list[Attached]:
    """The same, each with what this machine uses it for."""
    stick, evidence = marked(run / "stick.json"), marked(run / "evidence.json")
    found: list[Attached] = []
    for row in _lsblk():
        if not _is_device(row, include_loops=include_loops):
            continue
        nodes = {node for inner in _inside(row) for node in _nodes(inner)}
        device = _device(row, f"d{len(found)}", is_stick=bool(nodes & stick),
                         is_evidence_stick=bool(nodes & evidence))  # fmt: skip
        found.append(Attached(device=device, used_for=tuple(_uses(row))))
    return found


def marked(file: Path) -> frozenset[str]:
    """The nodes that a file of the live image names; none on an ordinary machine.

    A file that is there but not understood is an error: the stick must never be taken for a
    suspect's device, nor a suspect's for the stick.
    """
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        nodes = [str(Path(node).resolve()) for node in said["devices"]]
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SourceError(
            f"{file} is not understood: {why(error)}.", hint="Start the stick anew."
        ) from error
    return frozenset(nodes)


def identify(path: str | Path, device_id: str) -> Device:
    """What `path` is: a block device, an image file or a folder. Raises SourceError."""
    try:
        real = Path(path).resolve(strict=True)
        mode = real.stat().st_mode
    except OSError as error:
        raise explained(path, error) from error
    except RuntimeError as error:
        raise SourceError(f"{path} is a loop of symbolic links.", hint="Name the file.") from error
    if stat.S_ISBLK(mode):
        return _block(real, device_id)
    if stat.S_ISDIR(mode):
        return _folder(real, device_id)
    if stat.S_ISREG(mode):
        return _image(real, device_id)
    raise SourceError(
        f"{path} is neither a block device, an image file nor a folder.",
        hint="`seek devices` lists what is attached.",
    )


def _block(path: Path, device_id: str) -> Device:
    """A whole device or a partition of one, which is then taken as a device by itself."""
    if not os.access(path, os.R_OK):
        raise SourceError(f"{path} cannot be read.", hint=ROOT_HINT)
    row = next(iter(_lsblk(str(path))), None)
    if row is None or not _int(row.get("size")):
        raise SourceError(f"{path} holds no medium.", hint="Put the medium in, or name another.")
    parent = row.get("pkname")
    above = next(iter(_lsblk(f"/dev/{parent}")), {}) if parent else {}
    for key in ("model", "serial", "wwn", "tran", "rota", "rm"):
        if row.get(key) is None:
            row[key] = above.get(key)
    nodes = {node for inner in _inside(row) for node in _nodes(inner)}
    return _device(row, device_id, is_stick=bool(nodes & marked(RUN / "stick.json")),
                   is_evidence_stick=bool(nodes & marked(RUN / "evidence.json")))  # fmt: skip


def _folder(path: Path, device_id: str) -> Device:
    if not os.access(path, os.R_OK | os.X_OK):
        raise SourceError(f"{path} cannot be read.", hint=ROOT_HINT)
    return Device(id=device_id, kind=SourceKind.DIRECTORY, path=str(path), size=0)


def _image(path: Path, device_id: str) -> Device:
    try:
        other = format_of(path)
        parts = parts_of(path)
        size = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise explained(path, error) from error
    if other:
        name, command = other
        raise SourceError(
            f"{path.name} is an image in the format {name}, which is not read yet.",
            hint=f"Make it raw first: {command}.",
        )
    if size == 0:
        raise SourceError(f"{path} is empty.", hint="Was it copied to the end?")
    return Device(
        id=device_id,
        kind=SourceKind.IMAGE,
        path=str(parts[0]),
        size=size,
        parts=tuple(map(str, parts)) if len(parts) > 1 else (),
    )


def _lsblk(*paths: str) -> list[dict[str, Any]]:
    """lsblk's tree. Raises SourceError if it is not there or says nothing that is understood."""
    command = ["lsblk", "--json", "-b", "-O", *paths]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        rows = json.loads(done.stdout)["blockdevices"]
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip().rstrip(".")
        if paths or not error.stdout.strip():
            return []
        raise SourceError(f"lsblk failed: {words}.", hint="Name the device itself.") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        raise SourceError(
            f"The attached devices cannot be listed: {_why(error)}.",
            hint="Install util-linux (lsblk), or name the device or image.",
        ) from error
    return [row for row in rows if isinstance(row, dict)]


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return "lsblk does not answer"
    return f"lsblk: {why(error)}" if isinstance(error, OSError) else "lsblk is not understood"


def _is_device(row: dict[str, Any], *, include_loops: bool) -> bool:
    name, kind = str(row.get("kname", "")), row.get("type")
    if kind not in WHOLE or name.startswith(SKIPPED) or not _int(row.get("size")):
        return False
    if kind == "loop":
        return include_loops
    return kind != "rom" or has_medium(str(row.get("path")))


def _inside(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The device and all that lies in it: partitions, what is unlocked or assembled from them."""
    yield row
    for child in row.get("children") or ():
        yield from _inside(child)


def _nodes(row: dict[str, Any]) -> set[str]:
    return {str(row["path"]), f"/dev/{row['kname']}"} if row.get("path") else set()


def _uses(row: dict[str, Any]) -> Iterator[str]:
    for inner in _inside(row):
        places = inner.get("mountpoints") or [inner.get("mountpoint")]
        for place in places:
            if place == "[SWAP]":
                yield "swap"
            elif place:
                yield f"mounted at {place}"


def _device(
    row: dict[str, Any], device_id: str, *, is_stick: bool, is_evidence_stick: bool
) -> Device:
    sector = _int(row.get("log-sec")) or 512
    return Device(
        id=device_id,
        kind=SourceKind.DEVICE,
        path=str(row["path"]),
        size=_int(row.get("size")),
        sector_size=sector,
        physical_sector_size=_int(row.get("phy-sec")) or sector,
        model=_text(row.get("model")),
        serial=_text(row.get("serial")),
        wwn=_text(row.get("wwn")),
        transport=_text(row.get("tran")),
        rotational=_flag(row.get("rota")),
        removable=_flag(row.get("rm")),
        read_only=_flag(row.get("ro")),
        is_stick=is_stick,
        is_evidence_stick=is_evidence_stick,
    )


def _int(value: Any) -> int:
    """A number, which some versions of lsblk write as a string."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _flag(value: Any) -> bool | None:
    """true, "1" or 1; None where lsblk does not know."""
    return None if value is None else value in (True, 1, "1", "true")


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value else ""
