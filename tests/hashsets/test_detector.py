"""The detector: what it asks for, what it finds, and what it says of it."""

from pathlib import Path

from tests.hashsets import material
from triage.detectors.item import Item
from triage.detectors.known import HashSetDetector, needed
from triage.evidence import FileEntry
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import ready
from triage.hashsets.labels import Wanted
from triage.match_kinds import MatchKind
from triage.profile import SetKind


def _item(number: int, *algorithms: str) -> Item:
    digests = {
        "md5": bytes.fromhex(material.MD5[number]),
        "sha1": bytes.fromhex(material.SHA1[number]),
        "sha256": bytes.fromhex(material.SHA256[number]),
    }
    entry = FileEntry(id=number, volume_id="d0v1", path=f"{number}.jpg", size=7)
    return Item(
        entry=entry, head=b"", digests={name: digests[name] for name in algorithms or digests}
    )


def _set(folder: Path, name: str, lines: str, kind: SetKind = SetKind.NOTABLE) -> HashSet:
    path = folder / name
    path.write_text(lines)
    return ready(path, kind)


def test_asks_only_for_the_cheapest_algorithms_that_miss_nothing(tmp_path: Path) -> None:
    with (
        ready(material.csv(tmp_path).path) as md5_and_sha1,
        ready(material.plain(tmp_path).path) as md5,
        ready(material.mixed(tmp_path).path) as mixed,
        ready(material.pdq(tmp_path).path) as pdq,
    ):
        assert needed([]) == frozenset()
        assert needed([pdq]) == frozenset()
        assert needed([md5_and_sha1]) == {"sha1"}
        assert needed([md5_and_sha1, md5]) == {"md5"}
        assert needed([mixed, md5]) == {"md5", "sha1", "sha256"}


def test_match_says_why_and_from_where(tmp_path: Path) -> None:
    with ready(material.vics2(tmp_path).path) as lab:
        detector = HashSetDetector([lab])
        stranger = Item(entry=_item(0).entry, head=b"", digests={"sha1": bytes(20)})
        nothing = Item(entry=_item(0).entry, head=b"", digests={})
        matches = detector.matches_of([stranger, _item(3), nothing])
        assert [len(each) for each in matches] == [0, 1, 0]
        (match,) = matches[1]
        assert match.kind is MatchKind.HASH_SET
        assert match.reason == "Known material: its SHA-1 is in the set vics2.json, category 1."
        assert match.provenance["digest"] == material.SHA1[3]
        assert match.provenance["set_sha256"] == lab.sha256
        assert match.provenance["source"] == "vics2.json"


def test_batches_and_single_items_give_the_same(tmp_path: Path) -> None:
    with ready(material.mixed(tmp_path).path) as mixed:
        detector = HashSetDetector([mixed])
        items = [_item(number) for number in range(300)]
        assert detector.matches_of(items) == [detector.matches_of([item])[0] for item in items]
        assert all(detector.matches_of(items))


def test_one_match_for_each_set(tmp_path: Path) -> None:
    with (
        ready(material.plain(tmp_path).path) as one,
        ready(material.csv(tmp_path).path) as two,
    ):
        matches = HashSetDetector([one, two]).matches_of([_item(5)])[0]
        assert [match.provenance["set"] for match in matches] == ["plain.txt", "a.csv"]


def test_known_sets_give_no_match_but_say_known(tmp_path: Path) -> None:
    with (
        _set(tmp_path, "nsrl.txt", material.MD5[1], SetKind.KNOWN) as known,
        _set(tmp_path, "lab.txt", material.MD5[2]) as notable,
    ):
        detector = HashSetDetector([known, notable])
        assert detector.matches_of([_item(1), _item(2)])[0] == ()
        assert detector.known(_item(1)) == "nsrl.txt"
        assert detector.known(_item(2)) == ""


def test_what_is_known_and_notable_too_is_a_match_that_names_both_sets(tmp_path: Path) -> None:
    with (
        _set(tmp_path, "nsrl.txt", material.MD5[1], SetKind.KNOWN) as known,
        _set(tmp_path, "lab.txt", material.MD5[1]) as notable,
    ):
        detector = HashSetDetector([known, notable])
        ((match,), nothing) = detector.matches_of([_item(1), _item(2)])
        assert (detector.known(_item(1)), nothing) == ("", ())
        assert match.reason == (
            "Known material: its MD5 is in the set lab.txt. Yet it is in the known set nsrl.txt."
        )
        assert (match.provenance["set"], match.provenance["known_set"]) == ("lab.txt", "nsrl.txt")


def test_category_filter_at_the_scan(tmp_path: Path) -> None:
    lines = f"md5,category\n{material.MD5[1]},1\n{material.MD5[2]},2\n"
    with _set(tmp_path, "lab.csv", lines) as lab:
        only = HashSetDetector([lab], Wanted(categories=("1",)))
        assert [bool(each) for each in only.matches_of([_item(1), _item(2)])] == [True, False]


def test_gate_knows_the_sizes_of_all_sets(tmp_path: Path) -> None:
    with _set(tmp_path, "lab.csv", f"md5,size\n{material.MD5[1]},70\n") as lab:
        gate = HashSetDetector([lab]).gate
        assert gate.on
        assert (gate.may_match(70), gate.may_match(71)) == (True, False)
        with _set(tmp_path, "other.csv", f"md5,size\n{material.MD5[2]},71\n") as other:
            gate = HashSetDetector([lab, other]).gate
            assert [gate.may_match(size) for size in (70, 71, 72)] == [True, True, False]
