"""`seek devices`: what is attached, what is on it, and what can and cannot be read."""

import msgspec
import typer
from rich.table import Table

from cli import completing, console
from triage.bundle.format import schema
from triage.bundle.format import shown as words
from triage.coordinator.listing import volumes_of_all
from triage.devices.attached import list_devices
from triage.evidence import Device, SourceKind, Volume, VolumeState
from triage.processor import Processor, this_processor
from triage.scan.given import given

AS_IMAGE = "Take a file for a disk whatever it holds: a picture or an archive is refused otherwise."
"""What the option says, wherever sources are given."""

_STATES = {
    VolumeState.READABLE: "[green]readable[/]",
    VolumeState.ENCRYPTED: "[bold red]ENCRYPTED[/]",
    VolumeState.UNSUPPORTED: "[yellow]not readable here[/]",
    VolumeState.EMPTY: "[dim]empty[/]",
    VolumeState.UNRECOGNISED: "[yellow]not recognised[/]",
    VolumeState.DAMAGED: "[red]damaged[/]",
    VolumeState.UNCLAIMED: "[dim]in no volume[/]",
    VolumeState.CONTAINER: "[dim]holds volumes[/]",
    VolumeState.NO_FILES: "[dim]no files[/]",
}
_IN_PART = "[yellow]readable in part[/]"


def devices(
    source: list[str] = typer.Argument(
        None,
        help="Block devices, image files or folders; none: all that is attached.",
        autocompletion=completing.devices,
    ),
    as_image: bool = typer.Option(False, "--as-image", help=AS_IMAGE),
    as_json: bool = typer.Option(False, "--json", help="A JSON document, for programs."),
) -> None:
    """List devices and their volumes. Reads only the tables, writes nothing."""
    found = given(source, as_image=as_image) if source else list_devices()
    listed = list(zip(found, volumes_of_all(found), strict=True))
    if as_json:
        document = [
            {
                "device": device,
                "volumes": answer.volumes,
                "trouble": answer.trouble,
                "hint": answer.hint,
                "code": answer.code,
            }
            for device, answer in listed
        ]
        console.document(msgspec.json.format(schema.encode_escaped(document)))
        return
    if (processor := this_processor()).old:
        console.out.print(_old(processor))
    if not listed:
        console.out.print("No devices are attached.")
    for device, answer in listed:
        console.out.print(_heading(device))
        console.out.print(_facts(device))
        if answer.trouble:
            console.out.print(f"  [red]{console.untrusted(answer.trouble)}[/]")
            if answer.hint:
                console.out.print(f"  What to do: {answer.hint}")
        else:
            console.out.print(_volumes(answer.volumes))
        console.out.print()


def _old(processor: Processor) -> str:
    return (
        f"[yellow]Old processor[/] ({console.untrusted(processor.name)}): all is searched on it, "
        "but scoring pictures takes much longer.\n"
    )


def _heading(device: Device) -> str:
    name = " ".join(part for part in (device.model, device.serial and f"({device.serial})") if part)
    marks = []
    if device.is_stick:
        marks.append("[bold cyan]the stick[/]")
    if device.is_evidence_stick:
        marks.append("[bold cyan]the evidence stick[/]")
    shown = f"[bold]{console.untrusted(device.path)}[/]  {words.size(device.size)}"
    if device.kind is SourceKind.DIRECTORY:
        shown = f"[bold]{console.untrusted(device.path)}[/]"
    return "  ".join([shown, console.untrusted(name), *marks]).rstrip()


def _facts(device: Device) -> str:
    if device.kind is not SourceKind.DEVICE:
        return f"  {'an image file' if device.kind is SourceKind.IMAGE else 'a folder'}"
    facts = [device.transport or "transport unknown", f"sectors of {device.sector_size} bytes"]
    if device.rotational is not None:
        facts.append("rotating" if device.rotational else "solid state")
    if device.removable:
        facts.append("removable")
    if device.read_only is not None:
        facts.append("read-only" if device.read_only else "[yellow]writable[/]")
    return "  " + ", ".join(facts)


def _is_in_part(volume: Volume) -> bool:
    is_read = volume.state in (VolumeState.READABLE, VolumeState.CONTAINER)
    return is_read and bool(volume.unread)


def _volumes(volumes: tuple[Volume, ...]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("  volume")
    table.add_column("size", justify="right")
    for name in ("file system", "label", "state", ""):
        table.add_column(name, overflow="fold")
    for volume in volumes:
        is_gap = volume.state is VolumeState.UNCLAIMED and not volume.unread
        table.add_row(
            f"  {volume.id}",
            words.size(volume.size) if volume.size else "",
            console.untrusted(volume.file_system or volume.description),
            console.untrusted(volume.label),
            _IN_PART if _is_in_part(volume) else _STATES[volume.state],
            console.untrusted("" if is_gap else volume.told),
        )
    return table
