"""seek without some of its protection, for the bench alone: `… unprotected.py LAYERS scan …`.

LAYERS, joined by commas: `kernel` (Landlock, seccomp, limits, no root), `checks` (what workers
say is not held against what they were asked), `journal` (nothing is waited for on the medium).
Nobody who uses seek can switch any of it off: the switches are here, outside the engine.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

WORKER = "worker"


def _kernel() -> None:
    """The fork server is this file, and its workers confine nothing."""
    from triage.coordinator import fork_server

    fork_server.COMMAND = (sys.executable, "-I", str(Path(__file__)), WORKER)


def _checks() -> None:
    from triage.coordinator import checking

    def trust(*_: object) -> None:
        return

    for name in ("check_results", "_check_matches", "_check_texts"):
        assert name in vars(checking)
        vars(checking)[name] = trust


def _journal() -> None:
    from types import SimpleNamespace

    from triage.bundle.writing import durable

    vars(durable)["os"] = SimpleNamespace(**{**vars(os), "fsync": lambda _: None})


SWITCHES = {"kernel": _kernel, "checks": _checks, "journal": _journal}


def _work() -> int:
    from triage.workers import __main__ as fork_server
    from triage.workers import serving

    assert "confine" in vars(serving)
    vars(serving)["confine"] = lambda **_: ("none",)
    sys.argv = [sys.argv[0], *sys.argv[2:]]
    return fork_server.main()


def main() -> int:
    """Serve as a worker, or run the command without those layers."""
    if sys.argv[1] == WORKER:
        return _work()
    for name in sys.argv[1].split(","):
        SWITCHES[name]()
    sys.argv = ["seek", *sys.argv[2:]]
    from cli.__main__ import main as seek

    seek()
    return 0


if __name__ == "__main__":
    sys.exit(main())
