"""`make bench`: every table, or those that are named: `python -m tests.bench hashing …`."""

import importlib.util
import os
import platform
import subprocess
import sys

TABLES = ("profiles", "hashing", "first_finding", "sweeps", "throughput", "scale", "hash_sets",
          "pictures", "telephones", "containers", "volumes", "sandbox", "lab",
          "report")  # fmt: skip
"""Modules beside this one, each with `run() -> str`, in the order in which they are printed."""


def main() -> int:
    """Print the tables; returns the exit code."""
    wanted = sys.argv[1:] or [name for name in TABLES if _exists(name)]
    unknown = [name for name in wanted if name not in TABLES or not _exists(name)]
    if unknown:
        print(f"no table '{unknown[0]}'; there are: {', '.join(filter(_exists, TABLES))}")
        return 2
    print(f"# {_machine()}\n", flush=True)
    for name in wanted:
        print(importlib.import_module(f"tests.bench.{name}").run(), flush=True)
    return 0


def _exists(name: str) -> bool:
    return importlib.util.find_spec(f"tests.bench.{name}") is not None


def _machine() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, at {commit or 'no commit'}"


if __name__ == "__main__":
    sys.exit(main())
