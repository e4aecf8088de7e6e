"""What runs where little is installed: a lab's server has no use for OpenCV."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bundle import samples
from triage.bundle.writing.exports import Export

REPOSITORY = Path(__file__).parents[1]
ALONE = ("msgspec",)
WITH_COMMANDS = (*ALONE, "rich", "typer", "click", "shellingham", "pygments", "markdown_it",
                 "mdurl", "typing_extensions.py", "annotated_doc")  # fmt: skip
VERIFY = """
import sys
from pathlib import Path
from triage.bundle.checking.verify import verify
from triage.bundle.writing.exports import Export, default_file, save
bundle = Path(sys.argv[1])
result = verify(bundle)
print(result.failed is None, len(result.steps))
for export in Export:
    file = bundle.parent / f"copy.{export.value}"
    save(bundle, export, file)
    print(export.value, file.stat().st_size > 100)
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("numpy", "cv2", "rich")))
"""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.sealed(tmp_path_factory.mktemp("sealed"), findings=3)


def _bare(folder: Path, libraries: tuple[str, ...]) -> Path:
    """A virtual environment that has those libraries, seek's sources, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    import msgspec

    installed = Path(msgspec.__file__).parents[1]
    for name in libraries:
        (packages / name).symlink_to(installed / name)
    for name in ("cli", "triage", "profiles"):
        (packages / name).symlink_to(REPOSITORY / name)
    return folder / "bin" / "python"


def _run(python: str | Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [python, "-I", *arguments], capture_output=True, text=True, check=False, env=environment
    )


def test_bundles_are_verified_and_exported_where_msgspec_alone_is_installed(
    tmp_path: Path, sealed: Path
) -> None:
    python = _bare(tmp_path / "bare", ALONE)
    done = _run(python, "-c", VERIFY, sealed)
    assert done.returncode == 0, done.stderr
    verified, *exports, heavy = done.stdout.splitlines()
    assert verified.startswith("True ")
    assert int(verified.split()[1]) >= 10
    assert exports == [f"{export} True" for export in Export]
    assert heavy == "[]"


def test_verify_and_report_are_commands_of_the_smaller_installation(
    tmp_path: Path, sealed: Path
) -> None:
    python = _bare(tmp_path / "bare", WITH_COMMANDS)
    verified = _run(python, "-m", "cli", "verify", "--json", sealed)
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["verified"] is True
    pages = [tmp_path / "small.html", tmp_path / "whole.html"]
    for interpreter, page in zip((str(python), sys.executable), pages, strict=True):
        made = _run(interpreter, "-m", "cli", "report", sealed, "--out", page)
        assert made.returncode == 0, made.stderr
    assert pages[0].read_bytes() == pages[1].read_bytes()
    listed = _run(python, "-m", "cli", "--help")
    assert listed.returncode == 0, listed.stderr
    assert "verify" in listed.stdout


@pytest.mark.parametrize(
    "command", [("scan", "/dev/null"), ("devices",), ("hash-set", "info", "x")]
)
def test_what_the_smaller_installation_leaves_out_is_said(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    python = _bare(tmp_path / "bare", WITH_COMMANDS)
    done = _run(python, "-m", "cli", *command)
    assert done.returncode == 2, done.stderr
    assert "This installation of seek leaves out" in done.stderr
    assert "[scan]" in done.stderr
    assert "Traceback" not in done.stderr
