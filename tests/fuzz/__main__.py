"""`make fuzz`: each harness for FUZZ_SECONDS. `python -m tests.fuzz SECONDS [HARNESS …]`.

A crash is kept in build/fuzz; when it is mended its input goes to tests/fuzz/corpus/HARNESS, where
the suite tries it for ever. `python -m tests.fuzz keep` puts there what reaches most, small first.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fuzz.all import HARNESSES
from tests.fuzz.harness import CORPUS

BUILD = Path("build/fuzz")
MOST_SAVED, MOST_SAVED_BYTES = 12, 40_000
"""For each harness."""
SLOW_SECONDS = 20
"""One input that takes longer is a crash: nothing that we read may take so long."""
MEMORY_MB = 2048


def main() -> int:
    """Fuzz; the exit code says whether anything crashed."""
    if sys.argv[1:2] == ["keep"]:
        return keep(sys.argv[2:] or list(HARNESSES))
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    crashed = [name for name in sys.argv[2:] or HARNESSES if not survives(name, seconds)]
    print(f"{len(crashed)} crashed: {' '.join(crashed)}" if crashed else "no crashes")
    return 1 if crashed else 0


def survives(name: str, seconds: int) -> bool:
    """Whether a harness ran for so long without a crash."""
    crashes = BUILD / f"{name}-"
    done = _guided(
        name, BUILD / "found" / name, f"-max_total_time={seconds}", f"-timeout={SLOW_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={crashes}", "-print_final_stats=1",
        "-max_len=65536",
    )  # fmt: skip
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    print(f"{name}: {int(runs[1]) if runs else 0:,} runs, {reached[-1] if reached else 0} places "
          f"reached", flush=True)  # fmt: skip
    if done.returncode:
        print(_last_words(done.stdout + done.stderr), flush=True)
    return done.returncode == 0


def keep(names: list[str]) -> int:
    """The fewest found inputs that reach the most, into the saved corpora; small ones."""
    for name in names:
        merged = BUILD / "merged" / name
        shutil.rmtree(merged, ignore_errors=True)
        merged.mkdir(parents=True)
        _guided(name, merged, "-merge=1", str(BUILD / "found" / name))
        room = MOST_SAVED_BYTES
        for path in sorted(merged.iterdir(), key=lambda each: each.stat().st_size)[:MOST_SAVED]:
            room -= path.stat().st_size
            if room >= 0:
                (CORPUS / name).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, CORPUS / name / path.name[:16])
    return 0


def _guided(name: str, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    BUILD.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(folder), *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")


def _last_words(said: str) -> str:
    noise = r"#\d+\s|INFO:|stat::|WARNING: Failed to find"
    lines = [line for line in said.splitlines() if not re.match(noise, line)]
    return "\n".join(lines[-25:])


if __name__ == "__main__":
    sys.exit(main())
