"""Lists as labs, tools and spreadsheets really write them: every digest arrives, with its category.

The files in cases/ each went wrong once; beside them stand siblings of the same kind. All hold the
same six digests, of the categories 1, 2, 1, 3, 1, 2, if they hold categories at all.
"""

import base64
import json
from pathlib import Path

import pytest

from tests.hashsets.dialects import CASES, CATEGORIES, MD5, NONE, ROWS, SHA1
from triage.errors import HashSetError
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import BuildOrder, build, ready
from triage.hashsets.records import Imported
from triage.profile import SetKind


def _categories(hash_set: HashSet) -> list[str]:
    found = [hash_set.find("md5", bytes.fromhex(digest)) for digest in MD5]
    return [entry.category if entry else "absent" for entry in found]


def _sizes(hash_set: HashSet) -> set[int | None]:
    found = [hash_set.find("md5", bytes.fromhex(digest)) for digest in MD5]
    return {entry.size for entry in found if entry}


def _imported(hash_set: HashSet) -> Imported:
    assert hash_set.imported is not None
    return hash_set.imported


def _file(folder: Path, content: str | bytes, name: str = "in.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _table(header: str, delimiter: str = ";", size: str = "100") -> str:
    """A table of which the header alone is unusual: name, MD5, size, category."""
    rows = [delimiter.join(("a.jpg", md5, size, category)) for md5, _, category in ROWS]
    return "\r\n".join([header, *rows]) + "\r\n"


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("in_v_*.json")))
def test_a_case_of_vics_has_all_its_records(name: str) -> None:
    with ready(CASES / name) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert all(hash_set.find("sha1", bytes.fromhex(digest)) for digest in SHA1)
        assert _imported(hash_set).bad == 0


@pytest.mark.parametrize(
    "name", ["german", "spanish", "sep_line", "title_line", "cat_short", "catname", "grade"]
)
def test_a_case_of_a_lost_header_has_its_categories(name: str) -> None:
    with ready(CASES / f"in_c_{name}.csv") as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _sizes(hash_set) == ({100} if name in FULL_TABLES else {None})
        assert ("sha1" in hash_set.algorithms) == name.endswith("_line")


FULL_TABLES = ("german", "spanish", "sep_line", "title_line")

HEADERS = {
    "de": "Dateiname;MD5-Prüfsumme;Dateigröße (Bytes);Klassifizierung",
    "de, without umlauts": "Datei;Hashwert (MD5);Dateigroesse;Kat.",
    "de, shouted": "DATEINAME;MD5;GRÖSSE;KATEGORIE",
    "es": "Nombre de archivo;Huella MD5;Tamaño en bytes;Clasificación",
    "es, of files": "Archivo;Hash MD5;Tamaño del archivo;Nombre de la categoría",
    "fr": "Nom;Empreinte MD5;Taille (octets);Catégorie",
    "fr, of files": "Fichier;Somme de contrôle MD5;Taille du fichier;Nom de catégorie",
    "it": "Nome;Impronta MD5;Dimensione;Categoria",
    "it, in bytes": "Nome file;Valore hash MD5;Dimensione in byte;Classificazione",
    "nl": "Bestandsnaam;Hashwaarde (MD5);Bestandsgrootte;Categorie",
    "nl, in bytes": "Naam;MD5-hash;Grootte in bytes;Classificatie",
    "pt": "Nome;Soma MD5;Tamanho;Categoria",
    "pt, of files": "Ficheiro;Resumo MD5;Tamanho do ficheiro;Classificação",
    "en, at length": "File Name;MD5 Hash Value;Size (bytes);Category ID",
    "en, of VICS": "Name;md5_hash;MediaSize;VIC_Category",
}


