"""What parses evidence is loaded by workers alone; they say its version, nobody else knows it."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import magic
import pytest
import pytsk3

from tests.coordinator import pooled
from tests.disks import ext_volume
from tests.workers import scanning
from triage.choices import HashSetUse
from triage.coordinator.libraries import libraries
from triage.coordinator.pool import Pool
from triage.detectors.jpeg_xl import libjxl, version_loaded
from triage.members import libarchive
from triage.profile import Profile
from triage.wire.messages import Ready, Role

SLEUTH_KIT = str(pytsk3.TSK_VERSION_STR)
NUMBER = magic.version()  # type: ignore[no-untyped-call]
LIBMAGIC = f"{NUMBER // 100}.{NUMBER % 100:02d}"
LIBJXL = {"libjxl": version_loaded()} if libjxl() else {}
LIBARCHIVE = {"libarchive": libarchive.version_loaded()} if libarchive.libarchive() else {}
WHOLE_SCAN = """
import sys
from cli.__main__ import main
sys.argv = ["seek", "scan", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
parsers = {"pytsk3", "magic", "cv2", "PIL", "pi_heif", "pikepdf", "onnxruntime"}
ours = ("triage.sources", "triage.detectors", "triage.parts", "triage.members", "triage.workers")
loaded = sorted(name for name in sys.modules if name in parsers or name.startswith(ours))
sys.__stdout__.write(f"LOADED {loaded}\\n")
sys.__stdout__.flush()
"""


def test_a_worker_that_is_given_nothing_says_both() -> None:
    assert libraries() == {"the sleuth kit": SLEUTH_KIT, "libmagic": LIBMAGIC}


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Role.SURVEY, {"the sleuth kit": SLEUTH_KIT}),
        (
            Role.EXAMINE,
            {"the sleuth kit": SLEUTH_KIT, "libmagic": LIBMAGIC, **LIBJXL, **LIBARCHIVE},
        ),
    ],
)
def test_a_worker_says_what_it_has_loaded(role: Role, said: dict[str, str], tmp_path: Path) -> None:
    with ExitStack() as held, Pool() as pool:
        worker = pool.start(pooled.equipped(tmp_path, held, role, "standard"))
        ready = pooled.heard(pool, worker, Ready)
        assert isinstance(ready, Ready)
        assert ready.libraries == said


def test_the_document_names_what_its_workers_had_loaded(tmp_path: Path) -> None:
    image = tmp_path / "suspect.img"
    ext_volume(image, 8 << 20, {"a.txt": b"a" * 500})
    parts = scanning.run(image, out=tmp_path / "out").document.tool.parts
    assert parts["the sleuth kit"] == SLEUTH_KIT
    digests = Profile(name="digests", description="", detectors=(HashSetUse(),))
    only = scanning.run(image, out=tmp_path / "only", profile=digests).document.tool.parts
    assert only["the sleuth kit"] == SLEUTH_KIT
    assert "libmagic" not in only, "nothing asked it for a type"


def test_a_whole_scan_loads_no_parser_into_the_process_that_decides(tmp_path: Path) -> None:
    image = tmp_path / "suspect.img"
    ext_volume(image, 8 << 20, {"a.jpg": b"\xff\xd8\xff\xe0" + bytes(5000)})
    done = subprocess.run(
        [sys.executable, "-c", WHOLE_SCAN, image, "--out", tmp_path / "out", "--profile", "quick"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.rstrip().endswith("LOADED []"), done.stdout + done.stderr
    assert list((tmp_path / "out").glob("*/findings.json"))
