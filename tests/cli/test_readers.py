"""Whoever reads what seek says may go away, or not know a letter: the work is done all the same."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import SEEK, Seek
from tests.scan import cut_off
from triage import errors
from triage.bundle.checking.verify import verify

CODES = {
    error("").code
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, errors.SeekError)
}

NAME = "ünï 写真.jpg"
LATIN_1 = {"PYTHONIOENCODING": "latin-1"}
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
GONE = "whoever listens failed; the scan goes on"


def _names(bundle: Path, said: bytes) -> bool:
    """Whether the bundle's folder is said, in however many lines."""
    return bundle.name.encode() in b"".join(said.split())


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=600)


@pytest.fixture
def odd_name(tmp_path: Path, digests_only: Path) -> list[str]:
    """A scan that finds a picture with letters that few terminals have."""
    source = tmp_path / "source"
    source.mkdir()
    (source / NAME).write_bytes(b"a harmless picture")
    known = tmp_path / "known.txt"
    known.write_text(sha256(b"a harmless picture").hexdigest() + "\n")
    return ["scan", str(source), "--profile", str(digests_only), "--hash-set", str(known),
            "--out", str(tmp_path / "out")]  # fmt: skip


def _in(environment: dict[str, str], *arguments: object) -> "subprocess.CompletedProcess[bytes]":
    """The command as somebody meets it whose terminal has few letters."""
    return subprocess.run([SEEK, *map(str, arguments)], env=os.environ | environment,
                          capture_output=True, check=False)  # fmt: skip


def _sealed(out: Path, partial: str = "") -> Path:
    bundle = cut_off.bundle_in(out)
    verified = verify(bundle)
    assert (verified.failed, verified.partial) == (None, partial)
    return bundle


