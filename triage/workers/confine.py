"""Gives up, inside a worker, every right that reading evidence does not need.

Applied after all imports and before the first byte of evidence is parsed. Each function puts one
layer on and names it, or returns an empty string where the kernel has no such layer; the report
says which were on.
"""

import ctypes
import errno
import fcntl
import os
import resource
from pathlib import Path

from triage.errors import WorkerError
from triage.sonames import spare_the_search

spare_the_search()  # these two ask for libc and libseccomp, in every worker

import landlockpy  # noqa: E402
import pyseccomp  # noqa: E402

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_NOBODY = 65534
LANDLOCK = "Landlock"

_NEEDED = (
    # what was opened beforehand: evidence, hash sets, the channel to the coordinator
    "read", "readv", "pread64", "preadv", "preadv2", "lseek", "fstat", "close", "fadvise64",
    "write", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll",
    # memory
    "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "mincore", "membarrier",
    # threads (how they begin is below), time, signals to itself, the end
    "futex", "sched_yield", "sched_getaffinity", "getcpu", "clock_gettime", "clock_getres",
    "clock_nanosleep", "nanosleep", "gettimeofday", "time", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group",
    "set_robust_list", "rseq",
    # harmless questions
    "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "getrusage",
    "times", "uname", "sysinfo", "getrlimit",
)  # fmt: skip
"""System calls that reading, decoding and answering make. There is no way to open, connect,
execute, fork, change or signal anything in this list."""

_CLONE_THREAD = 0x00010000
_CLONE_APART = 0x00004000 | 0x7E020000
"""CLONE_VFORK, and a namespace of its own of any kind."""
_A_THREAD = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD | _CLONE_APART, _CLONE_THREAD)
"""Of `clone`'s flags: a thread, in every namespace that its process is in."""
MOST_THREADS = 4096
"""Of the user that a worker is, all processes together: one that was taken over may start threads,
and is not to use up the machine's process numbers with them."""

_NEEDED_BELOW_A_FOLDER = ("newfstatat", "statx", "getdents64", "dup")
"""More, only where the source is a folder; Landlock keeps it inside that folder. What it does not
keep there are the questions: size, times and owner of any name can be asked for, and no content."""
_HARMLESS_OF_FCNTL = (
    fcntl.F_DUPFD,
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_DUPFD_CLOEXEC,
)
"""By F_SETOWN and F_SETSIG the kernel itself would send a signal, to the coordinator too."""
_OF_A_DESCRIPTOR = pyseccomp.Arg(0, pyseccomp.LT, 1 << 31)
"""Beneath what is open already: AT_FDCWD is negative."""
_FOR_READING = pyseccomp.Arg(
    2,
    pyseccomp.MASKED_EQ,
    os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_PATH | (os.O_TMPFILE & ~os.O_DIRECTORY),
    os.O_RDONLY,
)
"""Of `openat`'s flags. Those of `openat2` lie in memory, where no filter sees them."""


def refuse_unwalled(layers: tuple[str, ...], folders: tuple[int, ...]) -> None:
    """Raises WorkerError where a folder is to be read by root, and nothing keeps that inside it."""
    if folders and os.geteuid() == 0 and not any(each.startswith(LANDLOCK) for each in layers):
        raise WorkerError(
            "A folder is not read as root where the kernel has no Landlock: whatever took over a "
            "reader could read every file of this machine.",
            hint="Be another user than root, or start the kernel with `lsm=landlock`.",
        )


def confine(*, memory_bytes: int, folders: tuple[int, ...] = ()) -> tuple[str, ...]:
    """Put on every layer that this kernel has; returns the names of those that are on.

    `memory_bytes`: limit of the address space; 0: none. `folders`: descriptors of folders that are
    sources, below which files may still be opened for reading.
    """
    layers = (
        _limit_memory(memory_bytes),
        _limit_files(),
        _limit_threads(),
        _not_root(folders),
        _no_new_privileges(),
        _no_paths(folders),
        _no_system_calls(folders),
    )
    return tuple(layer for layer in layers if layer)


def die_with_coordinator() -> None:
    """Ask the kernel to kill this process when its parent ends, however that ends."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def mute() -> None:
    """From here on, what a library prints goes nowhere: the terminal is the coordinator's."""
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, 2, inheritable=False)
    os.close(nowhere)


def close_all_but(kept: set[int]) -> None:
    """Close every descriptor that was inherited by accident."""
    for descriptor in [int(link.name) for link in Path("/proc/self/fd").iterdir()]:
        if descriptor > 2 and descriptor not in kept:
            _close_quietly(descriptor)


def _limit_memory(memory_bytes: int) -> str:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not memory_bytes:
        return ""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return "memory limit"


def _limit_files() -> str:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return "no file can grow"


def _limit_threads() -> str:
    _, most = resource.getrlimit(resource.RLIMIT_NPROC)
    most = MOST_THREADS if most == resource.RLIM_INFINITY else min(most, MOST_THREADS)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    return "thread limit"


def _not_root(folders: tuple[int, ...]) -> str:
    """No user that owns anything; but a folder given as the source is read by root's rights."""
    if os.geteuid() != 0:
        return "not root"
    if folders:
        return ""
    try:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except OSError:
        return ""
    die_with_coordinator()  # the kernel forgets that wish when the user changes
    return "not root"


def _no_new_privileges() -> str:
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        return ""
    _prctl(_PR_SET_DUMPABLE, 0)
    return "no new privileges"


def _no_paths(folders: tuple[int, ...]) -> str:
    """Landlock: no path but those below the sources that are folders, no network, and, from ABI 6
    on, no signal to any other process."""
    abi = landlockpy.abi_version()
    if not abi:
        return ""
    scoped = landlockpy.Scope.SIGNAL | landlockpy.Scope.ABSTRACT_UNIX_SOCKET
    reading = landlockpy.AccessFS.READ_FILE | landlockpy.AccessFS.READ_DIR
    with landlockpy.Ruleset(scoped=scoped) as ruleset:
        for folder in folders:
            ruleset.allow_path(f"/proc/self/fd/{folder}", reading)
        ruleset.restrict()
    return f"{LANDLOCK} (ABI {abi})"


def _no_system_calls(folders: tuple[int, ...]) -> str:
    """Seccomp: everything but the list above answers EPERM.

    A decoder may start a thread, which has all of these limits too: libde265 decodes in none but
    its own. A process of its own is refused, and so is `clone3`, whose flags lie in memory where no
    filter sees them; told that there is no such call, the C library makes threads by `clone`.
    """
    try:
        rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
        for name in _NEEDED + (_NEEDED_BELOW_A_FOLDER if folders else ()):
            rules.add_rule(pyseccomp.ALLOW, name)
        if folders:
            rules.add_rule(pyseccomp.ALLOW, "openat", _OF_A_DESCRIPTOR, _FOR_READING)
            for command in _HARMLESS_OF_FCNTL:
                rules.add_rule(pyseccomp.ALLOW, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
        rules.add_rule(pyseccomp.ALLOW, "tgkill", pyseccomp.Arg(0, pyseccomp.EQ, os.getpid()))
        rules.add_rule(pyseccomp.ALLOW, "clone", _A_THREAD)
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
        rules.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)  # whatever thread a library has begun already
        rules.load()
    except (OSError, RuntimeError):
        return ""
    return "seccomp"


def _prctl(option: int, value: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.prctl(option, value, 0, 0, 0)
    return result


def _close_quietly(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:  # the listing's own descriptor is gone by now
        return
