"""Files that lie: a clear error or a counted bad record, and never more memory than needed."""

import gzip
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hashsets import material
from triage.errors import HashSetError
from triage.hashsets.importing import ready
from triage.hashsets.records import Imported

TEXTS = ["plain", "md5sum", "bsd", "hashdeep", "csv", "icse", "hashkeeper", "rds2", "tsk_index"]
TEXTS += ["rds3_delta", "pdq", "signals", "printed_signals", "vpdq"]
DOCUMENTS = ["vics2", "vics13", "caid", "vics_case", "ncmec"]
BINARIES = ["encase", "kdb", "iped", "rds3", "rds2_zip", "gzipped"]


def _read(path: Path) -> Imported:
    with ready(path) as hash_set:
        assert hash_set.imported is not None
        return hash_set.imported


def _tried(path: Path) -> Imported | HashSetError:
    try:
        return _read(path)
    except HashSetError as error:
        result = error
    assert result.message
    assert "\n" not in result.message
    return result


def _changed(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize("name", [*TEXTS, *DOCUMENTS, *BINARIES])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.97])
def test_truncated(name: str, share: float, tmp_path: Path) -> None:
    made = material.EVERY[name](tmp_path)
    path = _changed(made.path, lambda data: data[: int(len(data) * share)])
    result = _tried(path)
    if isinstance(result, Imported) and name != "kdb":  # hfind pads its files with 940 kB
        assert result.records < made.count or result.bad


@pytest.mark.parametrize("name", [*DOCUMENTS, "encase", "gzipped", "rds2_zip", "rds3", "iped"])
def test_truncation_is_never_silent(name: str, tmp_path: Path) -> None:
    path = material.EVERY[name](tmp_path).path
    result = _tried(_changed(path, lambda data: data[: int(len(data) * 0.9) - 7]))
    assert isinstance(result, HashSetError) or result.bad


@pytest.mark.parametrize("name", material.EVERY)
def test_wrong_header(name: str, tmp_path: Path) -> None:
    made = material.EVERY[name](tmp_path)
    result = _tried(_changed(made.path, lambda data: b"\x00\x01garbage\xff" + data[10:]))
    assert isinstance(result, HashSetError) or result.bad or result.records


@pytest.mark.parametrize("name", [n for n in TEXTS if n != "signals"])
def test_bad_hexadecimal_names_its_line_and_costs_no_other_digest(
    name: str, tmp_path: Path
) -> None:
    made = material.EVERY[name](tmp_path)
    victim = next(
        text.encode()
        for digest in (material.MD5[7], material.SHA1[7], material.SHA256[7])
        for text in (digest, digest.upper())
        if text.encode() in made.path.read_bytes()
    )
    line = made.path.read_bytes().split(victim)[0].count(b"\n") + 1
    path = _changed(made.path, lambda data: data.replace(victim, b"xyz" + victim[3:]))
    imported = _read(path)
    several = len(made.digests) > 1
    assert (imported.bad, imported.records) == (not several, made.count - (not several))
    shown = (imported.first_without if several else imported.first_bad)[0]
    assert shown.line == line
    assert "xyz" in shown.reason


@pytest.mark.parametrize("name", ["vics2", "vics13", "caid", "vics_case", "ncmec"])
def test_bad_hexadecimal_in_documents_is_counted(name: str, tmp_path: Path) -> None:
    made = material.EVERY[name](tmp_path)
    upper = material.MD5[7].upper() if name != "ncmec" else material.MD5[7]
    bad = f">xyz{upper[3:]}<" if name == "ncmec" else f'"xyz{upper[3:]}"'
    good = f">{upper}<" if name == "ncmec" else f'"{upper}"'
    path = _changed(made.path, lambda data: data.replace(good.encode(), bad.encode()))
    imported = _read(path)
    assert (imported.bad, imported.records) == (0, made.count)
    assert imported.kept_without == {"its md5": 1}
    assert "xyz" in imported.first_without[0].reason


