"""`seek`: what takes longest is begun first, then the command line is run."""

import gc
import os
import sys

READ_EVIDENCE = ("scan", "resume")
"""Commands that need workers as soon as there can be any."""


def main() -> None:
    """Run `seek` with the arguments of this process. Never returns."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's second thread spins for nothing
    gc.disable()  # while modules are imported, next to nothing is garbage
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    if wanted in READ_EVIDENCE:
        from triage.workers import nursery  # noqa: PLC0415 - it imports while this process does

        nursery.begin_early()
    from cli.app import run  # noqa: PLC0415 - only now: it takes a twentieth of a second

    run(wanted)


if __name__ == "__main__":
    main()
