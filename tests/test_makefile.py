"""`make help` lists every target; `make lint` checks the whole tree, with a suffix or without."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNUSED = "\nimport colorsys\n"
UNQUOTED = "\ncd $HOME/nowhere\n"
ALONE = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
"""The environment of a make that no other make has started, even under `make test`."""


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(name="tree", scope="module")
def _tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lint reads, copied: as git knows it."""
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    tree = tmp_path_factory.mktemp("tree")
    for name in _tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tree, check=True)
    return tree


def _make(tree: Path, target: str) -> subprocess.CompletedProcess[str]:
    """The tree's own target; what it needs is installed already."""
    return subprocess.run(
        ["make", "-s", "-o", "setup", target],
        cwd=tree, capture_output=True, text=True, check=False,
        env=ALONE | {"RUFF_OUTPUT_FORMAT": "concise", "NO_COLOR": "1"},
    )  # fmt: skip


def _named(tree: Path, kind: str) -> list[str]:
    """What is found by its first line."""
    return subprocess.run(
        [tree / "tests/programs.sh", kind], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def _planted(tree: Path, names: list[str], fault: str) -> None:
    for name in names:
        with (tree / name).open("a") as file:
            file.write(fault)


def _restored(tree: Path) -> None:
    subprocess.run(["git", "checkout", "-q", "."], cwd=tree, check=True)


def test_whatever_can_be_run_is_found_by_its_first_line(tree: Path) -> None:
    found = {*_named(tree, "python"), *_named(tree, "sh")}
    modes = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=tree, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    executable = {line.split("\t")[1] for line in modes if line.startswith("100755")}
    read_by_init = {
        name for name in map(str, _tracked())
        if "/initramfs-tools/scripts/" in name or "/initramfs-tools/hooks/" in name
    }  # fmt: skip
    assert read_by_init
    assert found >= executable | read_by_init


def test_a_fault_in_any_shell_script_makes_lint_fail(tree: Path) -> None:
    scripts = sorted({*_named(tree, "sh"), *(str(n) for n in _tracked() if n.suffix == ".sh")})
    _planted(tree, scripts, UNQUOTED)
    done = _make(tree, "lint-shell")
    _restored(tree)
    assert done.returncode != 0
    assert [name for name in scripts if f"In {name} line" not in done.stdout] == []


def test_a_fault_in_any_room_or_program_makes_lint_fail(tree: Path) -> None:
    files = [*_named(tree, "python"), "tests/test_makefile.py", "tests/boot/machine.py",
             "tests/bench/measure.py", "image-build/steps/manifest.py", "cli/app.py"]  # fmt: skip
    _planted(tree, files, UNUSED)
    done = _make(tree, "lint-python")
    _restored(tree)
    assert done.returncode != 0
    told = {line.split(":")[0] for line in done.stdout.splitlines() if "F401" in line}
    assert [name for name in files if name not in told] == []


def test_types_are_checked_in_every_package_of_the_tree() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        checked = set(tomllib.load(file)["tool"]["mypy"]["packages"])
    packages = {name.parts[0] for name in _tracked() if name.match("*/__init__.py")}
    assert checked >= packages - {"image-build"}
    assert "seek_stick" in checked


def _database() -> str:
    """All that make knows after reading the makefiles."""
    return subprocess.run(
        ["make", "-qp", "-C", ROOT, "help"],
        capture_output=True, text=True, check=False, env=ALONE | {"LC_ALL": "C"},
    ).stdout  # fmt: skip


def _rules() -> dict[str, list[str]]:
    """Targets that somebody may ask for, and what each needs: no files in folders, no patterns."""
    rules = _database().split("# Files\n")[1].split("\n\n")
    lines = [
        rule.splitlines()[0] for rule in rules if "# Not a target" not in rule and rule.strip()
    ]
    named = [line.partition(":") for line in lines if re.match(r"[A-Za-z][^/:=\s]*:", line)]
    return {name: needs.split() for name, _, needs in named}


def test_help_lists_every_target_and_no_other() -> None:
    told = subprocess.run(
        ["make", "-s", "-C", ROOT, "help"], capture_output=True, text=True, check=True, env=ALONE
    ).stdout
    listed = [line.split()[0] for line in told.splitlines() if line]
    assert sorted(listed) == sorted(_rules().keys() - {"Makefile"})
    assert all(len(line.split()) > 1 for line in told.splitlines())


def test_every_target_runs_even_where_a_file_has_its_name() -> None:
    rules = re.search(r"^\.PHONY:(.*)$", _database(), re.MULTILINE)
    assert rules is not None
    assert sorted(rules[1].split()) == sorted(_rules().keys() - {"Makefile"})


def test_the_lint_of_all_is_made_of_its_parts() -> None:
    parts = {name for name in _rules() if name.startswith("lint-")}
    assert set(_rules()["lint"]) == parts
    assert len(parts) == 4
