"""A folder of the lab's hash sets: what is a set is used, what is not is said, nothing ends it."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hashsets import material
from tests.workers import scanning
from triage.bundle.format.document import Document
from triage.choices import HashSetUse
from triage.ending import How, Reason
from triage.errors import BundleError, HashSetError, UsageError
from triage.hashsets.importing import BuildOrder, build
from triage.profile import Profile, SetKind
from triage.scan import Earlier, scan
from triage.scan.events import Event, FolderRead, ScanKeyMade, SetLoaded, TroubleTold
from triage.scan.search import Search

CASES = Path(__file__).parent.parent / "hashsets" / "cases"
FILES = {"f0.bin": b"file 0 " * 1000, "f1.bin": b"file 1 " * 1300, "f2.bin": b"file 2 " * 1600}
"""Of category 3, 2 and 1 in the sets of the cases."""
DIGESTS = Profile(name="digests", description="digests alone", detectors=(HashSetUse(),))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    folder = tmp_path / "hash-sets"
    folder.mkdir()
    return folder


def _search(source: Path, *folders: Path, files: tuple[Path, ...] = (), categories: tuple[str, ...]
            = (), uncategorised: bool = True) -> Search:  # fmt: skip
    choice = HashSetUse(categories=categories, uncategorised=uncategorised)
    profile = Profile(name="digests", description="x", detectors=(choice,))
    search = scanning.search_of(source, out=source.parent / "out", profile=profile, hash_sets=files)
    return replace(search, hash_sets_in=folders)


def _scanned(search: Search) -> scanning.Scanned:
    told: list[Event] = []
    return scanning.Scanned(scan(search, tell=told.append), told)


def _found(document: Document) -> set[str]:
    return {finding.entry.path for finding in document.findings}


def _unseen(document: Document) -> dict[Reason, int]:
    assert document.ending is not None
    return {each.reason: each.count for each in document.ending.mattering}


def _document(path: Path) -> None:
    """A word processor's document: a zip of several files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", "docProps/app.xml"):
            archive.writestr(name, f"<x>{material.MD5[0]}</x>")


def _foreign_files(folder: Path) -> Iterator[tuple[str, str]]:
    """What may lie beside sets, broken or foreign; its name, and a word of why it is none."""
    _document(folder / "notes.docx")
    yield "notes.docx", "holds 3 files"
    (folder / "noise.bin").write_bytes(os.urandom(50_000))
    yield "noise.bin", "no hash set"
    (folder / "empty.md5").touch()
    yield "empty.md5", "empty"
    (folder / "read me.txt").write_text(
        f"The list of {'x' * 40}\nwas made on Monday.\n{material.MD5[3]}\nIt is good.\nYours\n"
    )
    yield "read me.txt", "of its 5 lines only 1 hold"
    build(
        BuildOrder(inputs=[CASES / "k.csv"], name="x", kind=SetKind.NOTABLE), folder / "cut.seekset"
    )
    os.truncate(folder / "cut.seekset", 4200)
    yield "cut.seekset", "truncated"
    whole = (CASES / "in_c_ed2k.csv").read_bytes()
    (folder / "p2p.csv").write_bytes(whole)
    yield "p2p.csv", "ED2K"
    (folder / "of another case").mkdir()
    yield "of another case", "a folder"
    os.mkfifo(folder / "pipe")
    yield "pipe", "not a file"
    (folder / "gone").symlink_to("nowhere")
    yield "gone", "cannot be read"
    strange = os.fsencode(folder) + b"/\xff\xfe.md5"
    Path(os.fsdecode(strange)).write_bytes(b"nothing")
    yield "\\udcff\\udcfe.md5", "no hash set"


def test_what_is_no_set_is_left_out_and_said_and_the_others_are_used(
    source: Path, sets: Path
) -> None:
    shutil.copy(CASES / "k.csv", sets)
    build(
        BuildOrder(inputs=[CASES / "lab3.csv"], name="Lab", kind=SetKind.NOTABLE),
        sets / "l.seekset",
    )
    left_out = dict(_foreign_files(sets))
    scanned = _scanned(_search(source, sets))
    document = scanned.document
    assert _found(document) == set(FILES)
    assert {used.name for used in document.hash_sets} == {"k.csv", "Lab"}
    said = {each.file: each.why for each in document.sets_left_out}
    assert said.keys() == left_out.keys()
    for name, word in left_out.items():
        assert word in said[name]
        assert any(isinstance(e, TroubleTold) and name in e.message for e in scanned.told)
    assert _unseen(document)[Reason.SET_LEFT_OUT] == len(left_out)
    assert Reason.TROUBLE not in _unseen(document), "counted once"
    assert scanned.sealed.ending.how is How.NOT_ALL
    (read,) = (event for event in scanned.told if isinstance(event, FolderRead))
    assert (read.loaded, read.left_out, read.passed_over) == (2, len(left_out), ())


