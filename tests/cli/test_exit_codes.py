"""One rule for 1 and 2, over all commands: the same refusal has the same exit code everywhere.

2: the words of the command line cannot be done. 1: what was named cannot be read, or is not what
it should be. `hash-set lookup` answers as grep does, where 1 says that nothing was found.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.manual.tree import nodes, whole
from tests.bundle import samples
from tests.conftest import Seek
from triage.bundle.envelope import age, bech32
from triage.bundle.envelope.identities import of_file
from triage.bundle.envelope.recipients import X25519, Recipient
from triage.bundle.writing.opening import open_envelope
from triage.errors import ExitCode

MD5 = "5d41402abc4b2a76b9719d911017c592"
OTHER = "0cc175b9c0f1b6a831c399e269772661"
Words = Callable[[Path], list[object]]
GONE = "is-not-there"

MAKING: dict[str, Words] = {
    "hash-set build": lambda at: [at / "set.md5", "--name", "x", "--out", at / "taken"],
    "hash-set merge": lambda at: [at / "set.md5", at / "set.md5", "--out", at / "taken"],
    "hash-set subtract": lambda at: [at / "two.md5", at / "set.md5", "--out", at / "taken"],
    "hash-set export": lambda at: [at / "set.md5", "--format", "md5", "--out", at / "taken"],
    "key new": lambda at: ["--no-passphrase", "--out", at / "taken"],
    "report": lambda at: [at / "sealed", "--out", at / "taken"],
    "lab init": lambda at: [at / "taken"],
    "lab export hash-set": lambda at: [
        GONE,
        "--name",
        "x",
        "--seal-to",
        GONE,
        "--out",
        at / "taken",
    ],
    **{
        f"lab export {form}": lambda at: [GONE, "--out", at / "taken"]
        for form in ("vics", "case", "icse", "csv")
    },
    "lab entries": lambda at: [GONE, "--out", at / "taken"],
    "extract": lambda at: [at / "sealed", "--all", "--source", at / "x", "--out", at / "taken"],
    "merge": lambda at: [at / "sealed", "--out", at / "taken"],
    "selftest": lambda at: ["--out", at / "taken"],
    "open": lambda at: [at / "closed", "--identity", at / "lab", "--out", at / "opened"],
    "stick prepare": lambda at: [at / "taken", "--file", "--boot", at / "b", "--key", at / "k"],
}
"""Commands that make a file, asked to make one that is there."""

_OF_A_STORE = ("cases", "overlaps", "priorities", "series", "trends", "audit", "verify", "rebuild")

NAMING: dict[str, Words] = {
    "scan": lambda at: [at, "--profile", GONE, "--out", at / "out"],
    "plan": lambda at: [at, "--profile", GONE],
    "profile show": lambda _: [GONE],
    "profile check": lambda _: [GONE],
    "model check": lambda _: [GONE],
}
"""Commands that take the name of a profile or a model pack, given one that there is none of."""

READING: dict[str, Words] = {
    "scan": lambda at: [GONE, "--out", at / "out"],
    "plan": lambda _: [GONE],
    "resume": lambda _: [GONE],
    "open": lambda at: [GONE, "--identity", at / "lab", "--out", at / "new"],
    "verify": lambda _: [GONE],
    "stamp": lambda _: [GONE],
    "report": lambda at: [GONE, "--out", at / "new"],
    "findings": lambda _: [GONE],
    "timeline": lambda _: [GONE],
    "compare": lambda at: [GONE, at / "sealed"],
    "merge": lambda at: [at / "sealed", GONE, "--out", at / "new"],
    "extract": lambda at: [GONE, "--all", "--source", at / "set.md5", "--out", at / "new"],
    "similar": lambda at: [at / "set.md5", at / GONE],
    "hash-set build": lambda at: [GONE, "--name", "x", "--out", at / "new"],
    "hash-set merge": lambda at: [GONE, "--out", at / "new"],
    "hash-set subtract": lambda at: [GONE, GONE, "--out", at / "new"],
    "hash-set export": lambda _: [GONE],
    "hash-set info": lambda _: [GONE],
    "hash-set unlock": lambda _: [GONE],
    "stick prepare": lambda at: [GONE, "--boot", at / "b", "--key", at / "k"],
    "lab import": lambda at: [GONE, at / "sealed"],
    "lab show": lambda _: [GONE, "1"],
    "lab assign": lambda _: [GONE, "1", "j.doe"],
    "lab note": lambda _: [GONE, "1", "to be asked again"],
    "lab hold": lambda _: [GONE, "1", "--until", "2031-01-31", "--basis", "an appeal"],
    "lab serve": lambda _: [GONE, "--port", "0"],
    "lab user add": lambda at: [GONE, "a", "--role", "reader", "--password-file", at / "words"],
    "lab user password": lambda at: [GONE, "a", "--password-file", at / "words"],
    "lab user role": lambda _: [GONE, "a", "--role", "reader"],
    "lab user close": lambda _: [GONE, "a"],
    "lab user list": lambda _: [GONE],
    "lab erase": lambda _: [GONE, "1", "--order", "7"],
    "lab referral import": lambda at: [GONE, at / "words"],
    "lab referral list": lambda _: [GONE],
    "lab referral show": lambda _: [GONE, "7"],
    "lab referral order": lambda _: [GONE, "7", "--ref", "2026/7"],
    "lab referral erase": lambda _: [GONE, "7", "--order", "7"],
    **{f"lab {verb}": lambda _: [GONE] for verb in _OF_A_STORE},
    "stick check": lambda at: [GONE, "--image", at / "set.md5"],
}
"""Commands that read something, given the path of nothing."""

NOTHING: dict[str, tuple[list[object], str]] = {
    "hash-set lookup": (["set.md5"], ""),
    "hash-set build": (["--name", "x", "--out", "new"], ""),
}
"""Commands that are given nothing to work on."""

NO_SUCH = frozenset(
    {"devices", "guide", "hash-set lock", "hash-set lookup", "model list", "profile list"}
)  # fmt: skip
"""Commands that make nothing and name nothing; look-up has a test of its own."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies on it: two sets, a bundle, and a name that is taken."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "set.md5").write_text(f"{MD5}\n")
    (folder / "two.md5").write_text(f"{MD5}\n{OTHER}\n")
    (folder / "words").write_text("several words of a person\n")
    (folder / "taken").write_text("mine\n")
    samples.sealed(folder, findings=1).rename(folder / "sealed")
    _close_for_the_lab(folder)
    return folder


