"""`seek scan`: the main command."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from cli import completing, console
from cli.devices import AS_IMAGE
from cli.interrupt import Interrupt
from cli.plain import JsonLines, PlainLines, Program
from cli.unlocking import UNLOCK, UNLOCK_ASK, UNLOCK_FOUND, secrets_of
from cli.verdict import show_verdict
from triage import profile as profiles
from triage.bundle.envelope import recipients
from triage.bundle.envelope.recipients import Recipient
from triage.bundle.format import shown as words
from triage.case import Case
from triage.choices import HashSetUse
from triage.devices.attached import list_devices
from triage.errors import HashSetError, UsageError, why
from triage.evidence import Device
from triage.languages import Language
from triage.profile import Profile
from triage.scan import Earlier, Search
from triage.scan import scan as run_scan
from triage.scan.destination import evidence_stick, lab_keys, set_signers
from triage.scan.events import Event, Sealed
from triage.scan.given import given
from triage.scan.passwords import passwords_in
from triage.scan.search import refuse_sealed

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet


READER_SECONDS = 3.0
"""A reader who takes nothing for so long, a pager or a stopped terminal, misses what comes then."""
LAST_WORDS_SECONDS = 60.0


def scan(
    source: list[str] = typer.Argument(
        None,
        help="Block devices, image files or folders. None: every device that is attached, "
        "but for the stick and the evidence stick.",
        autocompletion=completing.devices,
    ),
    profile: str = typer.Option(
        "quick",
        "--profile",
        "-p",
        help="quick, standard, thorough, or the path of a YAML file.",
        autocompletion=completing.profiles,
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
    signers: Path | None = typer.Option(
        None,
        "--set-signers",
        help="Who may sign hash sets, an OpenSSH allowed_signers file. Default: the boot stick's.",
    ),
    passwords: Path | None = typer.Option(
        None,
        "--passwords",
        help="Tried where a zip, 7z, RAR or PDF is encrypted: a file, a password a line. None of "
        "them is in the bundle, but the number of the line that opened something.",
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
    unlock: list[Path] = UNLOCK,
    unlock_ask: bool = UNLOCK_ASK,
    unlock_found: bool = UNLOCK_FOUND,
    to: list[str] = typer.Option(
        [],
        "--to",
        help="Only this key of the lab can open the bundle: age1…, 'ssh-ed25519 AAAA…', or a file "
        "of such lines. May be repeated. Default: the boot stick's list.",
    ),
    lies_open: bool = typer.Option(
        False, "--open", help="Whoever has the bundle can read it, whatever the stick's list says."
    ),
    workers: int = typer.Option(
        0, "--workers", min=0, max=256, help="Processes that look at content. Default: one a core."
    ),
    clock: str = typer.Option(
        "", "--clock", help="What your watch says of this machine's clock, e.g. '3 min slow'."
    ),
    language: Language = typer.Option(
        Language.ENGLISH, "--language", help="Of the report and of what the screen says."
    ),
    as_image: bool = typer.Option(False, "--as-image", help=AS_IMAGE),
    yes: bool = typer.Option(
        False, "--yes", help="Do not ask before scanning all that is attached."
    ),
    as_json: bool = typer.Option(False, "--json", help="Events, a line each, for programs."),
    progress: Path | None = typer.Option(
        None, "--progress", help="Keep in this file how far it is: for a program that may be gone."
    ),
) -> int:
    """Look for notable content and leave a signed bundle of findings. Writes to --out alone."""
    passwords_in(passwords)
    program = for_program(progress, as_json=as_json)
    devices = _chosen(source, yes=yes or program is not None, as_image=as_image)
    loaded = profiles.load(profile)
    search = Search(
        devices=devices,
        profile=_applied(loaded, time_limit, tuple(category), uncategorised),
        profile_file=profile,
        out=out or evidence_stick(),
        hash_sets=tuple(hash_set),
        hash_sets_in=tuple(hash_sets_in),
        set_signers=signers or set_signers(),
        recipients=recipients_of(to, lies_open=lies_open),
        passwords=passwords,
        case=Case(case_number=case, examiner=examiner, exhibit=exhibit),
        key=key,
        time_limit=_seconds(time_limit) or _seconds(loaded.limits.time),
        unlock=unlocking(key, program),
        secrets=secrets_of(unlock, ask=unlock_ask, gather=unlock_found, program=program),
        workers=workers,
        clock=clock,
        language=language,
    )
    sealed = carry_out(search, program)
    return exit_code(sealed)


def recipients_of(to: list[str], *, lies_open: bool = False) -> tuple[Recipient, ...]:
    """For whom the bundle is closed. Raises UsageError."""
    if lies_open:
        if to:
            raise UsageError(
                "--open and --to contradict each other.", hint="Give one of them, or none."
            )
        return ()
    enrolled = lab_keys()
    return recipients.of(to or ([str(enrolled)] if enrolled else []))


def for_program(progress: Path | None = None, *, as_json: bool = False) -> Program | None:
    """The listener that speaks to a program; None where a person looks."""
    if progress is None:
        return JsonLines() if as_json else None
    from cli.kept import KeptProgress  # noqa: PLC0415 - only the guide wants it

    kept = KeptProgress(progress)
    console.at_end(kept.end)
    return kept


def carry_out(
    search: Search, program: Program | None = None, *, earlier: Earlier | None = None
) -> Sealed:
    """Scan, or go on with a scan, and show what happens as whoever looks can take it in."""
    interrupt = Interrupt()

    def scan_telling(tell: Callable[[Event], None]) -> Sealed:
        with console.without_waiting_for_readers(READER_SECONDS):
            return run_scan(search, tell=tell, wants_stop=lambda: interrupt.wished, earlier=earlier)

    if program is not None:
        return scan_telling(program)
    if not console.out.is_terminal:
        sealed = scan_telling(PlainLines(search.language))
    else:
        from cli.live import LiveView  # noqa: PLC0415 - not where nobody looks

        with LiveView(search, stops=lambda: interrupt.wished) as view:
            interrupt.is_shown = view.is_shown
            sealed = scan_telling(view)
    _say_how_it_ended(sealed, search.language)
    return sealed


def _say_how_it_ended(sealed: Sealed, language: Language) -> None:
    """The bundle is sealed, whatever becomes of the words and of whoever should read them."""
    with console.without_waiting_for_readers(LAST_WORDS_SECONDS):
        try:
            if console.output.gone:
                console.output.use("stderr")
            show_verdict(sealed, language)
        except Exception as error:  # noqa: BLE001 - a defect, a full disk; the exit code stays true
            with suppress(OSError):
                said = f"Sealed: {sealed.bundle} (signed by {sealed.signer}). Not shown: {error}"
                console.err.print(console.untrusted(said))


def unlocking(key: Path | None, program: Program | None = None) -> Callable[["HashSet"], bytes]:
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
        if program is not None:
            return _ask_program(hash_set, program)
        if not sys.stdin.isatty():
            return refuse_sealed(hash_set)
        passphrase: str = typer.prompt(f"Passphrase of {hash_set.file_name}", hide_input=True)
        return hash_set.unlock(passphrase)

    return unlock


def _ask_program(hash_set: "HashSet", program: Program) -> bytes:
    """Whoever hears the events is asked, and answers on standard input with a line."""
    program.ask(Path(hash_set.file_name).name)
    answer = sys.stdin.readline().rstrip("\n")
    program.answered()
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

    def with_what_counts(each: HashSetUse) -> HashSetUse:
        others = each.uncategorised if uncategorised is None else uncategorised
        return msgspec.structs.replace(
            each, categories=categories or each.categories, uncategorised=others
        )

    detectors = tuple(
        with_what_counts(each) if isinstance(each, HashSetUse) else each
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
            f"--time-limit: {why(error)}.", hint="For example --time-limit '30 min'."
        ) from error


def exit_code(sealed: Sealed) -> int:
    """What the shell is told of it."""
    return sealed.ending.how.exit_code
