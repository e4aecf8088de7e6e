"""`seek scan`: the main command."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import msgspec
import typer

from cli import console
from cli.devices import AS_IMAGE
from cli.plain import JsonLines, PlainLines
from cli.verdict import show_verdict
from triage import profile as profiles
from triage.bundle import shown as words
from triage.case import Case
from triage.errors import HashSetError, UsageError
from triage.evidence import Device
from triage.profile import HashSetDetector, Profile
from triage.scan import Earlier, Search
from triage.scan import scan as run_scan
from triage.scan.destination import evidence_stick
from triage.scan.events import Event, Sealed
from triage.scan.given import given
from triage.scan.search import refuse_sealed
from triage.sources.devices import list_devices

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet


class Interrupt:
    """Ctrl-C and a polite kill, turned into a wish that the scan looks at between two entries."""

    def __init__(self) -> None:
        self.wished = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._wish)

    def _wish(self, _number: int, _frame: FrameType | None) -> None:
        if not self.wished:
            console.err.print("\nStopping: what was found is being closed and signed …")
        self.wished = True


def scan(
    source: list[str] = typer.Argument(
        None,
        help="Block devices, image files or folders. None: every device that is attached, "
        "but for the stick and the evidence stick.",
    ),
    profile: str = typer.Option(
        "quick", "--profile", "-p", help="quick, standard, thorough, or the path of a YAML file."
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="Folder for the bundle. Default: the evidence stick."
    ),
    hash_set: list[Path] = typer.Option(
        [], "--hash-set", help="A hash set, in any format. May be given several times."
    ),
    hash_sets_in: list[Path] = typer.Option(
        [],
        "--hash-sets-in",
        help="A folder of hash sets: all that can be used are, what cannot is left out and said. "
        "May be repeated.",
    ),
    category: list[str] = typer.Option(
        [],
        "--category",
        help="Only this category of notable sets counts ('1' and 'CAT 1' are the same), and what "
        "has none. May be repeated.",
    ),
    uncategorised: bool | None = typer.Option(
        None,
        "--uncategorised/--no-uncategorised",
        help="Whether entries without a category count, too. Default: the profile's; they do.",
    ),
    case: str = typer.Option("", "--case", help="Case number."),
    examiner: str = typer.Option("", "--examiner", help="Who runs this scan."),
    exhibit: str = typer.Option("", "--exhibit", help="The seized item and its number."),
    key: Path | None = typer.Option(
        None, "--key", help="OpenSSH key that signs. Default: one made for this scan alone."
    ),
    time_limit: str = typer.Option(
        "", "--time-limit", help="For example '30 min'. Default: the profile's."
    ),
    workers: int = typer.Option(
        0, "--workers", min=0, max=256, help="Processes that look at content. Default: one a core."
    ),
    clock: str = typer.Option(
        "", "--clock", help="What your watch says of this machine's clock, e.g. '3 min slow'."
    ),
    as_image: bool = typer.Option(False, "--as-image", help=AS_IMAGE),
    yes: bool = typer.Option(
        False, "--yes", help="Do not ask before scanning all that is attached."
    ),
    as_json: bool = typer.Option(False, "--json", help="Events, a line each, for programs."),
) -> int:
    """Look for notable content and leave a signed bundle of findings. Writes to --out alone."""
    devices = _chosen(source, yes=yes or as_json, as_image=as_image)
    loaded = profiles.load(profile)
    search = Search(
        devices=devices,
        profile=_applied(loaded, time_limit, tuple(category), uncategorised),
        profile_file=profile,
        out=out or evidence_stick(),
        hash_sets=tuple(hash_set),
        hash_sets_in=tuple(hash_sets_in),
        case=Case(case_number=case, examiner=examiner, exhibit=exhibit),
        key=key,
        time_limit=_seconds(time_limit) or _seconds(loaded.limits.time),
        unlock=unlocking(key, as_json=as_json),
        workers=workers,
        clock=clock,
    )
    sealed = carry_out(search, as_json=as_json)
    return exit_code(sealed)


def carry_out(search: Search, *, as_json: bool, earlier: Earlier | None = None) -> Sealed:
    """Scan, or go on with a scan, and show what happens as whoever looks can take it in."""
    interrupt = Interrupt()

    def scan_telling(tell: Callable[[Event], None]) -> Sealed:
        return run_scan(search, tell=tell, wants_stop=lambda: interrupt.wished, earlier=earlier)

    if as_json:
        return scan_telling(JsonLines())
    if not console.out.is_terminal:
        sealed = scan_telling(PlainLines())
    else:
        from cli.live import LiveView  # noqa: PLC0415 - not where nobody looks

        with LiveView(search) as view:
            sealed = scan_telling(view)
    show_verdict(sealed)
    return sealed


def unlocking(key: Path | None, *, as_json: bool = False) -> Callable[["HashSet"], bytes]:
    """A sealed set is opened by the key kept of it, by the examiner's, or by its passphrase."""

    def unlock(hash_set: "HashSet") -> bytes:
        from triage.hashsets.unlocked import keep, unlock_kept  # noqa: PLC0415 - numpy

        kept = unlock_kept(hash_set)
        if kept:
            return kept
        opened = ask(hash_set)
        keep(hash_set, opened)
        return opened

    def ask(hash_set: "HashSet") -> bytes:
        if key is not None:
            try:
                return hash_set.unlock_with_key(key)
            except HashSetError:
                console.err.print("The key does not open the sealed set; its passphrase may.")
        if as_json:
            return _ask_program(hash_set)
        if not sys.stdin.isatty():
            return refuse_sealed(hash_set)
        passphrase: str = typer.prompt(f"Passphrase of {hash_set.file_name}", hide_input=True)
        return hash_set.unlock(passphrase)

    return unlock


