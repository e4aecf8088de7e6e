"""`seek hash-set`, as the technician types it."""

import hashlib
import json
import subprocess
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.hash_set import app
from tests.conftest import Seek
from triage.errors import HashSetError, SeekError, UsageError

RUNNER = CliRunner()
CONTENT = b"a harmless picture"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
OTHER = "0" * 31 + "1"


def run(*arguments: object, stdin: str = "") -> Result:
    """Run it; an error of ours is raised, as in the real program's gate."""
    result = RUNNER.invoke(app, [str(each) for each in arguments], input=stdin)
    if isinstance(result.exception, SeekError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    rows = f"{MD5},1,{len(CONTENT)}\n{'a' * 32},2,5\nbad,1,1\n"
    path.write_text("md5,category,size\n" + rows)
    return path


@pytest.fixture
def built(source: Path) -> Path:
    out = source.with_name("lab.set")
    run("build", source, "--out", out, "--name", "Lab", "--expires", "2020-01-31")
    return out


def test_build_says_the_format_and_every_bad_record(source: Path, tmp_path: Path) -> None:
    said = run("build", source, "--out", tmp_path / "x.set", "--name", "Lab").output
    assert "list.csv: CSV, 2 records" in said
    assert "1 bad record left out" in said
    assert "line 4: md5 has 3 characters, not 32: 'bad'" in said


def test_a_labs_own_pictures_become_hashes_beside_its_lists(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    picture = resources.files("skimage") / "data" / "coffee.png"
    (folder / "secret name.png").write_bytes(picture.read_bytes())
    out = tmp_path / "x.set"
    said = run("build", source, "--pictures", folder, "--out", out, "--name", "Lab").output
    assert "own: own pictures, 1 record\n" in said
    assert "PRESENT" in run("lookup", out, folder / "secret name.png").output
    assert json.loads(run("info", out, "--json").output)["digests"]["pdq"] == 1
    assert b"secret" not in out.read_bytes()
    with pytest.raises(UsageError, match="nothing to build"):
        run("build", "--out", tmp_path / "y.set", "--name", "Lab")


def test_strict_refuses_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="line 4"):
        run("build", source, "--out", tmp_path / "x.set", "--name", "Lab", "--strict")
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_info_says_what_it_is_and_that_it_has_expired(built: Path) -> None:
    said = run("info", built, "--check").output
    for word in ("Lab", "notable", "category 1", "list.csv", "EXPIRED", "every byte"):
        assert word in said
    facts = json.loads(run("info", built, "--json").output)
    assert facts["entries"] == 2
    assert facts["expires"] == "2020-01-31"


def test_lookup_takes_digests_files_and_standard_input(built: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(CONTENT)
    said = run("lookup", built, MD5.upper(), OTHER, picture).output
    assert said.count("PRESENT") == 2
    assert "absent" in said
    assert "2 of 3 found" in said
    piped = run("lookup", built, stdin=f"{MD5}  picture.jpg\n{OTHER}\n").output
    assert "1 of 2 found" in piped
    answers = run("lookup", built, MD5, OTHER, "--json").output.splitlines()
    assert [json.loads(line)["found"] for line in answers] == [True, False]


def test_lookup_in_a_plain_list(source: Path) -> None:
    assert "PRESENT" in run("lookup", source, MD5).output


@pytest.mark.parametrize("word", ["xyz", "g" * 32, "a" * 40])
def test_lookup_of_what_cannot_be_asked_is_wrong_use(word: str, built: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run("lookup", built, word)
    assert caught.value.hint


def test_category_filter(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.set"
    said = run("build", source, "--out", out, "--name", "One", "--category", "1").output
    assert "left out: 1 (another category)" in said
    assert "absent" in run("lookup", out, "a" * 32).output


def test_merge_subtract_export(built: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.md5"
    more.write_text(f"{MD5}\n{OTHER}\n")
    merged, rest = tmp_path / "merged.set", tmp_path / "rest.set"
    assert "1 record of entries" in run("merge", built, more, "--out", merged).output
    run("subtract", merged, more, "--out", rest)
    exported = run("export", rest, "--format", "md5").output.split()
    assert exported == ["a" * 32]
    facts = json.loads(run("info", merged, "--json").output)
    assert (facts["name"], facts["entries"]) == ("Lab", 3)


def test_notable_and_known_do_not_merge_by_accident(built: Path, tmp_path: Path) -> None:
    other = tmp_path / "nsrl.txt"
    other.write_text(OTHER)
    known = tmp_path / "known.set"
    run("build", other, "--out", known, "--name", "NSRL", "--kind", "known")
    with pytest.raises(UsageError, match="Notable and known"):
        run("merge", built, known, "--out", tmp_path / "x.set")


def test_sealed_set_opens_with_passphrase_or_key_only(source: Path, tmp_path: Path) -> None:
    key, passphrase = tmp_path / "key", tmp_path / "passphrase"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    passphrase.write_text("correct horse\n")
    out = tmp_path / "sealed.set"
    run(
        *("build", source, "--out", out, "--name", "Secret", "--sealed", "--seal-to"),
        *(f"{key}.pub", "--passphrase-file", passphrase, "--sign", key),
    )
    said = run("info", out).output
    assert "Secret" not in said
    assert "ssh-ed25519 SHA256:" in said
    assert "PRESENT" in run("lookup", out, MD5, "--passphrase-file", passphrase).output
    assert "PRESENT" in run("lookup", out, MD5, "--key", key).output
    signers = tmp_path / "signers"
    signers.write_text(f"lab {Path(f'{key}.pub').read_text()}")
    assert "good, of lab" in run("info", out, "--signers", signers).output
    with pytest.raises(UsageError, match="no terminal"):
        run("lookup", out, MD5)
    with pytest.raises(HashSetError, match="sealed"):
        run("export", out)


@pytest.mark.parametrize("weak", ["x", "password", "Passw0rd!", "a" * 40, "1234567890123456"])
def test_a_passphrase_that_a_finder_guesses_is_refused_and_the_strength_of_others_is_said(
    source: Path, tmp_path: Path, weak: str
) -> None:
    file, out = tmp_path / "passphrase", tmp_path / "sealed.set"
    file.write_text(f"{weak}\n")
    order = ("build", source, "--out", out, "--name", "x", "--sealed", "--passphrase-file", file)
    with pytest.raises(UsageError, match=r"too weak: .* 45 are needed"):
        run(*order)
    assert not out.exists()
    file.write_text("correct horse battery staple\n")
    assert "114 bits at most" in run(*order).output


def test_wrong_day_and_existing_file(source: Path, built: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a day"):
        run("build", source, "--out", tmp_path / "x", "--name", "x", "--expires", "soon")
    with pytest.raises(UsageError, match="exists already"):
        run("build", source, "--out", built, "--name", "x")
    with pytest.raises(UsageError, match="exists already"):
        run("export", built, "--out", source)


def test_lookup_tells_the_shell_what_grep_would(built: Path, seek: Seek, tmp_path: Path) -> None:
    """0: one is in it, 1: none is, 2: it could not be asked."""
    absent = "1" * 32
    asked = {
        (MD5,): 0,
        (absent,): 1,
        (absent, OTHER): 1,
        (absent, MD5): 0,
        (f"{absent}, {MD5}",): 0,
        ("xyz",): 2,
        ("a" * 40,): 2,
    }
    for words, code in asked.items():
        assert (words, seek("hash-set", "lookup", built, *words).returncode) == (words, code)
    assert seek("hash-set", "lookup", built, input=f"{absent}\n").returncode == 1
    assert seek("hash-set", "lookup", built, "--json", absent).returncode == 1
    assert seek("hash-set", "lookup", tmp_path / "nowhere.set", MD5).returncode == 2
    (tmp_path / "no.set").write_text("no set")
    assert seek("hash-set", "lookup", tmp_path / "no.set", MD5).returncode == 2
    told = " ".join(seek("hash-set", "lookup", "--help").stdout.split())
    assert "0 any of them is in it; 1 none is; 2 wrong use" in told


def test_a_line_of_many_digests_is_asked_for_one_by_one(built: Path) -> None:
    said = run("lookup", built, stdin=f"{OTHER}; {MD5}, {'a' * 32}\n").output
    assert "2 of 3 found" in said


def test_build_and_info_name_what_was_not_used(tmp_path: Path) -> None:
    path, out = tmp_path / "list.csv", tmp_path / "x.set"
    path.write_text(f"md5;sha1;Colour;size\n{'0' * 32};{'a' * 40};red;12 KB\n{MD5};;blue;5\n")
    said = run("build", path, "--out", out, "--name", "Lab").output
    for words in ("columns that nothing was taken from: Colour", "kept without its size: 1",
                  "line 2: the size is not a number: '12 KB'", "a placeholder"):  # fmt: skip
        assert words in said
    said = run("info", out).output
    for words in ("list.csv: Colour", "1: its size", "1 not known: every file is read"):
        assert words in said