def test_what_a_computer_leaves_by_itself_is_named_once_and_colours_nothing(
    source: Path, sets: Path
) -> None:
    shutil.copy(CASES / "k.csv", sets)
    names = ["desktop.ini", "Thumbs.db", ".DS_Store", "._k.csv", ".hidden", "~$notes.docx"]
    for name in names:
        (sets / name).write_bytes(b"\x00\x01\x02 by a computer")
    (sets / "System Volume Information").mkdir()
    scanned = _scanned(_search(source, sets))
    assert scanned.document.sets_left_out == ()
    assert scanned.sealed.ending.how is How.COMPLETE
    (read,) = (event for event in scanned.told if isinstance(event, FolderRead))
    assert set(read.passed_over) == {*names, "System Volume Information"}
    assert not any(isinstance(event, TroubleTold) for event in scanned.told)


def test_a_second_copy_of_a_compiled_set_gives_no_second_match(source: Path, sets: Path) -> None:
    order = BuildOrder(inputs=[CASES / "lab3.csv"], name="Lab", kind=SetKind.NOTABLE)
    build(order, sets / "lab.seekset")
    shutil.copy(sets / "lab.seekset", sets / "lab (1).seekset")
    scanned = _scanned(_search(source, sets))
    assert [len(finding.matches) for finding in scanned.document.findings] == [1, 1, 1]
    (read,) = (event for event in scanned.told if isinstance(event, FolderRead))
    assert read.passed_over == ("lab.seekset (the same as lab (1).seekset)",)


def test_a_list_with_a_few_bad_lines_is_used_and_said_to_be_so_in_part(
    source: Path, sets: Path
) -> None:
    text = (CASES / "in_one_line_comma.txt").read_text().replace(", ", "\n")
    (sets / "lab.md5").write_text(f"{text}\nthe end\n")
    document = _scanned(_search(source, sets)).document
    assert [(used.entries, used.bad_lines) for used in document.hash_sets] == [(6, 1)]
    assert _unseen(document) == {Reason.SET_IN_PART: 1}


def test_a_folder_without_any_set_is_no_set(source: Path, sets: Path) -> None:
    _document(sets / "notes.docx")
    assert _unseen(_scanned(_search(source, sets)).document) == {
        Reason.NO_HASH_SET: 1,
        Reason.SET_LEFT_OUT: 1,
    }


def test_a_file_that_was_named_must_be_a_set(source: Path, tmp_path: Path) -> None:
    _document(tmp_path / "notes.docx")
    with pytest.raises(HashSetError, match="holds 3 files"):
        _scanned(_search(source, files=(tmp_path / "notes.docx",)))
    assert not list((tmp_path / "out").glob("*")), "before any bundle was begun"


def test_a_folder_that_is_not_there_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="cannot be read"):
        _scanned(_search(source, tmp_path / "nowhere"))


def test_a_set_that_has_expired_has_its_day_and_is_counted_once(source: Path, sets: Path) -> None:
    for name, day in (("old", "2020-01-31"), ("new", "2999-12-31")):
        order = BuildOrder(inputs=[CASES / "k.csv"], name=name, kind=SetKind.NOTABLE, expires=day)
        build(order, sets / f"{name}.seekset")
    scanned = _scanned(_search(source, sets))
    expired = {used.name: used.expired for used in scanned.document.hash_sets}
    assert expired == {"old": "2020-01-31", "new": ""}
    assert _unseen(scanned.document) == {Reason.SET_EXPIRED: 1}
    told = {e.name: (e.expires, e.expired) for e in scanned.told if isinstance(e, SetLoaded)}
    assert told == {"old": ("2020-01-31", True), "new": ("2999-12-31", False)}