def _ask_program(hash_set: "HashSet") -> bytes:
    """Whoever reads the events is asked by one, and answers on standard input with a line."""
    asked = {"event": "passphrase", "hash_set": Path(hash_set.file_name).name}
    sys.stdout.buffer.write(msgspec.json.encode(asked) + b"\n")
    sys.stdout.buffer.flush()
    answer = sys.stdin.readline().rstrip("\n")
    return hash_set.unlock(answer) if answer else refuse_sealed(hash_set)


def _chosen(source: list[str] | None, *, yes: bool, as_image: bool) -> tuple[Device, ...]:
    if source:
        return given(source, as_image=as_image)
    found = [d for d in list_devices() if not (d.is_stick or d.is_evidence_stick)]
    if not found:
        raise UsageError(
            "No device is attached that could be scanned.",
            hint="`seek devices` shows what is there. Name an image file or a folder to scan that.",
        )
    numbered = (msgspec.structs.replace(d, id=f"d{n}") for n, d in enumerate(found))
    chosen = tuple(numbered)
    if not yes:
        _confirm(chosen)
    return chosen


def _confirm(devices: tuple[Device, ...]) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            "Nobody is at a terminal to confirm a scan of all devices.",
            hint="Name the devices, or add --yes.",
        )
    console.out.print("These devices will be read. Nothing is written to them:")
    for device in devices:
        model = console.untrusted(f"{device.model} {device.serial}".strip())
        console.out.print(f"  [bold]{device.path}[/]  {words.size(device.size)}  {model}")
    typer.confirm("Scan them?", default=True, abort=True)


def _applied(
    profile: Profile, time_limit: str, categories: tuple[str, ...], uncategorised: bool | None
) -> Profile:
    """The profile with what the command line says in its place."""
    if time_limit:
        limits = msgspec.structs.replace(profile.limits, time=time_limit)
        profile = msgspec.structs.replace(profile, limits=limits)

    def with_what_counts(each: HashSetDetector) -> HashSetDetector:
        others = each.uncategorised if uncategorised is None else uncategorised
        return msgspec.structs.replace(
            each, categories=categories or each.categories, uncategorised=others
        )

    detectors = tuple(
        with_what_counts(each) if isinstance(each, HashSetDetector) else each
        for each in profile.detectors
    )
    return msgspec.structs.replace(profile, detectors=detectors)


def _seconds(text: str) -> float:
    if not text:
        return 0.0
    try:
        return profiles.parse_duration(text)
    except ValueError as error:
        raise UsageError(
            f"--time-limit: {error}", hint="For example --time-limit '30 min'."
        ) from error


def exit_code(sealed: Sealed) -> int:
    """What the shell is told of it."""
    return sealed.ending.how.exit_code