@pytest.mark.parametrize("lines", [0, 1, 4])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_has_seen_enough_leaves_a_sealed_bundle_and_the_verdict(
    suspect: tuple[Path, Path], tmp_path: Path, lines: int, more: list[str]
) -> None:
    out = tmp_path / "out"
    scan = subprocess.Popen([*cut_off.command(*suspect, out), *more],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert scan.stdout is not None
    head = [scan.stdout.readline() for _ in range(lines)]
    scan.stdout.close()
    _, said = scan.communicate()
    bundle = _sealed(out)
    assert scan.returncode == 0
    assert all(head)
    assert b"Traceback" not in said
    if not more:
        assert _names(bundle, said)  # what nobody read on the pipe is said here
    assert GONE in (bundle / "log.jsonl").read_text()


@pytest.mark.parametrize("environment", [LATIN_1, ASCII, {"PYTHONIOENCODING": "ascii"}])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_letters_that_a_locale_does_not_have_are_escaped(
    odd_name: list[str], more: list[str], environment: dict[str, str]
) -> None:
    done = _in(environment, *odd_name, *more)
    assert done.returncode == 0, done.stderr
    bundle = _sealed(Path(odd_name[-1]))
    assert GONE not in (bundle / "log.jsonl").read_text()
    if more:
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert [e["finding"]["entry"]["path"] for e in events if e["event"] == "finding"] == [NAME]
    else:
        known = "\\xfcn\\xef" if "latin-1" not in environment.values() else "\xfcn\xef"
        assert f"known material: {known} \\u5199\\u771f.jpg".encode("latin-1") in done.stdout


@pytest.mark.parametrize("environment", [LATIN_1, ASCII])
def test_a_terminal_without_the_letters_shows_the_live_view_all_the_same(
    odd_name: list[str], environment: dict[str, str]
) -> None:
    pid, ours = pty.fork()
    if not pid:
        os.execve(SEEK, [SEEK, *odd_name], os.environ | environment | {"TERM": "xterm"})  # noqa: S606
    shown = b"".join(_everything(ours))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    _sealed(Path(odd_name[-1]))
    assert b"\\u5199\\u771f.jpg" in shown
    assert b"Traceback" not in shown


def _everything(ours: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(ours, 65536)
        except OSError:
            return


@pytest.mark.parametrize("environment", [LATIN_1, ASCII])
def test_every_command_escapes_what_its_terminal_cannot_show(
    odd_name: list[str], seek: Seek, environment: dict[str, str], tmp_path: Path
) -> None:
    seek(*odd_name)
    bundle = cut_off.bundle_in(Path(odd_name[-1]))
    moved = bundle.rename(bundle.with_name(f"{bundle.name} 写"))
    source = (tmp_path / "source").rename(tmp_path / "写真")
    known = (tmp_path / "known.txt").rename(tmp_path / "写.txt")
    commands: list[tuple[int, list[object]]] = [
        (0, ["devices", source]),
        (0, ["verify", moved]),
        (1, ["verify", tmp_path / "真"]),
        (0, ["report", moved, "--export", "csv"]),
        (0, ["hash-set", "info", known]),
        (0, ["hash-set", "lookup", known, source / NAME]),
        (2, ["profile", "show", "写"]),
        (2, ["写"]),
    ]
    for code, arguments in commands:
        done = _in(environment, *arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert b"Traceback" not in done.stderr
        said = done.stdout + done.stderr
        # where arguments are taken for ASCII, they come as bytes: 0xe5 begins the first letter
        assert any(escape in said for escape in (b"\\u5199", b"\\u771f", b"\\udce5", b"\\udce7"))


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_closed_standard_streams_neither_end_a_scan_nor_get_into_its_bundle(
    suspect: tuple[Path, Path], tmp_path: Path, closed: tuple[int, ...]
) -> None:
    out = tmp_path / "out"
    redirected = " ".join(f"{number}>&-" for number in closed)
    command = " ".join(cut_off.command(*suspect, out))
    done = subprocess.run(f"{command} {redirected}", shell=True, check=False)  # noqa: S602
    assert done.returncode == 0
    _sealed(out)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_under_the_log_of_a_scan_costs_the_log_alone(
    suspect: tuple[Path, Path], tmp_path: Path, more: list[str]
) -> None:
    out = tmp_path / "out"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*cut_off.command(*suspect, out), *more], stdout=full,
                              stderr=subprocess.PIPE, check=False)  # fmt: skip
    bundle = _sealed(out)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert "No space left" in (bundle / "log.jsonl").read_text()
    if not more:
        assert _names(bundle, done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_answer_that_cannot_be_written_is_an_error_and_a_reader_that_left_is_none(
    odd_name: list[str], seek: Seek
) -> None:
    seek(*odd_name)
    bundle = cut_off.bundle_in(Path(odd_name[-1]))
    for arguments in (["devices", odd_name[1]], ["verify", str(bundle)]):
        for more in ([], ["--json"]):
            with Path("/dev/full").open("wb") as full:
                done = subprocess.run([SEEK, *arguments, *more], stdout=full,
                                      stderr=subprocess.PIPE, check=False)  # fmt: skip
            assert done.returncode == 1
            assert b"Standard output cannot be written to" in done.stderr
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([SEEK, *arguments, *more], stdout=writer,
                                  stderr=subprocess.PIPE, check=False)  # fmt: skip
            os.close(writer)
            assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_and_signs_though_nobody_hears_the_answer(
    suspect: tuple[Path, Path], tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    scan = subprocess.Popen(cut_off.command(*suspect, out), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert scan.stdout is not None
    assert scan.stderr is not None
    scan.stdout.readline()  # it has begun
    scan.stdout.close()
    scan.stderr.close()
    scan.send_signal(number)
    assert scan.wait() == 130
    _sealed(out, "interrupted")


def test_nohup_means_that_a_closed_terminal_does_not_end_it(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan = subprocess.Popen(["nohup", *cut_off.command(*suspect, out)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)  # fmt: skip
    assert scan.stdout is not None
    scan.stdout.readline()
    scan.send_signal(signal.SIGHUP)
    scan.communicate()
    assert scan.returncode == 0
    _sealed(out)


LATE = """
import os, signal, sys
class Late:
    kill, number = staticmethod(os.kill), signal.Signals[sys.argv.pop(1)]
    def __del__(self, pid=os.getpid()):  # once Python no longer hears signals itself
        self.kill(pid, self.number)
sys.late = Late()
from cli.__main__ import main
main()
"""


@pytest.mark.parametrize("number", ["SIGHUP", "SIGTERM", "SIGINT"])
def test_a_signal_that_comes_when_all_is_over_changes_no_exit_code(
    odd_name: list[str], number: str
) -> None:
    for arguments in (odd_name, ["devices", odd_name[1]]):
        done = subprocess.run([sys.executable, "-c", LATE, number, *arguments],
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr


BROKEN = """
import sys
import termios
from cli import devices
def broken():
    raise LookupError("no \\N{CJK UNIFIED IDEOGRAPH-5199} \\x1b[2J here")
devices.list_devices = broken
from cli.__main__ import main
main()
"""


def _broken(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", BROKEN, *arguments], capture_output=True, text=True, check=False,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def test_a_defect_is_one_line_what_to_do_and_a_file_with_the_traceback(tmp_path: Path) -> None:
    done = _broken(tmp_path, "devices")
    assert done.returncode == 1
    said, hint = done.stderr.splitlines()
    assert said == r"seek: An error that nobody foresaw: LookupError: no 写 \x1b[2J here."
    (kept,) = tmp_path.iterdir()
    assert str(kept) in hint
    assert kept.stat().st_mode & 0o077 == 0
    assert "in broken" in kept.read_text()
    assert "Traceback" in kept.read_text()


def test_a_traceback_that_cannot_be_kept_is_printed(tmp_path: Path) -> None:
    code = f"import tempfile; tempfile.mkstemp = open; tempfile.mkstemp\n{BROKEN}"
    code = code.replace("tempfile.mkstemp = open", "tempfile.tempdir = '/no/such/folder'")
    done = subprocess.run([sys.executable, "-c", code, "devices"], capture_output=True, text=True,
                          check=False, cwd=tmp_path)  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("code", "message", "arguments"),
    [
        (2, "nonsense", ["scan", "--json", "--nonsense"]),
        (1, "is not there", ["scan", "/no/such/disk", "--json", "--out", "x"]),
        (2, "time-limit", ["scan", ".", "--json", "--time-limit", "soon", "--out", "x"]),
        (1, "resumed", ["resume", ".", "--json"]),
        (1, "is not there", ["devices", "/no/such/disk", "--json"]),
        (1, "is not there", ["plan", "/no/such/disk", "--json"]),
        (1, "/no/such/bundle", ["verify", "/no/such/bundle", "--json"]),
        (1, "/no/such/set", ["hash-set", "info", "/no/such/set", "--json"]),
        (2, "/no/such/set", ["hash-set", "lookup", "/no/such/set", "--json"]),
        (1, "/no/such", ["similar", "/no/such", "/no/such", "--json"]),
    ],
)
def test_with_json_an_error_is_a_line_of_json_too(
    code: int, message: str, arguments: list[str], seek: Seek, tmp_path: Path
) -> None:
    done = seek(*arguments, cwd=tmp_path)
    assert done.returncode == code
    told = json.loads(done.stdout)
    assert told["event"] == "error"
    assert message in told["message"]
    assert told["exit_code"] == code
    assert told["hint"]
    assert told["error"] in CODES
    assert done.stderr


def test_with_json_a_defect_names_the_file_with_its_traceback(tmp_path: Path) -> None:
    told = json.loads(_broken(tmp_path, "devices", "--json").stdout)
    assert told["exit_code"] == 1
    assert Path(told["traceback"]).parent == tmp_path
    assert "LookupError" in told["message"]


def test_a_document_on_standard_output_is_the_whole_of_it(odd_name: list[str], seek: Seek) -> None:
    """A bundle that does not verify says so in its document; no second one follows."""
    seek(*odd_name)
    bundle = cut_off.bundle_in(Path(odd_name[-1]))
    (bundle / "report.html").write_text("another story")
    done = seek("verify", bundle, "--json")
    assert done.returncode == 20
    assert json.loads(done.stdout)["verified"] is False


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_source_whose_path_is_no_utf_8_is_scanned_and_named(
    odd_name: list[str], seek: Seek, tmp_path: Path, more: list[str]
) -> None:
    odd = os.fsdecode(b"source-\xff")
    (tmp_path / "source").rename(tmp_path / odd)
    done = seek("scan", str(tmp_path / odd), *odd_name[2:], *more)
    assert done.returncode == 0, done.stderr
    _sealed(Path(odd_name[-1]))
    if more:
        events = [json.loads(line) for line in done.stdout.splitlines()]
        (device,) = [event["device"] for event in events if event["event"] == "device"]
        assert device["path"].endswith("source-\\udcff")
        assert events[-1]["event"] == "sealed"
    for command in ("devices", "plan"):
        done = seek(command, str(tmp_path / odd), *more)
        assert done.returncode == 0, done.stderr


def test_a_locked_key_is_asked_for_once_and_signs_though_its_terminal_is_gone_since(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    key, out = tmp_path / "locked", tmp_path / "out"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "correct horse", "-f", str(key)],
                   check=True)  # fmt: skip
    pid, ours = pty.fork()
    if not pid:
        command = [*cut_off.command(*suspect, out), "--key", str(key)]
        os.execv(command[0], command)  # noqa: S606
    shown = b""
    while b"Enter passphrase" not in shown:
        shown += os.read(ours, 1024)
    while termios.tcgetattr(ours)[3] & termios.ECHO:
        pass  # what is typed before it asks is thrown away
    os.write(ours, b"correct horse\n")
    while not out.exists():
        os.read(ours, 1024)
    os.close(ours)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    bundle = _sealed(out, "interrupted")
    document = json.loads((bundle / "findings.json").read_bytes())
    assert document["signer"]["kind"] == "given key"


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_stands_still_does_not_hold_the_scan_up(
    suspect: tuple[Path, Path], tmp_path: Path, more: list[str]
) -> None:
    """A pager whose page is full. What it takes later is whole lines, and the last event."""
    out = tmp_path / "out"
    scan = subprocess.Popen([*cut_off.command(*suspect, out), *more],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert scan.stdout is not None
    fcntl.fcntl(scan.stdout, fcntl.F_SETPIPE_SZ, 4096)
    while not (out.exists() and any(out.glob("*/manifest.sha256"))):
        assert scan.poll() is None
    bundle = _sealed(out)
    said, _ = scan.communicate()
    assert scan.returncode == 0
    if more:
        events = [json.loads(line) for line in said.splitlines()]
        assert events[-1]["event"] == "sealed"
    else:
        assert _names(bundle, said)


def test_a_scan_whose_reader_stands_still_hears_that_it_shall_end(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan = subprocess.Popen([*cut_off.command(*suspect, out), "--json"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert scan.stdout is not None
    fcntl.fcntl(scan.stdout, fcntl.F_SETPIPE_SZ, 4096)
    while not (out.exists() and any(out.iterdir())):
        assert scan.poll() is None
    scan.terminate()
    while not (out.exists() and any(out.glob("*/manifest.sha256"))):
        assert scan.poll() is None
    scan.communicate()
    assert scan.returncode == 130
    _sealed(out, "interrupted")
