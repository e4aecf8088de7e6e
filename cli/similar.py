"""`seek similar`: is this picture in a bundle too?"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import typer

from cli import console
from triage.alike import STRONG
from triage.bundle.checking.entry_lines import lines_of
from triage.bundle.format import layout
from triage.bundle.format import shown as words
from triage.bundle.format.entries import EntryLine
from triage.errors import BundleError, UsageError
from triage.workshop.similar import Near
from triage.workshop.similar import similar as nearest


def similar(
    picture: Path = typer.Argument(help="A picture: JPEG, PNG, WebP, HEIC …"),
    bundle: Path = typer.Argument(help="The folder of a bundle; it is not verified by this."),
    distance: int = typer.Option(31, min=0, max=31, help="Bits of 256 that may differ."),
    as_json: bool = typer.Option(False, "--json", help="A line each, for programs."),
) -> None:
    """List a bundle's pictures that look like this one, the nearest first."""
    lines = list(_hashed(bundle))
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


def _hashed(bundle: Path) -> Iterator[EntryLine]:
    for line in lines_of(bundle):
        value = line.result.digests.get("pdq")
        if value is None:
            continue
        if re.fullmatch("[0-9a-f]{64}", value) is None:
            raise BundleError(
                f"Entry {line.entry.id} of {layout.ENTRIES} has no PDQ that is one.",
                hint="`seek verify` says whether the bundle was changed.",
            )
        yield line


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
