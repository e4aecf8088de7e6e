"""`seek resume`: go on with a scan that was cut off."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import typer

from cli.scan import carry_out, exit_code, for_program, unlocking
from cli.unlocking import UNLOCK, UNLOCK_ASK, UNLOCK_FOUND, secrets_of
from triage.errors import BundleError, UsageError
from triage.scan import Earlier, Search
from triage.scan.destination import set_signers
from triage.scan.terms import Terms, find_again


def resume(
    bundle: Path = typer.Argument(..., help="Folder of the bundle that was not finished."),
    source: list[str] = typer.Option(
        [], "--source", help="Where an image or folder lies now, if not where it did; in order."
    ),
    hash_set: list[Path] = typer.Option(
        [], "--hash-set", help="Where the hash sets lie now, if not where they did; all of them."
    ),
    hash_sets_in: list[Path] = typer.Option(
        [], "--hash-sets-in", help="Folders in which they lie now; with --hash-set: all of them."
    ),
    passwords: Path | None = typer.Option(
        None,
        "--passwords",
        help="A file with passwords for encrypted archives, if another. Those typed at the stick's "
        "guide are kept nowhere.",
    ),
    key: Path | None = typer.Option(None, "--key", help="OpenSSH key that signs, if another."),
    signers: Path | None = typer.Option(
        None, "--signers", help="Go on only with what a signer on this list signed."
    ),
    scan_key: list[str] = typer.Option(
        [],
        "--scan-key",
        help="Fingerprint that was shown when an earlier run began (SHA256:…): it proves that run. "
        "May be repeated.",
    ),
    unlock: list[Path] = UNLOCK,
    unlock_ask: bool = UNLOCK_ASK,
    unlock_found: bool = UNLOCK_FOUND,
    as_json: bool = typer.Option(False, "--json", help="Events, a line each, for programs."),
) -> int:
    """Go on after a crash, a power cut or Ctrl-C: what is done stays, nothing is done twice.

    The devices must be the very same. A bundle that was sealed is not changed: a new one is made
    beside it that carries its outcomes over.
    """
    earlier = Earlier(bundle, signers=signers, scan_keys=scan_key)
    sets = Places(files=tuple(hash_set), folders=tuple(hash_sets_in))
    program = for_program(as_json=as_json)
    again = search_again(earlier, source=source, sets=sets, key=key)
    search = replace(
        again,
        passwords=passwords or again.passwords,
        secrets=secrets_of(unlock, ask=unlock_ask, gather=unlock_found, program=program),
    )
    return exit_code(carry_out(search, program, earlier=earlier))


class Places(NamedTuple):
    """Where hash sets lie now; none said: where they did."""

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()


def search_again(
    earlier: Earlier,
    *,
    source: Sequence[str] = (),
    sets: Places = Places(),
    key: Path | None = None,
) -> Search:
    """What an earlier run was asked to do. `source`: where its devices lie now, in their order.

    Raises UsageError, SourceError, BundleError where that is not the same any more.
    """
    terms = earlier.terms
    if source and len(source) != len(terms.devices):
        raise UsageError(
            f"The scan was of {len(terms.devices)} devices, and --source names {len(source)}.",
            hint="Name all of them in their order, or none.",
        )
    places = source or [""] * len(terms.devices)
    devices = tuple(
        find_again(device, terms.ends.get(device.id, ""), place)
        for device, place in zip(terms.devices, places, strict=True)
    )
    if not any(sets):
        sets = Places(*(tuple(map(Path, each)) for each in (terms.hash_sets, terms.hash_sets_in)))
    chosen = key or _key(terms)
    return Search(
        devices=devices,
        profile=terms.profile,
        profile_file=terms.profile_file,
        out=earlier.bundle.resolve().parent,
        hash_sets=sets.files,
        hash_sets_in=sets.folders,
        set_signers=Path(terms.set_signers) if terms.set_signers else set_signers(),
        passwords=Path(terms.passwords) if terms.passwords else None,
        case=terms.case,
        key=chosen,
        time_limit=terms.time_limit,
        unlock=unlocking(chosen),
        workers=terms.workers,
        clock=terms.clock,
        language=terms.language,
    )


def _key(terms: Terms) -> Path | None:
    if terms.key and not Path(terms.key).exists():
        raise BundleError(
            f"The key {terms.key} that was to sign is not there.",
            hint="Say which one signs: --key FILE.",
        )
    return Path(terms.key) if terms.key else None