@pytest.mark.parametrize("name", [*TEXTS, *DOCUMENTS])
@pytest.mark.parametrize("insert", [b"\0\0\0", b"\xff\xfe\xfd", b"\r\r\n"])
def test_foreign_bytes_in_the_middle(name: str, insert: bytes, tmp_path: Path) -> None:
    made = material.EVERY[name](tmp_path)
    middle = len(made.path.read_bytes()) // 2
    path = _changed(made.path, lambda data: data[:middle] + insert + data[middle:])
    result = _tried(path)
    if isinstance(result, Imported) and name in DOCUMENTS:
        missing = any("missing" in note for note in result.notes)
        assert missing or result.records + result.bad >= made.count
    elif isinstance(result, Imported):
        assert result.records + result.bad >= made.count - 1


UTF16 = ["plain", "bsd", "csv", "icse", "hashkeeper", "rds2", "hashdeep", "rds3_delta", "pdq"]
UTF16 += ["signals", *DOCUMENTS]


@pytest.mark.parametrize("name", UTF16)
def test_utf16_is_read(name: str, tmp_path: Path) -> None:
    made = material.EVERY[name](tmp_path)
    text = made.path.read_bytes().decode("latin-1" if name == "rds2" else "utf-8-sig")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        made.path.write_bytes(text.encode(encoding))
        imported = _read(made.path)
        assert (encoding, imported.records, imported.bad) == (encoding, made.count, 0)


@pytest.mark.parametrize("name", [*TEXTS, *DOCUMENTS])
@pytest.mark.parametrize("encoding", ["utf-32", "cp037"])
def test_an_encoding_that_is_not_read_is_refused(name: str, encoding: str, tmp_path: Path) -> None:
    path = material.EVERY[name](tmp_path).path
    text = path.read_bytes().decode("latin-1" if name == "rds2" else "utf-8-sig")
    path.write_bytes(text.encode(encoding, errors="replace"))
    assert isinstance(_tried(path), HashSetError)


@pytest.mark.parametrize("encoding", ["x-none", "base64", "utf-7"])
def test_xml_of_an_unknown_encoding_is_refused(encoding: str, tmp_path: Path) -> None:
    path = material.ncmec(tmp_path).path
    path = _changed(path, lambda data: data.replace(b"UTF-8", encoding.encode()))
    with pytest.raises(HashSetError, match="encoding"):
        _read(path)


@pytest.mark.parametrize("size", ["99999999999999999999999", "7000000000000000000", "-1", "x"])
def test_an_impossible_size_costs_itself_alone(size: str, tmp_path: Path) -> None:
    path = tmp_path / "sizes.csv"
    path.write_text(f"md5,size\n{'a' * 32},5\n{'b' * 32},{size}\n{'c' * 32},\n")
    imported = _read(path)
    assert (imported.records, imported.bad) == (3, 0)
    assert imported.kept_without == {"its size": 1}
    assert imported.first_without[0].line == 3
    assert "size" in imported.first_without[0].reason


BAD_CELLS = [
    ("kdb", "UPDATE hashes SET md5 = x'0102' WHERE id = 7", "16 bytes"),
    ("kdb", "UPDATE hashes SET md5 = 'text' WHERE id = 7", "16 bytes"),
    ("iped", "UPDATE HASHES SET MD5 = NULL, SHA1 = NULL WHERE HASH_ID = 7", "no digest"),
    ("iped", "UPDATE HASHES SET MD5 = 'text', SHA1 = NULL WHERE HASH_ID = 7", "16 bytes"),
]
BAD_BESIDE_A_GOOD_DIGEST = [
    ("rds3", "UPDATE METADATA SET md5 = 'xyz' || substr(md5, 4) WHERE rowid = 7", "hexadecimal"),
    ("rds3", "UPDATE METADATA SET md5 = printf('%.32c', char(0)) WHERE rowid = 7", "md5"),
    ("rds3", "UPDATE METADATA SET md5 = x'ff00ff' WHERE rowid = 7", "md5"),
    ("rds3", "UPDATE METADATA SET file_size = 'many' WHERE rowid = 7", "not a number"),
    ("rds3", "UPDATE METADATA SET file_size = -7 WHERE rowid = 7", "out of range"),
    ("iped", "UPDATE HASHES SET MD5 = 'text' WHERE HASH_ID = 7", "16 bytes"),
]


