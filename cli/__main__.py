"""`seek`: what takes longest is begun first, then the command line is run."""

import gc
import os
import sys
from contextlib import suppress

STOPPED = 130
"""The exit code of what Ctrl-C ended; its name is in what is not imported yet."""
NEED_WORKERS = ("scan", "resume", "similar")
"""Commands that need workers as soon as there can be any; `hash-set` does with own pictures."""


def main() -> None:
    """Run `seek` with the arguments of this process. Never returns."""
    _take_the_first_three()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's second thread spins for nothing
    gc.disable()  # while modules are imported, next to nothing is garbage
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    if wanted in NEED_WORKERS or (wanted == "hash-set" and "--pictures" in sys.argv):
        from triage.coordinator import fork_server  # noqa: PLC0415 - it imports while this process does

        fork_server.begin_early()
    try:
        from cli.app import run  # noqa: PLC0415 - only now: it takes a twentieth of a second

        run(wanted)
    except KeyboardInterrupt:  # before there was anybody to take it
        sys.exit(STOPPED)


def _take_the_first_three() -> None:
    """A standard stream that was closed leaves its number to the next file that is opened: that
    could be the bundle's, with our messages in it. So /dev/null takes it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one


if __name__ == "__main__":
    main()
