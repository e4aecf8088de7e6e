"""What opens encrypted volumes: from files, typed without echo, or asked of whoever listens."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from cli import console
from cli.plain import Program, SecretWanted
from triage.bundle.format import shown as words
from triage.coordinator.secrets_tried import Ask, Secrets
from triage.errors import UsageError, why
from triage.evidence import ProtectorKind, Volume
from triage.key_files import MOST_OF_FILE
from triage.secret import (
    LONGEST_SECRET,
    Secret,
    SecretKind,
    key_files_in,
    looks_like_recovery_password,
    may_be_noise,
    recovery_key,
    typed,
    what_to_ask_for,
    with_key_files,
    wrong_groups,
)

MOST_LINES = 10_000

# Of every command that scans.
UNLOCK = typer.Option(
    [],
    "--unlock",
    help="What opens encrypted volumes: a text with a secret a line (passwords, 48-digit "
    "recovery keys; for VeraCrypt with a PIM PIM=485:password, with key files "
    "KEYFILE=photo.jpg:KEYFILE=song.mp3:password), a .BEK file, a key file. "
    "May be repeated.",
)
UNLOCK_ASK = typer.Option(
    False, "--unlock-ask", help="Ask for what opens each encrypted volume; it is not shown."
)
UNLOCK_FOUND = typer.Option(
    False,
    "--unlock-found",
    help="Try the keys that lie about on the other volumes: .BEK files, recovery keys.",
)
SHOWN = {
    ProtectorKind.CLEAR_KEY: "nothing",
    ProtectorKind.TPM: "this computer's TPM",
    ProtectorKind.STARTUP_KEY: "a startup key",
    ProtectorKind.RECOVERY_PASSWORD: "a recovery password",
    ProtectorKind.PASSWORD: "a password",
    ProtectorKind.PASSPHRASE: "a passphrase",
    ProtectorKind.PASSWORD_AND_PIM: "a password or a key file",
    ProtectorKind.OTHER: "something else",
}


def secrets_of(
    files: Sequence[Path], *, ask: bool, gather: bool, program: Program | None
) -> Secrets | None:
    """As the command line says; None if it says nothing. Raises UsageError."""
    if not (files or ask or gather):
        return None
    given = tuple(dict.fromkeys(secret for file in files for secret in _in_file(file)))
    if not ask:
        return Secrets(given=given, gather=gather)
    if program is None and not sys.stdin.isatty():
        raise UsageError(
            "Nobody is at a terminal to type what opens encrypted volumes.",
            hint="Name a file with it: --unlock FILE.",
        )
    asked = _asking(program) if program is not None else _typing
    return Secrets(given=given, ask=asked, gather=gather)


def _in_file(file: Path) -> list[Secret]:
    """A secret a line; a file that is no text is one as a whole."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST_SECRET + 1)
    except OSError as error:
        raise UsageError(
            f"The secrets in {file} cannot be read: {why(error)}.",
            hint="Name a text file with a secret a line, a .BEK file, or a key file.",
        ) from error
    if not 0 < len(content) <= LONGEST_SECRET:
        raise UsageError(
            f"The file {file} is empty, or larger than any secret.",
            hint="Name a text file with a secret a line, a .BEK file, or a key file.",
        )
    wide = content[:2] == b"\xff\xfe"
    try:
        text = content.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        return [Secret(kind=SecretKind.FILE, value=content)]
    lines = (line.strip("\r\n\ufeff") for line in text.splitlines()[:MOST_LINES])
    return [_secret_in(line, file.parent) for line in lines if line]


def _secret_in(text: str, folder: Path) -> Secret:
    """What was typed, or a line of a file; key files that it names lie in that folder. Raises
    UsageError."""
    names, rest = key_files_in(text)
    return (
        with_key_files(rest, [_key_file(folder / name) for name in names]) if names else typed(text)
    )


def _key_file(file: Path) -> bytes:
    """As much of it as counts."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_OF_FILE)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The key file {file} cannot be read: {why(error)}.",
            hint="Name each file by its path: KEYFILE=photo.jpg:password.",
        ) from error
    if not content:
        raise UsageError(
            f"The key file {file} is empty.", hint="Name the file that it was made with."
        )
    return content


def described(volume: Volume) -> str:
    """What a volume is locked with, and what to ask for, in two sentences."""
    kinds = dict.fromkeys(each.kind for each in volume.protectors)
    locked = ", ".join(SHOWN[kind] for kind in kinds)
    name = volume.file_system + (f" “{volume.label}”" if volume.label else "")
    size = words.size(volume.size)
    ask_for = what_to_ask_for(volume.protectors)
    if may_be_noise(volume):
        perhaps = "perhaps a VeraCrypt or TrueCrypt volume, perhaps nothing"
        return f"Volume {volume.id} ({size}) looks random: {perhaps}. Ask for: {ask_for}."
    return f"Volume {volume.id} ({name}, {size}) is encrypted with {locked}. Ask for: {ask_for}."


def slip(text: str) -> str:
    """What is wrong with a recovery password as it was typed; empty if nothing is."""
    if not looks_like_recovery_password(text) or recovery_key(text) is not None:
        return ""
    groups = ", ".join(map(str, wrong_groups(text)))
    if groups:
        return f"That is no recovery password: look again at group {groups} of the eight."
    return "That is no recovery password: it has 48 digits."


def _typing(volume: Volume, wrong: int, trouble: str) -> Secret | None:
    """At the terminal, without echo. Nothing typed: it stays locked."""
    if trouble:
        console.err.print(console.untrusted(f"That does not open it: {trouble}."))
    elif wrong:
        console.err.print("That does not open it.")
    else:
        console.err.print(console.untrusted(described(volume)))
    while True:
        text: str = typer.prompt(
            f"What opens {volume.id} (nothing: leave it locked)",
            default="",
            hide_input=True,
            show_default=False,
            err=True,
        )
        if not text:
            return None
        try:
            told = slip(text)
            if not told:
                return _secret_in(text, Path())
        except UsageError as error:
            told = error.message
        console.err.print(console.untrusted(told))


def _asking(program: Program) -> Ask:
    """Whoever hears the events is asked, and answers with a line on standard input."""

    def ask(volume: Volume, wrong: int, trouble: str) -> Secret | None:
        ask_for = what_to_ask_for(volume.protectors)
        while True:
            program.ask_secret(
                SecretWanted(volume=volume, ask_for=ask_for, wrong=wrong, trouble=trouble)
            )
            answer = sys.stdin.readline().rstrip("\n")
            program.answered()
            if not answer:
                return None
            try:
                trouble = slip(answer)
                if not trouble:
                    return _secret_in(answer, Path())
            except UsageError as error:
                trouble = error.message.rstrip(".")

    return ask
