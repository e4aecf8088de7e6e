"""A worker that was taken over is refused what it tries, each by the layer that is there for it.

An attempt counts only because the same attempt succeeds where there is no sandbox.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import landlockpy
import msgspec
import pyseccomp
import pytest

from tests.coordinator import pooled
from tests.disks import ext_volume
from tests.workers import attempts, scanning
from triage import profile
from triage.bundle.format.document import SANDBOX_LAYERS
from triage.coordinator import fork_server
from triage.coordinator.pool import Pool
from triage.evidence import Device, SourceKind
from triage.findings import Outcome
from triage.wire.messages import Failed, Inbox, OpenedDevice, Ready, Role, Setup, frame
from triage.workers import confine

HERE = Path(__file__).parent
HOSTILE = (sys.executable, "-I", str(HERE / "hostile.py"))
TEXT = b"good" * 400


@pytest.fixture(autouse=True)
def _marks() -> Iterator[None]:
    """What an attempt would make, and what one would take away."""
    mark, doomed = Path(attempts.mark(os.getpid())), Path(attempts.doomed(os.getpid()))
    doomed.write_bytes(b"")
    yield
    mark.unlink(missing_ok=True)
    doomed.unlink(missing_ok=True)


def _image(folder: Path) -> Path:
    image = folder / "suspect.img"
    named = (*attempts.ATTEMPTS, *attempts.ON_A_DEVICE, *attempts.ALLOWED)
    ext_volume(image, 8 << 20, {attempts.INSIDE: TEXT} | {f"{n}.try": TEXT for n in named})
    return image


def _folder(folder: Path) -> Path:
    source = folder / "source"
    source.mkdir()
    for name in (*attempts.ATTEMPTS, *attempts.BELOW_A_FOLDER, *attempts.ALLOWED):
        (source / f"{name}.try").write_bytes(TEXT)
    (source / attempts.INSIDE).write_bytes(TEXT)
    return source


def _came(scanned: scanning.Scanned) -> dict[str, str]:
    tried = [line for line in scanned.lines if line.entry.path.endswith(".try")]
    return {line.entry.path.removesuffix(".try"): line.result.reason for line in tried}


def test_each_attempt_is_refused_with_its_errno(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", HOSTILE)
    image = _image(tmp_path)
    before = sha256(image.read_bytes()).digest()
    scanned = scanning.run(image, out=tmp_path / "out")
    assert _came(scanned) == attempts.expected(
        attempts.ATTEMPTS | attempts.ON_A_DEVICE | attempts.ALLOWED
    )
    assert sha256(image.read_bytes()).digest() == before
    assert not Path(attempts.mark(os.getpid())).exists()
    assert Path(attempts.doomed(os.getpid())).exists()
    assert scanned.line(attempts.INSIDE).result.outcome is Outcome.EXAMINED


def test_a_folder_is_all_that_can_be_read_where_it_is_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", HOSTILE)
    source = _folder(tmp_path)
    scanned = scanning.run(source, out=tmp_path / "out")
    assert _came(scanned) == attempts.expected(
        attempts.ATTEMPTS | attempts.BELOW_A_FOLDER | attempts.ALLOWED, below_a_folder=True
    )
    assert (source / attempts.INSIDE).read_bytes() == TEXT
    assert scanned.line(attempts.INSIDE).result.outcome is Outcome.EXAMINED


@pytest.mark.parametrize("kind", ["image", "folder"])
def test_without_the_sandbox_each_attempt_succeeds(tmp_path: Path, kind: str) -> None:
    source = _image(tmp_path) if kind == "image" else _folder(tmp_path)
    command = [sys.executable, "-I", str(HERE / "attempts.py"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    came = json.loads(done.stdout)
    beside = attempts.ON_A_DEVICE if kind == "image" else attempts.BELOW_A_FOLDER
    assert came.keys() == (attempts.ATTEMPTS | beside | attempts.ALLOWED).keys()
    if os.geteuid() != 0:
        assert came.pop("become-root") == "EPERM"
    assert {name: what for name, what in came.items() if what != attempts.DONE} == {}


LET_THROUGH = (
    "read", "readv", "pread64", "preadv", "preadv2", "lseek", "fstat", "close", "fadvise64",
    "write", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll",
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "mincore", "membarrier",
    "futex", "sched_yield", "sched_getaffinity", "getcpu", "clock_gettime", "clock_getres",
    "clock_nanosleep", "nanosleep", "gettimeofday", "time", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group",
    "set_robust_list", "rseq",
    "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "getrusage",
    "times", "uname", "sysinfo", "getrlimit",
)  # fmt: skip
"""What somebody has thought about: of these, none opens, connects, changes, starts or signals. A
call that is let through and not in this list fails the test."""

CLONE_VM, CLONE_SIGHAND, CLONE_VFORK, CLONE_PARENT = 0x100, 0x800, 0x4000, 0x8000
CLONE_THREAD, SIGCHLD = 0x10000, 17
NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


def _confined(*arguments: object) -> dict[str, str]:
    command = [sys.executable, "-I", str(HERE / "confined.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, str] = json.loads(done.stdout)
    return said


def _number(name: str) -> int:
    number: int = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    return number


def test_every_system_call_that_nobody_thought_about_is_refused() -> None:
    came = _confined("calls", *map(_number, LET_THROUGH))
    assert came.pop(str(_number("clone3"))) == "ENOSYS"
    assert len(came) > 400
    assert {number: what for number, what in came.items() if what != "EPERM"} == {}


def test_a_clone_is_a_thread_in_no_namespace_of_its_own_or_nothing() -> None:
    """EINVAL is the kernel's: a thread without shared memory. EPERM is the sandbox's."""
    processes = [0, SIGCHLD, CLONE_VM | SIGCHLD, CLONE_VM | CLONE_VFORK | SIGCHLD,
                 CLONE_PARENT | SIGCHLD, CLONE_VM | CLONE_SIGHAND]  # fmt: skip
    apart = [CLONE_THREAD | each for each in (*NAMESPACES, CLONE_VFORK)]
    came = _confined("clones", _number("clone"), CLONE_THREAD, *processes, *apart)
    assert came.pop(str(CLONE_THREAD)) == "EINVAL"
    assert set(came.values()) == {"EPERM"}
    assert len(came) == len(processes) + len(apart)


def test_a_thread_that_was_there_before_is_held_too() -> None:
    assert _confined("earlier") == {"open": "EPERM", "user": "not root"}


def test_a_thread_that_is_begun_afterwards_is_held_too(tmp_path: Path) -> None:
    """Decoders begin some: each is refused all that the process is, with the very errno."""
    (tmp_path / "source").write_bytes(TEXT)
    came = _confined("later", tmp_path / "source")
    assert came == attempts.expected(attempts.ATTEMPTS | attempts.ON_A_DEVICE | attempts.ALLOWED)
    assert (tmp_path / "source").read_bytes() == TEXT


def test_threads_without_end_are_refused() -> None:
    """As many as the user may have; a process of its own none begins at all."""
    assert _confined("threads", 40) == {"one more": "refused"}


def test_a_file_that_is_open_for_writing_does_not_grow(tmp_path: Path) -> None:
    assert _confined("growing", tmp_path / "file") == {"write": "EFBIG"}
    assert (tmp_path / "file").read_bytes() == b""


def test_landlock_holds_by_itself(tmp_path: Path) -> None:
    if not landlockpy.abi_version():
        pytest.skip("this kernel has no Landlock: seccomp alone refuses to open")
    (tmp_path / "a").write_bytes(b"a")
    came = _confined("landlock", tmp_path)
    assert came.pop("layer") == f"Landlock (ABI {landlockpy.abi_version()})"
    assert came.pop("read inside") == came.pop("list inside") == "done"
    assert set(came.values()) == {"EACCES"}


DISK = 6
"""The group that owns block devices on Debian."""


@pytest.fixture
def _in_the_disk_group() -> Iterator[None]:
    """Whoever starts the scan may be in it."""
    before = os.getgroups()
    if os.geteuid() == 0:
        os.setgroups([*before, DISK])
    yield
    if os.geteuid() == 0:
        os.setgroups(before)


@pytest.mark.usefixtures("_in_the_disk_group")
@pytest.mark.parametrize("role", Role)
def test_a_worker_has_no_right_left_in_any_thread(tmp_path: Path, role: Role) -> None:
    with ExitStack() as held, Pool() as pool:
        setup = pooled.equipped(tmp_path, held, role, "standard")
        worker = pool.start(msgspec.structs.replace(setup, memory_bytes=1 << 30))
        ready = pooled.heard(pool, worker, Ready)
        process = Path(f"/proc/{worker.process.pid}")
        limits = (process / "limits").read_text()
        threads = [_status(thread) for thread in (process / "task").iterdir()]
    assert len(threads) == 1, "Landlock does not hold threads that were there before"
    for status in threads:
        assert 0 not in map(int, status["Uid"].split())
        assert 0 not in map(int, status["Gid"].split())
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert {status[each] for each in ("CapInh", "CapPrm", "CapEff")} == {"0" * 16}
        if os.geteuid() == 0:
            assert status["Groups"] == ""
    assert re.search(r"Max address space +1073741824 +1073741824 ", limits)
    assert re.search(r"Max file size +0 +0 ", limits)
    assert re.search(r"Max core file size +0 +0 ", limits)
    assert int(re.findall(r"Max processes +\d+ +(\d+) ", limits)[0]) <= confine.MOST_THREADS
    assert isinstance(ready, Ready)
    assert {"memory limit", "no file can grow", "thread limit", "not root", "no new privileges",
            "seccomp"} <= set(ready.confinement)  # fmt: skip


def _status(thread: Path) -> dict[str, str]:
    lines = (thread / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


UNWALLED = """
import sys
import landlockpy
landlockpy.abi_version = lambda: 0
from triage.workers import serving
sys.exit(serving.work(int(sys.argv[1]), 2, tuple(map(int, sys.argv[2:]))))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could read all that there is")
def test_root_reads_no_folder_where_nothing_keeps_the_reader_inside_it(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        device = Device(id="d0", path=str(tmp_path), kind=SourceKind.DIRECTORY, size=0)
        opened = OpenedDevice(device=device, descriptors=(folder,), sizes=(0,))
        setup = Setup(role=Role.SURVEY, profile=profile.load("quick"), devices=(opened,))
        ours.sendall(frame(setup))
        done = subprocess.run(
            [sys.executable, "-c", UNWALLED, str(theirs.fileno()), str(folder)],
            pass_fds=(theirs.fileno(), folder), capture_output=True, text=True, check=False,
        )  # fmt: skip
        theirs.close()
        os.close(folder)
        assert done.returncode == 1, done.stderr
        (reply,) = Inbox().feed(ours.recv(1 << 16))
    assert isinstance(reply, Failed)
    assert reply.message.startswith("A folder is not read as root")


def test_the_report_knows_every_layer() -> None:
    on = {name.partition(" (")[0] for name in _confined("layers")}
    assert on == set(SANDBOX_LAYERS) - ({"Landlock"} if not landlockpy.abi_version() else set())
