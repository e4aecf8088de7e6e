"""A sealed set is unlocked once after the boot: its key lies in memory, for this user alone."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.scan import unlocking
from tests.cli.test_hash_set import run
from tests.hashsets import material
from triage.errors import HashSetError
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.unlocked import forget, keep, unlock_kept

PASSPHRASE = "correct horse"  # noqa: S105 - of a test
DIGEST = bytes.fromhex(material.MD5[3])


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder without a disk, as the stick's home is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        monkeypatch.setenv("XDG_RUNTIME_DIR", name)
        monkeypatch.setenv("HOME", "/nowhere")
        yield Path(name)


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    (tmp_path / "pw").write_text(PASSPHRASE)
    out = tmp_path / "sealed.set"
    source = material.csv(tmp_path).path
    run("build", source, "-o", out, "--name", "x", "--sealed", "--passphrase-file", tmp_path / "pw")
    return out


def _opened_without_asking(path: Path) -> bool:
    """As the guide scans: with nobody at the standard input."""
    with open_set(path) as hash_set:
        try:
            key = unlocking(None)(hash_set)
        except HashSetError:
            return False
        with HashSet.from_fd(hash_set.descriptor, key=key) as worker:
            return worker.find("md5", DIGEST) is not None


def test_unlocked_once_a_scan_asks_no_more(sealed: Path, memory: Path) -> None:
    assert not _opened_without_asking(sealed)
    run("unlock", sealed, "--passphrase-file", sealed.with_name("pw"))
    assert _opened_without_asking(sealed)
    assert "PRESENT" in run("lookup", sealed, material.MD5[3]).output
    run("lock")
    assert not _opened_without_asking(sealed)


def test_the_key_is_for_this_user_alone_and_opens_this_file_alone(
    sealed: Path, memory: Path
) -> None:
    run("unlock", sealed, "--passphrase-file", sealed.with_name("pw"))
    (folder,) = memory.iterdir()
    (kept,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)
    other = sealed.with_name("other.set")
    run(
        *("build", sealed.with_name("a.csv"), "-o", other, "--name", "y", "--sealed"),
        *("--passphrase-file", sealed.with_name("pw")),
    )
    assert not _opened_without_asking(other)
    with open_set(other) as hash_set:
        kept.rename(folder / hash_set.sha256)
        assert unlock_kept(hash_set) is None
        assert hash_set.locked


def test_no_key_is_written_to_a_disk(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_disk = Path(__file__).parent
    kind = subprocess.check_output(["stat", "-f", "-c", "%T", on_a_disk], text=True).strip()
    assert kind not in {"tmpfs", "ramfs"}
    for name in ("XDG_RUNTIME_DIR", "HOME"):
        monkeypatch.setenv(name, str(on_a_disk))
    with open_set(sealed) as hash_set:
        assert not keep(hash_set, hash_set.unlock(PASSPHRASE))
    assert forget() == 0
    assert not (on_a_disk / "seek-unlocked").exists()


def test_a_folder_that_others_may_enter_is_not_used(sealed: Path, memory: Path) -> None:
    (memory / "seek-unlocked").mkdir(mode=0o755)
    with open_set(sealed) as hash_set:
        assert not keep(hash_set, hash_set.unlock(PASSPHRASE))