@pytest.mark.parametrize(("name", "change", "reason"), BAD_CELLS)
def test_a_bad_cell_of_a_database_is_counted(
    name: str, change: str, reason: str, tmp_path: Path
) -> None:
    made = material.EVERY[name](tmp_path)
    _execute(made.path, change)
    imported = _read(made.path)
    assert (imported.bad, imported.records) == (1, made.count - 1)
    assert reason in imported.first_bad[0].reason


@pytest.mark.parametrize(("name", "change", "reason"), BAD_BESIDE_A_GOOD_DIGEST)
def test_a_bad_cell_beside_a_good_digest_costs_itself_alone(
    name: str, change: str, reason: str, tmp_path: Path
) -> None:
    made = material.EVERY[name](tmp_path)
    _execute(made.path, change)
    with ready(made.path) as hash_set:
        imported = hash_set.imported
        assert hash_set.find("sha1", bytes.fromhex(material.SHA1[6]))
    assert imported is not None
    assert (imported.bad, imported.records) == (0, made.count)
    assert sum(imported.kept_without.values()) == 1
    assert reason in imported.first_without[0].reason


def _execute(path: Path, change: str, *values: object) -> None:
    database = sqlite3.connect(path)
    database.execute(change, values)
    database.commit()
    database.close()


TOO_LARGE = {
    "in text": ("UPDATE METADATA SET md5 = ? WHERE rowid = 7", "A" * (2 << 20)),
    "in bytes": ("UPDATE METADATA SET sha1 = ? WHERE rowid = 1", b"A" * (2 << 20)),
    "as a size": ("UPDATE METADATA SET file_size = ? WHERE rowid = 600", b"7" * (5 << 20)),
    "in several": ("UPDATE METADATA SET md5 = ? WHERE rowid IN (7, 8, 300)", "A" * (2 << 20)),
}


@pytest.mark.parametrize("where", TOO_LARGE)
def test_a_value_above_a_megabyte_costs_its_row_alone(where: str, tmp_path: Path) -> None:
    made = material.rds3(tmp_path)
    _execute(made.path, *TOO_LARGE[where])
    with ready(made.path) as hash_set:
        imported, entries = hash_set.imported, hash_set.header.entries
    assert imported is not None
    lost = 3 if where == "in several" else 1
    assert (imported.bad, imported.records) == (lost, made.count - lost)
    assert "1,048,576 bytes" in imported.first_bad[0].reason
    assert entries == 300 - (where == "in several"), "each file stands there for two packages"


def test_large_values_in_any_number_of_rows_do_not_refuse_the_file(tmp_path: Path) -> None:
    made = material.rds3(tmp_path)
    _execute(made.path, "UPDATE METADATA SET md5 = ? WHERE rowid % 4 = 1", "A" * ((1 << 20) + 1))
    imported = _read(made.path)
    assert (imported.bad, imported.records) == (150, made.count - 150)


LARGE_ELSEWHERE = {
    "kdb": "UPDATE hashes SET sha1 = zeroblob(2000000 + id) WHERE id IN (7, 300)",
    "iped": "UPDATE HASHES SET SHA1 = zeroblob(2000000 + HASH_ID) WHERE HASH_ID IN (7, 300)",
}


