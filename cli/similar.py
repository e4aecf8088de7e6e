"""`seek similar`: is this picture in a bundle too?"""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer

from cli import console
from triage.alike import STRONG
from triage.bundle.format import entries, layout
from triage.bundle.format import shown as words
from triage.bundle.format.entries import EntryLine
from triage.errors import BundleError, UsageError, why
from triage.workshop.similar import Near
from triage.workshop.similar import similar as nearest

_LONGEST_LINE = 1 << 24


def similar(
    picture: Path = typer.Argument(help="A picture: JPEG, PNG, WebP, HEIC …"),
    bundle: Path = typer.Argument(help="The folder of a bundle; it is not verified by this."),
    distance: int = typer.Option(31, min=0, max=31, help="Bits of 256 that may differ."),
    as_json: bool = typer.Option(False, "--json", help="A line each, for programs."),
) -> None:
    """List a bundle's pictures that look like this one, the nearest first."""
    lines = [line for line in _lines(bundle) if "pdq" in line.result.digests]
    if not lines:
        raise UsageError(
            "The bundle has no perceptual hashes to compare with.",
            hint="Scan with a profile that has `use: perceptual`.",
        )
    values = [bytes.fromhex(line.result.digests["pdq"]) for line in lines]
    found = nearest(picture, values, distance)
    for near in found:
        _tell(near, lines[near.place], as_json=as_json)
    if not as_json:
        among = words.count(len(lines), "picture")
        console.out.print(f"{words.count(len(found), 'picture')} of {among} in the bundle.")


def _lines(bundle: Path) -> Iterator[EntryLine]:
    try:
        with (bundle / layout.ENTRIES).open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
                yield _line(line, number)
    except OSError as error:
        raise BundleError(
            f"The bundle {bundle} cannot be read: {why(error)}.",
            hint="Give the folder that holds entries.jsonl.",
        ) from error


def _line(line: bytes, number: int) -> EntryLine:
    try:
        read = entries.decoder(entries.version_of(line))(line)
        if len(bytes.fromhex(read.result.digests.get("pdq", "0" * 64))) != 32:
            raise ValueError("its pdq is not 32 bytes long")
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BundleError(
            f"Line {number} of {layout.ENTRIES} is no entry: {why(error)}.",
            hint="`seek verify` says whether the bundle was changed.",
        ) from error
    return read


def _tell(near: Near, line: EntryLine, *, as_json: bool) -> None:
    entry, digests = line.entry, line.result.digests
    number = line.found.number if line.found else None
    if as_json:
        told = {
            "distance": near.distance,
            "manner": near.manner,
            "entry": entry.id,
            "finding": number,
            "volume": entry.volume_id,
            "path": entry.shown_path,
            "sha256": digests.get("sha256"),
            "pdq": digests["pdq"],
        }
        console.program(json.dumps(told).encode("ascii"))
        return
    strength = "[bold]strong[/]  " if near.distance <= STRONG else "possible"
    finding = f"finding {number}" if number else "no finding"
    manner = f" ({console.untrusted(near.manner)})" if near.manner else ""
    console.out.print(
        f"{near.distance:>3} bits  {strength}  {finding:<12}  "
        f"{entry.volume_id} {console.untrusted(entry.shown_path)}{manner}"
    )
