"""An erased case has left no trace; a signed receipt says what was erased."""

import json
from pathlib import Path

import pytest

from lab.erasing import erase
from lab.settling import writing
from lab.store import LabStore
from tests.lab.bundles import Seen, digest_of, looks, sealed
from tests.lab.conftest import faults, reading, take
from triage.errors import StoreError, UsageError

NAME = "KREUZBERG-4711"
TRACES = (NAME, "Exhibit-of-it", "a-file-of-it", digest_of("its own"), looks(3).hex())


def traces(store: LabStore) -> list[tuple[str, str]]:
    """As `grep -a` over the store would find them, digests as bytes too."""
    words = [each.encode() for each in TRACES]
    words += [bytes.fromhex(digest_of("its own")), looks(3)]
    return [
        (str(file), repr(word))
        for file in store.path.rglob("*") if file.is_file()
        for word in words if word in file.read_bytes() or word.decode("latin-1") in str(file)
    ]  # fmt: skip


@pytest.fixture
def two(store: LabStore, tmp_path: Path) -> LabStore:
    """Two cases; of one much was said."""
    own = [Seen(content="its own", path="Users/a-file-of-it.jpg", pdq=looks(3), finding=True),
           Seen(content="shared", pdq=looks(4))]  # fmt: skip
    take(store, sealed(tmp_path / "a", NAME, own, exhibit="Exhibit-of-it"),
         sealed(tmp_path / "b", "2026/2", [Seen(content="shared", pdq=looks(4))]))  # fmt: skip
    with writing(store) as writer:
        case, other = writer.decided.case(NAME), writer.decided.case("2026/2")
        writer.decided.note(case, f"{NAME}: to be asked again", writer.by)
        writer.decided.note(other, f"Compare {NAME}.", writer.by)
        writer.decided.assign(case, "j.doe", writer.by)
    return store


def test_no_trace_is_left_of_an_erased_case(two: LabStore) -> None:
    assert traces(two)
    with writing(two) as writer:
        receipt = two / "receipts" / erase(writer, NAME, "order 7/26")
    assert traces(two) == []
    assert faults(two) == []
    said = json.loads(receipt.read_text())
    assert (said["order"], len(said["bundles"])) == ("order 7/26", 1)
    with reading(two) as (held, decided):
        assert held.do("SELECT case_number FROM bundle") == [("2026/2",)]
        (note,) = decided.said_of(decided.case("2026/2"))
        assert note.text == "Compare [erased]."
    with writing(two) as writer, pytest.raises(StoreError, match="There is no case"):
        erase(writer, NAME, "order 8/26")


def test_a_receipt_that_was_changed_is_told(two: LabStore) -> None:
    with writing(two) as writer:
        receipt = two / "receipts" / erase(writer, NAME, "order 7/26")
    receipt.write_text(receipt.read_text().replace("7/26", "8/26"))
    (fault,) = faults(two)
    assert "is not what was signed" in fault


def test_a_case_that_is_held_is_not_erased(two: LabStore) -> None:
    with writing(two) as writer:
        case = writer.decided.case(NAME)
        writer.decided.hold(case, "2999-01-31", "an appeal", writer.by)
        with pytest.raises(UsageError, match="held until 2999-01-31: an appeal"):
            erase(writer, NAME, "order 7/26")
        writer.decided.hold(case, "2020-01-31", "the appeal was withdrawn", writer.by)
        erase(writer, NAME, "order 7/26")
    assert traces(two) == []


@pytest.mark.parametrize("order", ["", f"in the matter of {NAME.lower()}"])
def test_an_order_that_would_stay_as_a_trace_is_refused(two: LabStore, order: str) -> None:
    with writing(two) as writer, pytest.raises(UsageError):
        erase(writer, NAME, order)
    assert len(two.bundles()) == 2


def test_what_is_erased_can_come_again(two: LabStore, tmp_path: Path) -> None:
    with writing(two) as writer:
        erase(writer, NAME, "order 7/26")
    (bundle,) = (each for each in (tmp_path / "a/out").iterdir() if each.is_dir())
    take(two, bundle)
    assert len(two.bundles()) == 2
    assert faults(two) == []