@pytest.mark.parametrize("name", LARGE_ELSEWHERE)
def test_a_large_value_in_another_database_costs_its_record_alone(
    name: str, tmp_path: Path
) -> None:
    made = material.EVERY[name](tmp_path)
    _execute(made.path, LARGE_ELSEWHERE[name])
    imported = _read(made.path)
    assert (imported.bad >= 2, imported.records) == (True, made.count - 2)
    assert "1,048,576 bytes" in imported.first_bad[0].reason


def test_a_large_value_in_a_column_that_is_not_taken_costs_nothing(tmp_path: Path) -> None:
    made = material.rds3(tmp_path)
    _execute(made.path, "UPDATE METADATA SET file_name = ? WHERE rowid = 9", "n" * (2 << 20))
    imported = _read(made.path)
    assert (imported.bad, imported.records) == (0, made.count)
    assert set(imported.unused) == {"crc32", "file_name", "package_id"}


_GIGABYTE = {"list", "csv", "json string", "xml text"}
"""The others are of 128 MB, so that the suite stays quick."""
ENDLESS = {
    "list": (b"d" * 32 + b"\n", b"a"),
    "csv": (b"md5,size\n", b"a"),
    "quoted csv": (b"md5,name\n" + b"d" * 32 + b',"', b"a"),
    "tsk": (b"0" * 41 + b"|md5sum\n", b"a"),
    "delta": (b"INSERT INTO FILE(md5) VALUES('", b"a"),
    "json string": (b'{"@odata.context":"VICS#Media","value":[{"MediaID":1,"MD5":"', b"a"),
    "json nesting": (b'{"@odata.context":"VICS#Media","value":[', b"["),
    "json escapes": (b'{"@odata.context":"VICS#Media","value":[{"MD5":"', b'\\"'),
    "json keys": (b'{"@odata.context":"VICS#Media","value":[{"MD5":"', b'a":1,"'),
    "xml text": (material.NCMEC_HEAD.encode() + b"<images><image><md5>", b"a"),
    "xml attribute": (material.NCMEC_HEAD.encode() + b'<images x="', b"a"),
    "xml nesting": (material.NCMEC_HEAD.encode(), b"<a>"),
    "zeros": (b"d" * 32 + b"\n", b"\0"),
    "pdq": (b"d" * 64 + b",100\n", b"a"),
}
_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from pathlib import Path
from tests.memory import most_of
from triage.errors import HashSetError
from triage.hashsets.importing import ready
ready(Path(sys.argv[2])).close()
used = most_of()
try:
    ready(Path(sys.argv[1])).close()
    print("read")
except HashSetError as error:
    print("refused:", error.message[:200])