@pytest.mark.parametrize("language", HEADERS)
def test_a_header_in_any_of_the_field_s_languages_is_understood(
    language: str, tmp_path: Path
) -> None:
    for encoding in ("utf-8-sig", "cp1252", "utf-16", "utf-16-le"):
        path = _file(tmp_path, _table(HEADERS[language]).encode(encoding))
        with ready(path) as hash_set:
            assert _categories(hash_set) == CATEGORIES
            assert _sizes(hash_set) == {100}
            assert len(_imported(hash_set).unused) == 1, "the column of names alone"


@pytest.mark.parametrize(
    "header",
    ["Name;MD5;Size (KB);Category", "Name;MD5;Size on disk;Category", "Name;MD5;Größe (MB);Kat"],
)
def test_a_size_in_another_unit_is_not_taken_for_bytes(header: str, tmp_path: Path) -> None:
    """It would let files pass by unread, because their size is in no set."""
    with ready(_file(tmp_path, _table(header))) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _sizes(hash_set) == {None}
        assert header.split(";")[2] in _imported(hash_set).unused


ABOVE = {
    "sep=": "sep=;\r\n",
    "sep= in quotes": '"sep=;"\r\n',
    "a title": "Liste der Dienststelle\r\n\r\n",
    "a title with the list's delimiters": "Export of 2026-03-01;;;\r\n;;;\r\n",
    "a title that speaks of MD5": "MD5 list of the lab, made on Monday\r\n",
    "comments": "# lab\r\n# MD5 values, one a line\r\n",
    "blank lines": "\r\n\r\n\r\n",
    "all of it": "sep=;\r\n\r\nCase 7;;;\r\nUnit 3\r\n# not proof\r\n",
}


@pytest.mark.parametrize("above", ABOVE)
def test_the_header_is_found_below_whatever_stands_above_it(above: str, tmp_path: Path) -> None:
    text = ABOVE[above] + _table("Name;MD5;Size;Category")
    with ready(_file(tmp_path, text)) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _sizes(hash_set) == {100}
        assert _imported(hash_set).bad == 0


def test_records_of_several_lines_are_whole_wherever_a_piece_of_the_file_ends(
    tmp_path: Path,
) -> None:
    rows = "".join(f'"{n:032x}","a\nb {"x" * (n % 89)}",{n % 3}\n' for n in range(1, 40_001))
    for end in ("\n", "\r\n", "\r"):
        path = _file(tmp_path, ("MD5,Note,Category\n" + rows).replace("\n", end))
        with ready(path) as hash_set:
            assert (hash_set.header.entries, _imported(hash_set).bad) == (40_000, 0)


def test_a_record_that_never_ends_costs_itself_alone(tmp_path: Path) -> None:
    path = _file(tmp_path, _table("Name;MD5;Size;Category") + f'"a;{"e" * 32};100;1\r\n')
    with ready(path) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert (hash_set.header.entries, _imported(hash_set).bad) == (6, 1)


def test_sep_may_say_a_delimiter_that_the_header_uses_little(tmp_path: Path) -> None:
    text = "sep=|\n" + _table("Name, in full|MD5|Size|Category", "|")
    with ready(_file(tmp_path, text)) as hash_set:
        assert _categories(hash_set) == CATEGORIES


def test_columns_that_nothing_is_taken_from_are_named_and_kept_in_the_set(tmp_path: Path) -> None:
    path = _file(tmp_path, _table("Photographer;MD5;Colour;Gewichtung"), "lab.csv")
    build(BuildOrder(inputs=[path], name="lab", kind=SetKind.NOTABLE), tmp_path / "lab.set")
    with ready(path) as hash_set, ready(tmp_path / "lab.set") as compiled:
        assert _categories(hash_set) == NONE
        assert _imported(hash_set).unused == ["Photographer", "Colour", "Gewichtung"]
        assert "lab.csv: Gewichtung" in compiled.header.unused


def test_of_two_columns_for_one_thing_the_better_named_counts(tmp_path: Path) -> None:
    rows = "".join(f"{md5},pictures,{category},xx\n" for md5, _, category in ROWS)
    path = _file(tmp_path, "MD5,Category Name,Category,Parent MD5\n" + rows)
    with ready(path) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _imported(hash_set).unused == ["Category Name", "Parent MD5"]


