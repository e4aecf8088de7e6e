"""`seek lab`, as it is typed."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Seek
from tests.lab.bundles import Seen, looks, sealed
from triage.bundle.writing.signing import new_key
from triage.hashsets.hash_set import open_set

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, seek: Seek) -> Path:
    """A store with two cases that share what was found."""
    at = tmp_path_factory.mktemp("place")
    for case in ("CASE-1001", "CASE-1002"):
        seen = [Seen(content="shared", pdq=looks(1), finding=True), Seen(content=case)]
        sealed(at / case, case, seen)
    assert seek("lab", "init", at / "store").returncode == 0
    bundles = sorted(each for each in at.glob("CASE*/out/*") if each.is_dir())
    done = seek("lab", "import", at / "store", *bundles)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("verified, case CASE") == 2
    return at


def test_every_question_has_its_answer(seek: Seek, place: Path) -> None:
    store = place / "store"
    cases = [json.loads(line) for line in seek("lab", "cases", store, "--json").stdout.splitlines()]
    assert [each["case"] for each in cases] == ["CASE-1001", "CASE-1002"]
    (overlap,) = map(json.loads, seek("lab", "overlaps", store, "--json").stdout.splitlines())
    assert (overlap["one"], overlap["other"]) == ("CASE-1001", "CASE-1002")
    assert len(overlap["exact"]) == 1
    places = seek("lab", "overlaps", store, "--places").stdout
    assert "CASE-1001 EX-1: Users/someone/CASE-1001/shared.jpg, finding 1" in places
    assert "1 content the same to the byte" in seek("lab", "show", store, "CASE-1001").stdout
    first = seek("lab", "priorities", store).stdout
    assert "1 content known as notable" in first
    assert "1 figure not shown" in seek("lab", "trends", store).stderr
    assert seek("lab", "series", store).returncode == 0
    assert "imported" in seek("lab", "audit", store).stdout
    whole = seek("lab", "verify", store)
    assert whole.returncode == 0
    assert "The store is whole: 2 bundles verified" in whole.stdout


def test_all_entries_leave_as_one_table_that_other_tools_read(seek: Seek, place: Path) -> None:
    store, out = place / "store", place / "it's.parquet"
    done = seek("lab", "entries", store, "--out", out)
    assert done.returncode == 0, done.stderr
    assert ": 4 entries." in done.stderr.replace("\n", " ")
    rows = _table(out)
    assert {(row["case"], row["exhibit"]) for row in rows} == {
        ("CASE-1001", "EX-1"), ("CASE-1002", "EX-1"),
    }  # fmt: skip
    shared = [row for row in rows if row["md5"] == _md5("shared")]
    assert [row["path"] for row in shared] == [
        "Users/someone/CASE-1001/shared.jpg", "Users/someone/CASE-1002/shared.jpg",
    ]  # fmt: skip
    assert all(row["finding"] == 1 and row["kinds"] == ["hash_set"] for row in shared)
    assert all(row["place"] > 0 and row["size"] > 0 for row in shared)
    assert "exported entries" in seek("lab", "audit", store).stdout
    one = place / "one.parquet"
    assert seek("lab", "entries", store, "--out", one, "--case", "CASE-1002").returncode == 0
    assert {row["case"] for row in _table(one)} == {"CASE-1002"}
    again = seek("lab", "entries", store, "--out", one)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    nobody = seek("lab", "entries", store, "--out", place / "none", "--case", "nobody's")
    assert nobody.returncode == 1
    assert not (place / "none").exists()
    assert not list((store / "spill").glob("*"))


def test_a_store_without_a_bundle_has_no_entries_to_write(seek: Seek, tmp_path: Path) -> None:
    assert seek("lab", "init", tmp_path / "store").returncode == 0
    done = seek("lab", "entries", tmp_path / "store", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "no bundle" in done.stderr
    assert not (tmp_path / "out").exists()


def _table(file: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as held:
        asked = held.execute("SELECT * FROM read_parquet($file) ORDER BY path", {"file": str(file)})
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def test_what_was_found_goes_back_to_the_scene_sealed_and_without_a_case(
    seek: Seek, place: Path
) -> None:
    key, out = place / "key", place / "earlier.seekset"
    new_key(key, comment="stick", ask=False)
    done = seek("lab", "export", "hash-set", place / "store", "--out", out,
                "--name", "earlier cases", "--seal-to", key.with_suffix(".pub"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    content = out.read_bytes()
    assert b"CASE-1001" not in content
    assert b"someone" not in content
    hash_set = open_set(out)
    assert hash_set.locked
    hash_set.unlock_with_key(key, "")
    md5 = "cc8f08b9ad45ff0a8b5d5b9ec9e5cd05"
    asked = seek("hash-set", "lookup", out, "--key", key, _md5("shared"))
    assert asked.returncode == 0, asked.stderr
    assert seek("hash-set", "lookup", out, "--key", key, md5).returncode == 1
    open_one = seek(
        "lab", "export", "hash-set", place / "store", "--out", place / "x", "--name", "open"
    )
    assert open_one.returncode == 2
    assert "never written unsealed" in open_one.stderr


def _md5(content: str) -> str:
    import hashlib

    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()


def test_accounts_are_made_changed_and_closed_and_the_log_has_each(
    seek: Seek, tmp_path: Path
) -> None:
    """In a store that is older than accounts, too; a password is nowhere but in its secret."""
    store, words = tmp_path / "store", "several words of a person"
    assert seek("lab", "init", store).returncode == 0
    held = sqlite3.connect(store / "decisions.sqlite")
    held.execute("DROP TABLE account")
    held.close()
    add = ["lab", "user", "add", store, "j.doe", "--role", "examiner", "--password-file", "-"]
    assert "fewer than 12" in seek(*add, input="too short\n").stderr
    assert seek(*add, input=f"{words}\n").returncode == 0
    again = seek(*add, input=f"{words}\n")
    assert (again.returncode, "already" in again.stderr) == (2, True)
    assert seek("lab", "user", "role", store, "j.doe", "--role", "auditor").returncode == 0
    assert "j.doe                 auditor" in seek("lab", "user", "list", store).stdout
    assert seek("lab", "user", "close", store, "j.doe").returncode == 0
    assert seek("lab", "user", "close", store, "j.doe").returncode == 2
    trail = seek("lab", "audit", store).stdout
    assert [word for word in ("made an account", "gave a role", "closed an account")
            if word not in trail] == []  # fmt: skip
    for file in store.rglob("*"):
        assert not file.is_file() or words.encode() not in file.read_bytes()


def test_a_bundle_that_is_refused_is_said_to_be_and_gives_20(
    seek: Seek, place: Path, tmp_path: Path
) -> None:
    (bundle,) = (each for each in (place / "CASE-1001/out").iterdir() if each.is_dir())
    bad = tmp_path / "bad"
    shutil.copytree(bundle, bad)
    (bad / "manifest.sha256").write_bytes((bad / "manifest.sha256").read_bytes() + b"x")
    done = seek("lab", "import", place / "store", bad)
    assert done.returncode == 20
    assert "REFUSED" in done.stderr
    assert "What to do: " in done.stderr


def test_where_the_lab_s_side_is_missing_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    """The stick has cli, triage and profiles, and no lab."""
    for name in ("cli", "triage", "profiles"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = (
        f"import sys; sys.path = [{str(tmp_path)!r}, *(p for p in sys.path if p not in"
        f" ('', {str(ROOT)!r}))]; sys.argv = ['seek', 'lab', 'cases', 'x'];"
        " from cli.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2, done.stderr
    assert "This installation of seek leaves out lab" in done.stderr
    assert "./lab" in done.stderr


def test_the_stick_s_lock_has_nothing_of_the_lab() -> None:
    run = (ROOT / "requirements/run.txt").read_text()
    assert "msgspec==" in run
    assert "duckdb" not in run
    assert "duckdb==" in (ROOT / "requirements/lab.txt").read_text()


def test_the_lab_s_wheel_has_all_of_it(tmp_path: Path) -> None:
    """It is a distribution of its own: what its modules read beside them is in it."""
    tree = tmp_path / "tree"
    for part in ("lab", "triage/__init__.py"):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (tree / part).parent.mkdir(parents=True)
            shutil.copy(source, tree / part)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "out"],
        cwd=tree / "lab", check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = (tmp_path / "out").iterdir()
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    names = {str(file.relative_to(ROOT)) for file in (ROOT / "lab").rglob("*")
             if file.suffix in (".py", ".sql", ".yaml", ".html", ".css")}  # fmt: skip
    assert {"lab/pages/static/pages.css", "lab/pages/words/pt.yaml"} < names
    assert {name for name in names if not (tmp_path / "unpacked" / name).is_file()} == set()