print((most_of() - used) >> 20)
"""


@pytest.mark.parametrize("name", ENDLESS)
def test_a_line_of_a_gigabyte_does_not_fill_the_memory(name: str, tmp_path: Path) -> None:
    head, filler = ENDLESS[name]
    block = gzip.compress(filler * ((16 << 20) // len(filler)), 1)
    path = tmp_path / "endless.gz"
    with path.open("wb") as file:
        file.write(gzip.compress(head))
        for _ in range(64 if name in _GIGABYTE else 8):
            file.write(block)
    small = tmp_path / "small.txt"
    small.write_text("d" * 32)
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(path), str(small)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-300:]
    verdict, used = done.stdout.splitlines()
    assert verdict.startswith(("read", "refused:"))
    assert int(used) < 100, f"{name}: {used} MB more"


def test_entity_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xml"
    entities = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    path.write_text(f"<!DOCTYPE queryResult [{entities}]>{material.NCMEC_HEAD[38:]}&b;")
    with pytest.raises(HashSetError, match="document type"):
        ready(path)


def test_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.txt", "d" * 32)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (4 << 28).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(HashSetError, match="zip"):
        ready(path)


def test_zip_of_many_files_says_so(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "d" * 32)
        archive.writestr("b.txt", "d" * 32)
    with pytest.raises(HashSetError, match="holds 2 files"):
        ready(path)


def test_encrypted_zip_says_so(tmp_path: Path) -> None:
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "d" * 32)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(HashSetError, match="zip cannot be read"):
        ready(path)


def test_damaged_gzip_is_refused(tmp_path: Path) -> None:
    path = material.gzipped(tmp_path).path
    with pytest.raises(HashSetError, match="gzip is damaged"):
        ready(_changed(path, lambda data: data[:-20] + b"\0" * 20))


def test_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE people(name)")
    database.commit()
    database.close()
    with pytest.raises(HashSetError, match="none of NSRL"):
        ready(path)


def test_database_with_columns_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE FILE(name)")
    database.commit()
    database.close()
    with pytest.raises(HashSetError, match="no such column"):
        ready(path)


@pytest.mark.parametrize(
    "text", ["", "hello\nworld\n", "{}", "[1, 2]", "<html></html>", "\0" * 5000]
)
def test_what_is_no_hash_set_is_refused_with_what_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "no.txt"
    path.write_text(text)
    with pytest.raises(HashSetError) as caught:
        ready(path)
    assert caught.value.hint


def test_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="folder"):
        ready(tmp_path)
    with pytest.raises(HashSetError, match="No such file"):
        ready(tmp_path / "absent")


def test_a_set_without_any_usable_record_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.md5"
    path.write_text("d41d8cd98f00b204e9800998ecf8427e  empty\n")
    with pytest.raises(HashSetError, match="no usable record"):
        ready(path)


def test_numbers_that_json_allows_but_no_size_has(tmp_path: Path) -> None:
    sizes = ["1e40", "-5", "99999999999999999999999", "true", "[1]", '"x"', "null", "3.0"]
    values = ",".join(
        f'{{"MediaID":{n},"MD5":"{material.MD5[n]}","MediaSize":{size}}}'
        for n, size in enumerate(sizes)
    )
    path = tmp_path / "odd.json"
    path.write_text(f'{{"@odata.context":"{material.VICS_2}","value":[{values}]}}')
    imported = _read(path)
    assert imported.records + imported.bad == len(sizes)
    assert imported.records >= 2


def test_types_that_json_allows_but_no_media_has(tmp_path: Path) -> None:
    odd = [1, "x", None, [], {"MD5": 5}, {"MD5": None}, {"AlternativeHashes": 7}, {"Category": {}}]
    odd += [{"MD5": material.MD5[0], "AlternativeHashes": "x", "Category": [1]}]
    odd += [{"MD5": material.MD5[1], "AlternativeHashes": [1, {"HashName": 3}]}]
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"@odata.context": material.VICS_2, "value": odd}))
    imported = _read(path)
    assert imported.records + imported.bad == len(odd)
    assert imported.bad >= 8


LONG_WORDS = {
    "a heading": "md5" + "hashwert" * 8000 + "x;MD5\n" + "a" * 32 + ";" + "b" * 32,
    "many headings": ";".join(f"md5hash{'wert' * 20}{n}" for n in range(500)) + "\n" + "a" * 32,
    "a key of JSON": '[{"md5' + "hashwert" * 100_000 + 'x": 1, "MD5": "' + "b" * 32 + '"}]',
    "a label": "md5,category\n" + "b" * 32 + "," + "cat" * 20_000,
    "a title": "md5 " * 15_000 + "\n" + "b" * 32,
}


@pytest.mark.parametrize("where", LONG_WORDS)
def test_words_made_to_be_compared_for_ever_are_not(where: str, tmp_path: Path) -> None:
    """The patterns for headings could be made to try every way to cut a word; they are not."""
    path = tmp_path / "in.txt"
    path.write_text(LONG_WORDS[where])
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (20, 20));"
        "from tests.hashsets.test_hostile import _tried; from pathlib import Path;"
        "_tried(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 0
