"""`seek stick`: the technician's verbs for sticks."""

import subprocess
import sys
from pathlib import Path

import typer

from cli import completing, console
from triage.attestation import report_of_stick
from triage.bundle.format import shown as words
from triage.coordinator.listing import volumes_of
from triage.devices.attached import Attached, identify, list_attached
from triage.errors import EvidenceStickError, UsageError, there_already
from triage.evidence import Device, SourceKind, Volume, VolumeState

app = typer.Typer(help="Evidence sticks: made and enrolled by the technician, never on scene.")
EVIDENCE_LABEL = "SEEK-EVID"
HARMLESS = frozenset({VolumeState.EMPTY, VolumeState.UNCLAIMED, VolumeState.CONTAINER})
_PLACES = Path(__file__).parent, Path(__file__).parents[1] / "image-build/stick"
"""Of the programs that write and check sticks: in an installed seek, and in a checkout."""
_COLOURS = {"ok": "green", "look": "yellow", "WRONG": "bold red"}
"""Of what `check_stick.py` says of each check."""
_ALTERED = 3
"""Its exit code where something is wrong."""


@app.command()
def prepare(
    device: Path = typer.Argument(
        ...,
        help="The USB stick, /dev/sdX; everything on it is lost.",
        autocompletion=completing.devices,
    ),
    boot: Path = typer.Option(..., "--boot", help="The boot stick that is to know it, /dev/sdY."),
    key: Path = typer.Option(
        ..., "--key", help="The boot stick's private key, kept by `make stick` with --keep-key."
    ),
    overwrite: bool = typer.Option(
        False, "--overwrite", help="Also a stick that holds something; it is shown first."
    ),
    file: bool = typer.Option(False, "--file", help="DEVICE is a new file, to try it out."),
) -> None:
    """Make a further evidence stick: partition it, write its identity, sign that for the boot one.

    Refuses what this machine uses, what is not on USB, what holds somebody's data, and to run on
    the live stick, where every device is evidence. Asks twice before it writes.
    """
    program = _program("make_stick.py")
    if report_of_stick() is not None:
        raise UsageError(
            "This is the live stick: every device that is attached here is evidence.",
            hint="Make evidence sticks beforehand, on the technician's computer.",
        )
    if file:
        place = ["--file", str(_new(device)), "--size", "200"]
    else:
        _refuse_unless_spare(device, overwrite=overwrite)
        place = [str(device.resolve())]
    command = [sys.executable, str(program), "--boot", str(boot), "--enrol-with", str(key), *place]
    if subprocess.run(command, check=False).returncode:
        raise EvidenceStickError(
            f"{device} was not prepared; the lines above say why.",
            hint="A stick that was begun is not enrolled: nothing will be written to it on scene.",
        )
    console.out.print("It is enrolled: the boot stick will open this stick, and no other copy.")


@app.command()
def check(
    device: Path = typer.Argument(
        ...,
        help="The boot stick, /dev/sdX, or a copy of it in a file; nothing is written to it.",
        autocompletion=completing.devices,
    ),
    image: Path = typer.Option(
        ..., "--image", help="The image that your lab published, seek-live-VERSION.iso."
    ),
    key: str = typer.Option(
        "", "--key", help="Fingerprint of the key that enrolled it, from your list: SHA256:…"
    ),
) -> None:
    """Whether a stick still is what your lab published: every byte of it, and whom it trusts.

    Check the image's own digest and signature first (docs/releasing.md). A stick that came back
    from where you do not know is better made anew.
    """
    command = [sys.executable, str(_program("check_stick.py")), str(device), "--image", str(image)]
    command += ["--key", key] if key else []
    console.err.print("Reading it: some minutes of a slow stick.", style="dim")
    checked = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    for line in checked.stdout.splitlines():
        how, _, text = line.partition("  ")
        colour = _COLOURS[how.strip()]
        console.out.print(f"[{colour}]{how:<5}[/]  {console.untrusted(text.strip())}")
    if checked.returncode not in (0, _ALTERED):
        raise EvidenceStickError(
            f"{device} was not checked; the lines above say why.",
            hint="Name the whole stick, /dev/sdX, and the image; reading a device takes root.",
        )
    if checked.returncode:
        raise EvidenceStickError(
            f"{device} is not what was published; the lines above say why.",
            hint="Do not use it on scene. Keep it as it is if you do not know why; make another.",
        )
    console.out.print("It is what was published. Hold the yellow lines against your lab's list.")


def _refuse_unless_spare(path: Path, *, overwrite: bool) -> None:
    """Raises UsageError unless nothing and nobody needs what is on that device."""
    device = identify(path, "d0")
    if device.kind is not SourceKind.DEVICE:
        raise UsageError(
            f"{path} is not a device.", hint="Name a whole USB stick, /dev/sdX, or say --file."
        )
    attached = _attached(device)
    if attached is None:
        raise UsageError(
            f"{path} is not a whole device.", hint="Name the stick itself: `seek devices` lists it."
        )
    if attached.used_for:
        raise UsageError(
            f"{path} is in use by this computer: {', '.join(attached.used_for)}.",
            hint="If it is the stick, unmount it first; if it is the computer's own disk, do not.",
        )
    if device.is_stick:
        raise UsageError(f"{path} is the boot stick.", hint="Name the other one.")
    held = [volume for volume in volumes_of(device).volumes if _holds_something(volume)]
    if held and not overwrite:
        raise UsageError(
            f"{path} holds something: {'; '.join(map(_told, held))}.",
            hint="Is it a suspect's? If it is yours and may be wiped: --overwrite.",
        )
    for volume in held:
        console.err.print(f"[bold yellow]Will be lost:[/] {console.untrusted(_told(volume))}")


def _attached(device: Device) -> Attached | None:
    listed = list_attached(include_loops=True)
    return next((each for each in listed if each.device.path == device.path), None)


def _holds_something(volume: Volume) -> bool:
    harmless = volume.state in HARMLESS and not volume.unread
    return not harmless and volume.label != EVIDENCE_LABEL


def _told(volume: Volume) -> str:
    what = volume.file_system or volume.description or str(volume.state)
    return f"{what} {volume.label} ({words.size(volume.size)})".replace("  ", " ")


def _new(path: Path) -> Path:
    if path.exists():
        raise there_already(path)
    return path


def _program(name: str) -> Path:
    found = next((place / name for place in _PLACES if (place / name).exists()), None)
    if found is None:
        raise UsageError(
            f"The program {name} is not installed here.",
            hint="Run it from a checkout of seek, where `make stick` works.",
        )
    return found
