"""What a worker does before its first entry is kept short: the first finding waits for it."""

import subprocess
import sys

WATCHED = """
import sys

def heard(event, arguments):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"):
        raise RuntimeError(f"{event}: {arguments[:2]}")

sys.addaudithook(heard)
from triage.workers import __main__, confine, imports, preload
from triage.coordinator.fork_server import Fork

imports.import_at_once()
imports.import_for(Fork(descriptors=1, examines=True, hash_sets=True))
preload.preload(types=True)
confine._no_paths(())
print("reading" if "triage.hashsets.importing" in sys.modules else "not reading")
"""


def _watched(more: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", WATCHED + more], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_a_worker_starts_no_other_program() -> None:
    said = _watched()
    assert said in {"reading\n", "not reading\n"}, said


def test_the_watch_hears_what_it_is_there_for() -> None:
    assert "RuntimeError: subprocess.Popen" in _watched("__import__('os').popen('ldconfig -p')")


def test_who_only_looks_up_imports_no_reader_of_other_formats() -> None:
    assert _watched().startswith("not reading")
