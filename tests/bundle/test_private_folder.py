"""No key of a scan that was killed stays, and none of one that lives is taken away."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from triage.bundle.writing import private_folder

HOLDING = """
import sys
from pathlib import Path
from triage.bundle.writing import private_folder
private_folder._MEMORY = Path(sys.argv[1])
with private_folder.private_folder() as folder:
    (folder / "key").write_text("a private key")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(private_folder, "_MEMORY", folder)
    return folder


@contextmanager
def _another(memory: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """A process that has a folder, and the folder."""
    command = [sys.executable, "-c", HOLDING, str(memory)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_what_a_killed_process_left_is_cleared_away_by_the_next(memory: Path) -> None:
    with _another(memory) as (process, left):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert (left / "key").exists()
        with private_folder.private_folder() as mine:
            assert list(memory.iterdir()) == [mine]
    assert not list(memory.iterdir())


def test_what_a_living_process_has_stays(memory: Path) -> None:
    with _another(memory) as (_, theirs):
        for _ in range(3):
            with private_folder.private_folder() as mine:
                assert {*memory.iterdir()} == {mine, theirs}
        assert (theirs / "key").read_text() == "a private key"


def test_a_process_started_meanwhile_does_not_keep_it(memory: Path) -> None:
    """The lock is not inherited: an agent that outlives its scan holds no folder."""
    with private_folder.private_folder() as mine, subprocess.Popen(["cat"], stdin=-1) as child:
        private_folder.clear_abandoned(memory)
        assert mine.exists()
        open_there = {str(each.readlink()) for each in Path(f"/proc/{child.pid}/fd").iterdir()}
        assert str(mine) not in open_there


def test_no_link_is_followed_and_nothing_else_is_touched(memory: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("mine")
    (memory / f"{private_folder.PREFIX}link").symlink_to(tmp_path / "precious")
    (memory / f"{private_folder.PREFIX}file").write_text("mine")
    (memory / "other").mkdir()
    abandoned = memory / f"{private_folder.PREFIX}dir"
    abandoned.mkdir()
    (abandoned / "link").symlink_to(tmp_path / "precious/file")
    private_folder.clear_abandoned(memory)
    assert not abandoned.exists()
    assert (tmp_path / "precious/file").read_text() == "mine"
    assert len(list(memory.iterdir())) == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a folder of another user")
def test_another_users_folder_stays(memory: Path) -> None:
    theirs = memory / f"{private_folder.PREFIX}theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    private_folder.clear_abandoned(memory)
    assert theirs.exists()


def test_one_that_is_cleared_away_before_it_is_locked_is_made_again(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    really = tempfile.mkdtemp

    def mkdtemp(prefix: str, dir: Path) -> str:  # noqa: A002 - as it is called
        made.append(Path(really(prefix=prefix, dir=dir)))
        if len(made) == 1:
            private_folder.clear_abandoned(memory)
        return str(made[-1])

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with private_folder.private_folder() as mine:
        assert [each.exists() for each in made] == [False, True]
        assert mine == made[1]
