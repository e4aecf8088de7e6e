"""Copies of the working tree in which faults are made, each with an environment of its own."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from itertools import count
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEK = "#!{python}\nimport sys\nfrom cli.__main__ import main\nsys.exit(main())\n"
QUICKLY = ("--tb=short", "--assert=plain")
"""Where a mutation makes long lists differ, to say how would take longer than the test."""
MOST_MEMORY = 8 * 1024**3
"""Bytes of the address space of a process, unless it lifts that: a mutation may make one swell
without end. A browser wants more from the start."""
HANGS_SECONDS = 900
"""A run that takes longer is ended and counts as an error, not as a mutation that was noticed."""
HUNG = -1
_moments = count(1_600_000_000, 10)


class Copy:
    """The tree, copied: its tests run its own code, in processes of every kind."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "seek"
        for name in _tracked():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target, follow_symlinks=False)
        if (ROOT / "build").is_dir():
            (self.root / "build").symlink_to(ROOT / "build")
        if (shared := ROOT.parent / "shared").is_dir():
            (folder / "shared").symlink_to(shared)
        self.python = self._environment(folder / "venv")

    def _environment(self, place: Path) -> Path:
        """Python with the packages of ours, and of this tree before that which is installed."""
        venv.create(place, symlinks=True)
        (packages,) = place.glob("lib/python*/site-packages")
        others = [path for path in sys.path if Path(path).name == "site-packages"]
        (packages / "seek.pth").write_text("\n".join((str(self.root), *others)) + "\n")
        for program in Path(sysconfig.get_path("scripts")).iterdir():
            if not (place / "bin" / program.name).exists():
                (place / "bin" / program.name).symlink_to(program)
        python, seek = place / "bin/python", place / "bin/seek"
        seek.unlink(missing_ok=True)
        seek.write_text(SEEK.format(python=python))
        seek.chmod(0o755)
        return python

    def write(self, name: str, text: str) -> None:
        """Change a file, at a moment that it never had: what is compiled of it is stale."""
        path = self.root / name
        path.write_text(text)
        moment = next(_moments)
        os.utime(path, (moment, moment))

    def run(self, tests: tuple[str, ...], *options: str) -> tuple[int, str]:
        """pytest's exit code (HUNG: it never came) and what it said."""
        limited = ["prlimit", f"--as={MOST_MEMORY}:"]
        command = [
            *limited,
            str(self.python),
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *QUICKLY,
        ]
        with subprocess.Popen(
            [*command, *options, *tests],
            cwd=self.root,
            env=os.environ | {"CI": "1"},  # a test that is skipped tells nothing
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=HANGS_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return HUNG, process.communicate()[0]
            return process.returncode, said


def _tracked() -> list[str]:
    """Files of the working tree, with those that are new, without those that are ignored."""
    if not (ROOT / ".git").exists():  # in a copy, which holds nothing else
        files = (path for path in ROOT.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return [str(path.relative_to(ROOT)) for path in files]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