def _close_for_the_lab(folder: Path) -> None:
    """An envelope, its key, and the bundle that lies in it, opened."""
    lab = bytes(range(32))
    (folder / "lab").write_text(bech32.encode("age-secret-key-", lab).upper())
    to = Recipient(kind=X25519, raw=age.public_of(lab))
    writer = samples.begun(folder / "out", samples.image(folder), recipients=(to,))
    writer.begin()
    writer.commit()
    writer.abandon()
    writer.folder.rename(folder / "closed")
    open_envelope(folder / "closed", of_file(folder / "lab"), folder / "opened")


def _commands() -> set[str]:
    return {" ".join(node.words[1:]) for node in nodes(whole()) if not node.below} - {""}


def test_every_command_has_its_row() -> None:
    assert _commands() == {*MAKING, *NAMING, *READING, *NO_SUCH}


def test_every_command_that_makes_a_file_is_asked_to_overwrite_one() -> None:
    takes_out = {
        " ".join(node.words[1:])
        for node in nodes(whole())
        if any("--out" in parameter.opts for parameter in node.command.params)
    }
    assert takes_out - {"scan"} == set(MAKING) - {"stick prepare", "lab init"}


def _asked(seek: Seek, table: Path, command: str, words: list[object], given: str = "") -> int:
    """Its exit code, after a look at what it says."""
    done = seek(
        *command.split(), *words, cwd=table, input=given, env=os.environ | {"COLUMNS": "80"}
    )
    assert re.search(r"^seek: .*[.?]$", done.stderr, flags=re.MULTILINE), done.stderr
    assert re.search(r"^What to do: .*[.?]$", done.stderr, flags=re.MULTILINE), done.stderr
    assert "Errno" not in done.stderr
    assert not (table / "new").exists()
    return done.returncode


@pytest.mark.parametrize("command", MAKING)
def test_a_file_that_is_there_is_wrong_use(seek: Seek, table: Path, command: str) -> None:
    assert _asked(seek, table, command, MAKING[command](table)) == ExitCode.WRONG_USE
    assert (table / "taken").read_text() == "mine\n"


@pytest.mark.parametrize("command", NAMING)
def test_a_name_that_there_is_none_of_is_wrong_use(seek: Seek, table: Path, command: str) -> None:
    assert _asked(seek, table, command, NAMING[command](table)) == ExitCode.WRONG_USE


@pytest.mark.parametrize("command", READING)
def test_what_is_not_there_is_a_failure(seek: Seek, table: Path, command: str) -> None:
    assert _asked(seek, table, command, READING[command](table)) == ExitCode.FAILED


@pytest.mark.parametrize("command", NOTHING)
def test_nothing_to_work_on_is_wrong_use(seek: Seek, table: Path, command: str) -> None:
    words, given = NOTHING[command]
    assert _asked(seek, table, command, words, given) == ExitCode.WRONG_USE


def test_a_look_up_that_cannot_be_made_is_never_an_absence(seek: Seek, table: Path) -> None:
    assert _asked(seek, table, "hash-set lookup", [GONE, MD5]) == ExitCode.WRONG_USE
    assert seek("hash-set", "lookup", table / "set.md5", OTHER).returncode == ExitCode.FAILED