@pytest.mark.parametrize("name", ["cr_only", "one_line_comma", "one_line_semicolon"])
def test_a_case_of_one_line_has_all_six(name: str, tmp_path: Path) -> None:
    with ready(CASES / f"in_{name}.txt") as hash_set:
        assert hash_set.header.entries == 6
        assert _categories(hash_set) == NONE
    strict = BuildOrder(
        inputs=[CASES / f"in_{name}.txt"], name="x", kind=SetKind.NOTABLE, strict=True
    )
    assert build(strict, tmp_path / "x.set").inputs[0].records == 6


LISTS = {
    "blanks": " ".join(MD5),
    "two blanks": "  ".join(MD5),
    "tabs": "\t".join(MD5),
    "bars": "|".join(MD5),
    "quoted": ", ".join(f'"{digest}"' for digest in MD5),
    "in brackets": "[" + ",".join(f"'{digest}'" for digest in MD5) + "]",
    "two lines": ",".join(MD5[:3]) + "\n" + ",".join(MD5[3:]),
    "a comma at each end": ",\n".join(MD5) + ",\n",
    "three to a line": "\n".join(" ; ".join(MD5[at : at + 3]) for at in (0, 3)),
    "CR and a blank line": "\r\r".join(MD5),
    "CR LF and LF mixed": "\r\n".join(MD5[:3]) + "\n" + "\n".join(MD5[3:]),
    "upper case": ";".join(MD5).upper(),
    "a JSON array": json.dumps(MD5),
    "a JSON array, pretty": json.dumps(MD5, indent=1),
    "openssl": "".join(f"MD5(a.jpg)= {digest}\n" for digest in MD5),
    "labelled": "".join(f"MD5: {digest}\n" for digest in MD5),
    "md5deep with sizes": "".join(f"    4096  {digest}  /a/b c.jpg\n" for digest in MD5),
    "a table without a header": "".join(f"a.jpg;{digest};100;1\n" for digest in MD5),
    "beside names that are digests": "".join(f"{digest}  {digest}\n" for digest in MD5),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("kind", LISTS)
def test_digests_apart_by_anything_are_all_there(kind: str, encoding: str, tmp_path: Path) -> None:
    with ready(_file(tmp_path, LISTS[kind].encode(encoding))) as hash_set:
        assert _categories(hash_set) == NONE
        assert (hash_set.header.entries, _imported(hash_set).bad) == (6, 0)


@pytest.mark.parametrize("separator", [",", ";", " ", "\t", ", "])
def test_one_line_of_any_length_is_read_whole(separator: str, tmp_path: Path) -> None:
    digests = [f"{number:032x}" for number in range(1, 50_001)]
    with ready(_file(tmp_path, separator.join(digests))) as hash_set:
        assert hash_set.header.entries == 50_000
        assert hash_set.find("md5", bytes.fromhex(digests[-1]))
        assert _imported(hash_set).bad == 0


def test_a_bad_word_among_the_digests_of_a_line_is_counted(tmp_path: Path) -> None:
    with ready(_file(tmp_path, f"{', '.join(MD5[:4])}, nonsense, {', '.join(MD5[4:])}")) as made:
        assert made.header.entries == 6
        assert _imported(made).bad == 1
        assert "nonsense" in _imported(made).first_bad[0].reason


def test_names_that_look_like_words_of_a_list_stay_names(tmp_path: Path) -> None:
    """md5sum's lines: what follows the digest is a name, whatever is in it."""
    text = "".join(f"{digest} *x, {SHA1[0][:30]}; {number}.jpg\n" for number, digest in
                   enumerate(MD5))  # fmt: skip
    with ready(_file(tmp_path, text)) as hash_set:
        assert hash_set.header.entries == 6
        assert hash_set.algorithms == frozenset({"md5"})
        assert not _imported(hash_set).notes


def test_digests_in_comments_are_counted(tmp_path: Path) -> None:
    text = f"# {MD5[0]}\n;{MD5[1]}\n{MD5[2]}\n"
    with ready(_file(tmp_path, text)) as hash_set:
        assert hash_set.header.entries == 1
        assert hash_set.header.dropped == {"on a line that begins with # or ;": 2}


def test_a_pair_of_digests_on_a_line_loses_neither(tmp_path: Path) -> None:
    text = "".join(f"{md5},{sha1}\n" for md5, sha1, _ in ROWS)
    with ready(_file(tmp_path, text)) as hash_set:
        assert _categories(hash_set) == NONE
        assert all(hash_set.find("sha1", bytes.fromhex(digest)) for digest in SHA1)


def test_what_powershell_prints_of_files_is_read(tmp_path: Path) -> None:
    """`Get-FileHash -Algorithm MD5 *.jpg > list.txt`: a table, in UTF-16."""
    lines = ["", "Algorithm       Hash                                    Path",
             "---------       ----                                    ----"]  # fmt: skip
    lines += [f"MD5             {digest.upper()}        C:\\My Pictures\\a.jpg" for digest in MD5]
    path = _file(tmp_path, "\r\n".join([*lines, "", ""]).encode("utf-16"))
    with ready(path) as hash_set:
        assert _categories(hash_set) == NONE
        assert _imported(hash_set).bad == 0


SIZES = {
    "in_c_size_kb.csv": NONE,
    "in_c_size_thousands.csv": NONE,
    "in_v_size_comma.json": CATEGORIES,
    "in_v_size_neg.json": CATEGORIES,
}


@pytest.mark.parametrize("name", SIZES)
def test_a_case_of_bad_sizes_keeps_its_digests(name: str) -> None:
    with ready(CASES / name) as hash_set:
        assert _categories(hash_set) == SIZES[name]
        assert _sizes(hash_set) == {None}
        assert hash_set.header.kept_without == {"its size": 6}
        assert (hash_set.header.every_size, hash_set.header.without_size) == (False, 6)
        assert len(_imported(hash_set).first_without) == 6


@pytest.mark.parametrize(
    "size", ["12 KB", "1,2 MB", "1.234", "1 234", "1'234", "-1", "0x64", "viel", "1e3", "1.234,5"]
)
def test_a_size_that_may_mean_another_number_is_none(size: str, tmp_path: Path) -> None:
    with ready(_file(tmp_path, _table("Name;MD5;Size;Category", size=size))) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _sizes(hash_set) == {None}
        assert hash_set.header.kept_without == {"its size": 6}


@pytest.mark.parametrize("size", ["100", "100.0", "100.00", " 100 "])
def test_a_size_that_can_mean_only_one_number_is_that(size: str, tmp_path: Path) -> None:
    with ready(_file(tmp_path, _table("Name;MD5;Size;Category", size=size))) as hash_set:
        assert _sizes(hash_set) == {100}
        assert hash_set.header.every_size
    with ready(CASES / "in_c_size_float.csv") as hash_set:
        assert (_sizes(hash_set), hash_set.header.kept_without) == ({100}, {})


def test_a_size_of_nothing_does_not_let_files_pass_by(tmp_path: Path) -> None:
    """Zeros stand where a size was not known: the empty file is dropped anyway."""
    with ready(_file(tmp_path, _table("Name;MD5;Size;Category", size="0"))) as hash_set:
        assert _sizes(hash_set) == {None}
        assert not hash_set.header.every_size
        assert hash_set.header.kept_without == {"a size of 0": 6}


def test_strict_stops_at_a_bad_size_too(tmp_path: Path) -> None:
    path = CASES / "in_c_size_kb.csv"
    order = BuildOrder(inputs=[path], name="x", kind=SetKind.NOTABLE, strict=True)
    with pytest.raises(HashSetError, match="line 2: the size"):
        build(order, tmp_path / "x.set")


@pytest.mark.parametrize("name", ["in_c_ed2k.csv", "in_c_md4.csv"])
def test_a_case_of_another_algorithm_is_refused(name: str) -> None:
    with pytest.raises(HashSetError, match="ED2K"):
        ready(CASES / name)


FOREIGN = {
    "a column": "Name,MD4,Category\n" + "".join(f"a,{digest},1\n" for digest in MD5),
    "a column of hashes": "eD2k-Hash\n" + "\n".join(MD5),
    "a title above a list": "MD4 values of 2026\n" + "\n".join(MD5),
    "a comment above a list": "# RIPEMD-160\n" + "\n".join(SHA1),
    "an algorithm a row": "hash;type\n" + "".join(f"{digest};ed2k\n" for digest in MD5),
    "BSD": "".join(f"MD4 (a.jpg) = {digest}\n" for digest in MD5),
    "links": "".join(f"ed2k://|file|a.jpg|100|{digest}|/\n" for digest in MD5),
    "without a header": "".join(f"{digest};ED2K;1\n" for digest in MD5),
    "JSON": json.dumps([{"ED2K": digest} for digest in MD5]),
    "JSON, an algorithm each": json.dumps([{"Hash": d, "HashType": "MD4"} for d in MD5]),
    "VICS": json.dumps({"value": [{"MediaID": 1, "AlternativeHashes": [
        {"HashName": "ED2K", "HashValue": digest}]} for digest in MD5]}),
}  # fmt: skip


@pytest.mark.parametrize("where", FOREIGN)
def test_digests_of_other_algorithms_never_become_md5(where: str, tmp_path: Path) -> None:
    with pytest.raises(HashSetError):
        ready(_file(tmp_path, FOREIGN[where]))


def test_of_a_table_with_other_algorithms_too_ours_are_taken(tmp_path: Path) -> None:
    rows = "".join(f"{sha1[:32]},{md5},{category}\n" for md5, sha1, category in ROWS)
    with ready(_file(tmp_path, "ED2K,MD5,Category\n" + rows)) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert hash_set.header.entries == 6
        assert _imported(hash_set).unused == ["ED2K"]


def test_rows_that_name_their_algorithm_are_taken_by_it(tmp_path: Path) -> None:
    rows = "".join(f"{md5},MD5,{category}\n{sha1},SHA-1,{category}\n" for md5, sha1, category in
                   ROWS)  # fmt: skip
    text = f"Hash,Algorithm,Category\n{rows}{'a' * 32},MD4,1\n{'b' * 32},SHA-1,1\n"
    with ready(_file(tmp_path, text)) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _imported(hash_set).bad == 2, "MD4, and a SHA-1 that is too short"


def media(number: int, **more: object) -> dict[str, object]:
    md5, sha1, category = ROWS[number]
    return {"MediaID": number, "Category": category, "MD5": md5, "SHA1": sha1, "MediaSize": 100,
            **more}  # fmt: skip


ALL = [media(number) for number in range(6)]
LOWER = [{key.lower(): value for key, value in each.items()} for each in ALL]
B64 = [
    each
    | {
        "MD5": base64.b64encode(bytes.fromhex(md5)).decode(),
        "SHA1": base64.urlsafe_b64encode(bytes.fromhex(sha1)).decode().rstrip("="),
    }
    for each, (md5, sha1, _) in zip(ALL, ROWS, strict=True)
]
VICS = {
    "lower case": json.dumps({"value": LOWER}),
    "upper case": json.dumps({"VALUE": [{k.upper(): v for k, v in e.items()} for e in ALL]}),
    "as headers": json.dumps([{"md5_hash": m, "sha-1": s, "file_size": 100, "vic category": c}
                              for m, s, c in ROWS]),
    "a bare array": json.dumps(ALL, indent=2),
    "a bare array with a mark": "\ufeff" + json.dumps(ALL),
    "JSON lines": "".join(json.dumps(each) + "\n" for each in ALL),
    "JSON lines with CR LF": "".join(json.dumps(each) + "\r\n" for each in LOWER),
    "JSON lines with commas": ",\n".join(map(json.dumps, ALL)),
    "one object": json.dumps({"results": ALL[:1]}) + json.dumps({"results": ALL[1:]}),
    "wrapped": json.dumps({"d": {"results": ALL}}),
    "wrapped deeper": json.dumps({"response": {"count": 6, "data": {"records": ALL}}}),
    "wrapped in a word of its own": json.dumps({"export": {"pictures": ALL}}),
    "a case": json.dumps({"value": [{"CaseID": "1", "media": LOWER}]}),
    "cases in a bare array": json.dumps([{"Media": ALL[:3]}, {"Media": ALL[3:]}]),
    "base64": json.dumps({"value": B64}),
    "control characters": json.dumps({"value": [media(n, Comments="a\x01b\tc\nd") for n in
                              range(6)]}).replace("\\u0001", "\x01").replace("\\t", "\t")
                              .replace("\\n", "\n"),
    "paths with backslashes": json.dumps({"value": [media(n, Path="C:\\Users\\u12\\x") for n in
                              range(6)]}).replace("\\\\", "\\"),
    "commas too many": json.dumps(ALL).replace("}]", "},]"),
    "categories as labels": json.dumps([e | {"Category": f"CAT {e['Category']}"} for e in ALL]),
    "categories as fractions": json.dumps([e | {"Category": float(str(e["Category"]))}
                              for e in ALL]),
    "digests with blanks": json.dumps([e | {"MD5": f" {e['MD5']} "} for e in ALL]),
    "a category that is none": json.dumps({"value": [*ALL, media(0, Category={"a": 1})]}),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("dialect", VICS)
def test_a_dialect_of_vics_has_all_its_records(dialect: str, encoding: str, tmp_path: Path) -> None:
    with ready(_file(tmp_path, VICS[dialect].encode(encoding))) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert all(hash_set.find("sha1", bytes.fromhex(digest)) for digest in SHA1)
        assert (hash_set.header.entries, _imported(hash_set).bad) == (6, 0)
        assert _sizes(hash_set) == {100}


def test_a_line_of_json_lines_that_is_broken_costs_itself_alone(tmp_path: Path) -> None:
    lines = [json.dumps(each) for each in ALL]
    lines.insert(2, '{"MD5": "' + "a" * 32 + '", "Comments": "cut')
    with ready(_file(tmp_path, "\n".join(lines))) as hash_set:
        assert _categories(hash_set) == CATEGORIES
        assert _imported(hash_set).bad == 1
        assert not _imported(hash_set).notes


def test_backslashes_all_over_a_long_file_lose_nothing(tmp_path: Path) -> None:
    """Over a megabyte, so that they also stand where one block ends and the next begins."""
    values = [
        {"MD5": f"{number:032x}", "Path": f"C:\\Users\\{'x' * (number % 97)}\\new\\"}
        for number in range(1, 20_001)
    ]
    text = json.dumps({"value": values}).replace("\\\\", "\\").replace('\\"', '\\\\"')
    with ready(_file(tmp_path, text)) as hash_set:
        assert (hash_set.header.entries, _imported(hash_set).bad) == (20_000, 0)


def test_json_that_is_cut_off_in_mid_array_is_not_taken_for_whole(tmp_path: Path) -> None:
    text = json.dumps({"value": ALL})
    for end in (text.rindex("}") - 1, text.rindex(", {"), text.rindex(", {") + 2):
        with ready(_file(tmp_path, text[:end])) as hash_set:
            assert _imported(hash_set).bad == 1
            assert any("missing" in note for note in _imported(hash_set).notes)


@pytest.mark.parametrize("name", ["z.csv", "z.json"])
def test_a_case_of_placeholders_has_three_entries(name: str) -> None:
    with ready(CASES / name) as hash_set:
        assert hash_set.header.entries == 3
        assert [(c.label, c.entries) for c in hash_set.header.categories] == [
            *(("1", 1), ("2", 1), ("3", 1))
        ]
        assert hash_set.find("md5", bytes(16)) is None
        assert [*hash_set.header.kept_without.values()] == [3]


EMPTY_MD5, EMPTY_SHA1 = (
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
)
PLACEHOLDERS = {
    "zeros": "0" * 32,
    "f": "F" * 32,
    "the empty file's": EMPTY_MD5,
    "the empty file's, upper case": EMPTY_MD5.upper(),
}


@pytest.mark.parametrize("kind", PLACEHOLDERS)
def test_a_placeholder_beside_a_digest_costs_itself_alone(kind: str, tmp_path: Path) -> None:
    rows = "".join(f"{PLACEHOLDERS[kind]},{sha1},{category}\n" for _, sha1, category in ROWS)
    with ready(_file(tmp_path, "md5,sha1,category\n" + rows)) as hash_set:
        found = [hash_set.find("sha1", bytes.fromhex(digest)) for digest in SHA1]
        assert [entry.category if entry else None for entry in found] == CATEGORIES
        assert hash_set.header.entries == 6
        assert hash_set.header.digests == {"sha1": 6}
        assert [*hash_set.header.kept_without.values()] == [6]


@pytest.mark.parametrize("text", ["0" * 40, "f" * 64, EMPTY_SHA1, "0" * 32])
def test_a_placeholder_alone_is_dropped_and_counted(text: str, tmp_path: Path) -> None:
    with ready(_file(tmp_path, "\n".join([*MD5, text]))) as hash_set:
        assert hash_set.header.entries == 6
        assert [*hash_set.header.dropped.values()] == [1]


def test_placeholders_in_a_set_that_was_compiled_do_not_come_back(tmp_path: Path) -> None:
    build(BuildOrder(inputs=[CASES / "z.csv"], name="a", kind=SetKind.NOTABLE), tmp_path / "a.set")
    again = BuildOrder(inputs=[tmp_path / "a.set"], name="b", kind=SetKind.NOTABLE)
    build(again, tmp_path / "b.set")
    with ready(tmp_path / "b.set") as hash_set:
        assert hash_set.header.entries == 3


def test_inserts_of_a_delta_may_have_many_lines(tmp_path: Path) -> None:
    rows = ",\n".join(f"('','{sha1}','{md5}','0','it''s; (a)',100,3)" for md5, sha1, _ in ROWS)
    text = f"BEGIN;\nINSERT INTO FILE\n VALUES\n{rows};\nDELETE FROM FILE WHERE md5='';\nCOMMIT;\n"
    with ready(_file(tmp_path, text, "delta.sql")) as hash_set:
        assert _categories(hash_set) == NONE
        assert _sizes(hash_set) == {100}
        assert (hash_set.header.entries, _imported(hash_set).bad) == (6, 0)


NO_SETS = {
    "a document": b"PK\x03\x04" + bytes(range(256)) * 40,
    "noise": bytes((n * 7919 + (n >> 3) * 104729) % 251 for n in range(20_000)),
    "prose": b"Dear colleague,\nplease find the new list on the share.\nYours\n",
    "a page": b"<html><body>nothing</body></html>",
    "settings": b"[.ShellClassInfo]\r\nIconResource=C:\\Windows\\x.dll,3\r\n",
    "JSON of something else": b'{"name": "lab", "values": [1, 2, 3]}',
}


@pytest.mark.parametrize("kind", NO_SETS)
def test_what_is_no_list_is_not_taken_for_one(kind: str, tmp_path: Path) -> None:
    with pytest.raises(HashSetError):
        ready(_file(tmp_path, NO_SETS[kind], "no.bin"))


def test_a_digest_in_the_middle_of_noise_makes_no_set_of_it(tmp_path: Path) -> None:
    noise = NO_SETS["noise"]
    content = noise[:9000] + b"\n" + MD5[0].encode() + b"\n" + noise[9000:]
    with pytest.raises(HashSetError, match="no hash set"):
        ready(_file(tmp_path, content, "no.bin"))