@pytest.mark.parametrize(
    ("name", "asked", "found"),
    [
        ("k.csv", "1", {"f2.bin"}),
        ("k.csv", "CAT 3", {"f0.bin"}),
        ("lab3.csv", "1", {"f2.bin"}),
        ("lab3.csv", "02", {"f1.bin"}),
        ("z.csv", "Kategorie 2", {"f1.bin"}),
        ("z.json", "3", {"f0.bin"}),
        ("labels_of_before.set", "3", {"f0.bin"}),
        ("labels_of_before.set", "1", {"f2.bin"}),
    ],
)
def test_a_category_finds_what_has_it_however_either_is_written(
    name: str, asked: str, found: set[str], source: Path
) -> None:
    scanned = _scanned(_search(source, files=(CASES / name,), categories=(asked,)))
    assert _found(scanned.document) == found
    (used,) = scanned.document.hash_sets
    (told,) = (event for event in scanned.told if isinstance(event, SetLoaded))
    assert (
        used.counted
        == told.counted
        == sum(count for label, count in told.categories.items() if label[-1] == asked[-1])
    )


def test_a_category_that_no_set_has_is_refused_with_those_that_there_are(source: Path) -> None:
    search = _search(source, files=(CASES / "k.csv", CASES / "lab3.csv"), categories=("1", "9"))
    with pytest.raises(UsageError, match="of category 9") as caught:
        _scanned(search)
    assert "k.csv: 1 (1), 2 (1), 3 (1)" in caught.value.hint
    assert "--category" in caught.value.hint


def test_a_category_is_refused_where_no_set_has_any(source: Path) -> None:
    files = (CASES / "in_cr_only.txt",)
    with pytest.raises(UsageError, match="of category 1") as caught:
        _scanned(_search(source, files=files, categories=("1",)))
    assert "none (6)" in caught.value.hint


def test_entries_without_a_category_count_with_any_that_is_asked_for(
    source: Path, tmp_path: Path
) -> None:
    text = (CASES / "k.csv").read_text().replace(",7000,3", ",7000,")
    (tmp_path / "in.csv").write_text(text)
    files = (tmp_path / "in.csv",)
    document = _scanned(_search(source, files=files, categories=("1",))).document
    assert _found(document) == {"f2.bin", "f0.bin"}
    search = _search(source, files=files, categories=("1",), uncategorised=False)
    search = replace(search, out=tmp_path / "again")
    assert _found(_scanned(search).document) == {"f2.bin"}


def test_nothing_that_counts_is_refused(source: Path) -> None:
    search = _search(source, files=(CASES / "in_cr_only.txt",), uncategorised=False)
    with pytest.raises(UsageError, match="that counts"):
        _scanned(search)


def test_what_is_told_of_a_set_tells_one_of_one_from_one_of_many(source: Path) -> None:
    scanned = _scanned(_search(source, files=(CASES / "lab3.csv", CASES / "in_c_size_kb.csv")))
    lab, sizeless = (event for event in scanned.told if isinstance(event, SetLoaded))
    assert (lab.entries, lab.digests) == (3, {"md5": 3, "sha1": 3})
    assert (lab.categories, lab.without_size) == ({"1": 1, "2": 1, "3": 1}, 0)
    assert (sizeless.without_size, sizeless.counted) == (6, 6)
    assert isinstance(scanned.told[0], ScanKeyMade)
    assert isinstance(scanned.told[1], SetLoaded), "before anything else but the scan key"


def test_a_scan_that_is_gone_on_with_takes_the_folder_again(source: Path, sets: Path) -> None:
    shutil.copy(CASES / "k.csv", sets)
    _document(sets / "notes.docx")
    search = _search(source, sets)
    bundle = scanning.Scanned(scan(search, tell=lambda _: None, wants_stop=lambda: True)).bundle
    earlier = Earlier(bundle)
    assert earlier.terms.hash_sets_in == (str(sets),)
    again = replace(search, hash_sets_in=tuple(map(Path, earlier.terms.hash_sets_in)))
    resumed = scanning.Scanned(scan(again, tell=lambda _: None, earlier=earlier))
    assert _found(resumed.document) == set(FILES)
    assert [each.file for each in resumed.document.sets_left_out] == ["notes.docx"]
    (sets / "more.md5").write_text(material.MD5[0])
    with pytest.raises(BundleError, match="not those"):
        scan(again, tell=lambda _: None, earlier=Earlier(bundle))
