"""How much memory a process took is its own, whoever started it."""

import os
import subprocess
import sys

from tests.memory import most_of


def test_a_process_does_not_have_the_memory_of_whoever_started_it() -> None:
    held = bytearray(os.urandom(1)) * (300 << 20)
    assert most_of() > len(held)
    done = subprocess.run(
        [sys.executable, "-c", "from tests.memory import most_of; print(most_of())"],
        capture_output=True,
        check=True,
    )
    assert 1 << 20 < int(done.stdout) < len(held) // 2


def test_one_that_is_gone_has_none() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
        assert most_of(process.pid) == 0
