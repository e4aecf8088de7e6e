"""What a worker does before its first entry is kept short: the first finding waits for it."""

import subprocess
import sys

MADE_READY = """
import sys
from triage import profile
from triage.wire.forking import kind_of
from triage.wire.messages import Role
from triage.workers import __main__, imports

standard = profile.load("standard")
imports.import_at_once()
imports.import_for(kind_of(Role.EXAMINE, standard, hash_sets=True))
before = set(sys.modules)

from triage.detectors import build, classifier, videos
from triage.members.opening import openers
from triage.workers import decoding, digesting, examine, parting, preload, taking_out

openers()
videos.make_ready()
classifier.onnx_runtime()
preload.preload(types=True, pictures=True)
for choice in standard.detectors:
    if choice.needs.code:
        __import__(f"triage.detectors.{choice.needs.code}")
print(sorted(set(sys.modules) - before))
"""
WATCHED = """
import sys

def heard(event, arguments):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"):
        raise RuntimeError(f"{event}: {arguments[:2]}")

sys.addaudithook(heard)
from triage.workers import __main__, confine, imports, preload
from triage.wire.forking import KindOfWorker
from triage.wire.messages import Role

imports.import_at_once()
imports.import_for(KindOfWorker(role=Role.EXAMINE, hash_sets=True, members=True))
preload.preload(types=True)
confine._no_paths(())
print("reading" if "triage.hashsets.importing" in sys.modules else "not reading")
"""


def _watched(more: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", WATCHED + more], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_an_examiner_imports_nothing_that_the_fork_server_could_have() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", MADE_READY], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_a_worker_starts_no_other_program() -> None:
    said = _watched()
    assert said in {"reading\n", "not reading\n"}, said


def test_the_watch_hears_what_it_is_there_for() -> None:
    assert "RuntimeError: subprocess.Popen" in _watched("__import__('os').popen('ldconfig -p')")


def test_who_only_looks_up_imports_no_reader_of_other_formats() -> None:
    assert _watched().startswith("not reading")
