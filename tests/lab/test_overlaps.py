"""What links cases: all that was planted, and none besides; the rarest first."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from lab.marks import MarkKind, marks_of, serial_says_something
from lab.overlaps import Overlap, overlaps_of
from lab.priorities import priorities_of
from lab.settling import writing
from lab.store import LabStore
from lab.trends import TrendBy, trend
from lab.weighing import weights_of
from tests.bundle import samples
from tests.lab.bundles import Seen, digest_of, looks, sealed
from tests.lab.conftest import reading, take
from triage.bundle.format.document import Attestation, WriteBlockLayer
from triage.captured import Capture
from triage.errors import StoreError
from triage.evidence import Device, Protector, ProtectorKind, SourceKind
from triage.findings import Coverage, Outcome
from triage.machine import Machine

CAMERA = Capture(make="Nikon", model="D70", serial="3045872", taken="2026-01-02T03:04:05")
NO_CAMERA = Capture(make="Nikon", model="D70", serial="0000000")


def found(store: LabStore, *, case: str | None = None, whatever: bool = False) -> list[Overlap]:
    with reading(store) as (held, _):
        return overlaps_of(held, weights_of(store).overlaps, case=case, whatever=whatever)


def pairs(overlaps: list[Overlap]) -> dict[tuple[str, str], Overlap]:
    return {(each.one, each.other): each for each in overlaps}


def test_all_that_was_planted_is_found_and_none_besides(store: LabStore, tmp_path: Path) -> None:
    of_every_windows = Seen(content="system", type="application/octet-stream")
    cases = {
        "C1": [Seen(content="shared"), Seen(content="a", pdq=looks(1)), of_every_windows],
        "C2": [Seen(content="shared"), Seen(content="b", pdq=looks(2)), of_every_windows],
        "C3": [Seen(content="c", pdq=looks(1, 31)), Seen(content="d", pdq=looks(2, 32))],
        "C4": [Seen(content="e", capture=CAMERA), Seen(content="known", outcome=Outcome.KNOWN)],
        "C5": [Seen(content="f", capture=CAMERA), Seen(content="known", outcome=Outcome.KNOWN)],
        "C6": [Seen(content="g", capture=NO_CAMERA), Seen(content="shared", whole=False)],
        "C7": [Seen(content="h", capture=NO_CAMERA)],
    }  # fmt: skip
    serials = {"C6": "S2ABNX0H123456", "C7": "S2ABNX0H123456", "C1": "0123456789", "C2": "0000"}
    take(store, *(sealed(tmp_path / case, case, seen, serial=serials.get(case, ""))
                  for case, seen in cases.items()))  # fmt: skip
    overlaps = pairs(found(store))
    assert set(overlaps) == {("C1", "C2"), ("C1", "C3"), ("C4", "C5"), ("C6", "C7")}
    assert overlaps["C1", "C2"].exact == [digest_of("shared")]
    assert overlaps["C1", "C3"].looks == [(digest_of("a"), digest_of("c"), 31)]
    assert overlaps["C4", "C5"].cameras == ["Nikon D70 3045872"]
    assert overlaps["C6", "C7"].devices == ["SAMSUNG MZ7LN256 S2ABNX0H123456"]
    assert set(pairs(found(store, case="C3"))) == {("C1", "C3")}
    assert len(pairs(found(store, whatever=True))["C1", "C2"].exact) == 2
    assert [each.one for each in found(store)] == ["C6", "C4", "C1", "C1"]
    for overlap in overlaps.values():
        assert "no other case has the rarest of it" in overlap.reasons

    with reading(store) as (held, _):
        weights = weights_of(store)
        first = priorities_of(held, weights.priorities, list(overlaps.values()))
        assert {each.case for each in first} == set(cases)
        said = {each.case: " ".join(each.reasons) for each in first}
        assert "shares something with 2 other cases" in said["C1"]
        assert "1 picture or video that a camera says it took" in said["C4"]
        assert "shares" not in said["C3"] or "1 other case" in said["C3"]


SID = "S-1-5-21-3623811015-3361044348-30300820-1013"
PHONE = "00008030-001A2C3D4E5F802E"
GUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def test_volumes_accounts_and_phones_link_wherever_they_are_named(
    store: LabStore, tmp_path: Path
) -> None:
    def at(path: str) -> list[Seen]:
        return [Seen(content=path, path=path, type="application/octet-stream")]

    whole, locked = samples.volumes()[1:]
    opens = Protector(kind=ProtectorKind.RECOVERY_PASSWORD, id=GUID)
    cases: dict[str, tuple[list[Seen], dict[str, object]]] = {
        "A1": (at(f"$RECYCLE.BIN/{SID}/$RAB12CD.jpg"), {}),
        "A2": (at(f"Users/x/AppData/Roaming/Microsoft/Protect/{SID.lower()}/9b"), {}),
        "M1": (at("Users/x/AppData/Local/Microsoft/Outlook/J.Doe@Example.com.ost"), {}),
        "M2": (at("Old/j.doe@example.com - Outlook.pst"), {}),
        "P1": (at(f"Users/x/Apple/MobileSync/Backup/{PHONE}/ab/ab12"), {}),
        "P2": (at(f"ProgramData/Apple/Lockdown/{PHONE.lower()}.plist"), {}),
        "V1": ([], {"volumes": (replace(whole, uuid="A0B1C2D3E4F50617"),)}),
        "V2": ([], {"volumes": (replace(whole, uuid="a0b1c2d3e4f50617", label="moved"),)}),
        "W1": ([], {"volumes": (whole, replace(locked, protectors=(opens,)))}),
        "W2": ([], {"volumes": (whole, replace(locked, protectors=(opens,)))}),
    }  # fmt: skip
    take(store, *(sealed(tmp_path / case, case, seen or at(case), changes=changes)
                  for case, (seen, changes) in cases.items()))  # fmt: skip
    overlaps = pairs(found(store))
    assert {pair: each.reasons[0] for pair, each in overlaps.items()} == {
        ("A1", "A2"): f"the same account: {SID}",
        ("M1", "M2"): "the same account: j.doe@example.com",
        ("P1", "P2"): f"the same phone: {PHONE}",
        ("V1", "V2"): "the same volume: ntfs a0b1c2d3e4f50617",
        ("W1", "W2"): f"the same volume: bitlocker {GUID}",
    }
    assert [each.one for each in found(store)] == ["P1", "A1", "M1", "V1", "W1"]
    with writing(store, again=True):
        pass
    assert pairs(found(store)) == overlaps
    take(store, sealed(tmp_path / "another", "Z", at("z")))
    assert pairs(found(store)) == overlaps


@pytest.mark.parametrize(
    "path",
    [
        "$RECYCLE.BIN/S-1-5-18/desktop.ini",
        "keys/S-1-5-21-1-2-3-1001/made up",
        "keys/S-1-5-32-5445445444-5445445444-5445445444-1001",
        "icons/play@2x.ost",
        "lib/getty@tty1.service",
        "j.doe@example.com/a.jpg",
        f"Users/x/Desktop/{PHONE}/picture",
        "MobileSync/Backup/Manifest.db",
        "MobileSync/Backup/00008030-001A2C3D4E5F802EE/longer",
        f"Lockdown/{GUID}.plist",
    ],
)
def test_what_many_have_alike_or_nobody_has_is_no_mark(
    store: LabStore, tmp_path: Path, path: str
) -> None:
    seen = [Seen(content="x", path=path, type="application/octet-stream")]
    take(store, *(sealed(tmp_path / case, case, seen) for case in "AB"))
    assert found(store) == []


def test_the_computer_that_was_searched_is_named_and_a_lab_s_own_workstation_is_not(
    tmp_path: Path,
) -> None:
    """Whoever searches images, or what hangs on USB, does so on any machine."""
    image = samples.image(tmp_path)
    hung_on = replace(image, kind=SourceKind.DEVICE, transport="usb")
    own = replace(hung_on, transport="sata")
    stick = Attestation(layers=(WriteBlockLayer(name="kernel", on=True),))

    def named(device: Device, block: Attestation | None, serial: str = "JX4BZ63") -> list[str]:
        said = replace(
            samples.document(device, Coverage()), devices=(hung_on, device), write_block=block,
            machine=Machine(maker="Dell Inc.", model="Precision 3660", serial=serial),
        )  # fmt: skip
        return [name for kind, name in marks_of(said) if kind is MarkKind.COMPUTER]

    assert named(own, stick) == ["Dell Inc. Precision 3660 JX4BZ63"]
    assert named(image, stick) == []
    assert named(hung_on, stick) == []
    assert named(own, None) == []
    assert named(own, Attestation()) == []
    assert named(own, stick, serial="0000000") == []


def test_a_reason_says_the_first_names_and_counts_the_others(
    store: LabStore, tmp_path: Path
) -> None:
    seen = [
        Seen(content=str(n), path=f"$RECYCLE.BIN/S-1-5-21-3623811015-3361044348-30300820-{n}/$R",
             type="application/octet-stream") for n in range(1000, 1008)
    ]  # fmt: skip
    take(store, *(sealed(tmp_path / case, case, seen) for case in "AB"))
    (overlap,) = found(store)
    assert len(overlap.accounts) == 8
    assert overlap.reasons[0].endswith("-1004 and 3 others")


def test_weights_of_a_store_that_is_older_than_a_kind_of_link_are_its_defaults(
    store: LabStore,
) -> None:
    file = store / "weights.yaml"
    newer = ("computer:", "volume:", "account:", "phone:")
    kept = [line for line in file.read_text().splitlines() if not line.strip().startswith(newer)]
    before = weights_of(store)
    file.write_text("\n".join(kept))
    assert weights_of(store) == before


def test_what_more_cases_have_weighs_less_and_what_most_have_links_nothing(
    store: LabStore, tmp_path: Path
) -> None:
    weights = store / "weights.yaml"
    weights.write_text(weights.read_text().replace("most_cases: 50", "most_cases: 4"))
    seen = [
        [Seen(content="everywhere", pdq=looks(9, n)), *([Seen(content="three")] if n < 3 else []),
         *([Seen(content="two", pdq=looks(5))] if n < 2 else [])]
        for n in range(5)
    ]  # fmt: skip
    take(store, *(sealed(tmp_path / str(n), f"C{n}", each) for n, each in enumerate(seen)))
    overlaps = found(store)
    assert [(each.one, each.other) for each in overlaps] == [
        ("C0", "C1"),
        ("C0", "C2"),
        ("C1", "C2"),
    ]
    assert [round(each.weight, 2) for each in overlaps] == [1.5, 0.5, 0.5]
    assert overlaps[1].rarest == 3
    assert "3 cases have the rarest of it" in overlaps[1].reasons


def test_one_case_s_own_exhibits_are_no_overlap(store: LabStore, tmp_path: Path) -> None:
    seen = [Seen(content="shared", pdq=looks(1), capture=CAMERA)]
    take(store, *(sealed(tmp_path / str(n), "C1", seen, exhibit=f"E{n}", serial="S2ABNX0H123456")
                  for n in range(2)))  # fmt: skip
    assert found(store) == []


def test_looks_link_whenever_the_bundles_came(store: LabStore, tmp_path: Path) -> None:
    """One by one or at once: pictures that came before are compared with those that come."""
    for n in range(3):
        take(
            store, sealed(tmp_path / str(n), f"C{n}", [Seen(content=str(n), pdq=looks(1, 10 * n))])
        )
    one_by_one = {pair: each.looks for pair, each in pairs(found(store)).items()}
    assert {pair: looks[0][2] for pair, looks in one_by_one.items()} == {
        ("C0", "C1"): 10, ("C0", "C2"): 20, ("C1", "C2"): 10
    }  # fmt: skip


def test_copies_of_one_picture_are_one_reason(store: LabStore, tmp_path: Path) -> None:
    for case in "AB":
        seen = [Seen(content=f"{case}{n}", pdq=looks(1, n)) for n in range(4)]
        take(store, sealed(tmp_path / case, case, seen))
    (overlap,) = found(store)
    assert len(overlap.looks) == 4


@pytest.mark.parametrize(
    ("serial", "says"),
    [("3045872", True), ("S2ABNX0H123456", True), ("0000000", False), ("", False), ("n/a", False),
     ("0123456789ABCDEF", False), ("1111111111", False), ("000012", False), ("Unknown", False)],
)  # fmt: skip
def test_a_serial_number_that_is_nobody_s_own_links_nothing(serial: str, says: bool) -> None:
    assert serial_says_something(serial) is says


def test_figures_that_rest_on_few_cases_are_not_shown(store: LabStore, tmp_path: Path) -> None:
    for n in range(3):
        kind = "image/png" if n == 2 else "image/jpeg"
        seen = [Seen(content=f"{n}", finding=True, type=kind), Seen(content="no finding")]
        take(store, sealed(tmp_path / str(n), f"C{n}", seen))
    with reading(store) as (held, _):
        by_kind = trend(held, TrendBy.KIND, weights_of(store).trends)
        by_type = trend(held, TrendBy.TYPE, weights_of(store).trends)
        for by in TrendBy:
            trend(held, by, weights_of(store).trends)
    assert [(row.what, row.contents, row.cases) for row in by_kind.rows] == [("hash_set", 3, 3)]
    assert (by_type.rows, by_type.suppressed) == ((), 2)


def test_weights_that_nobody_understands_are_refused(store: LabStore) -> None:
    (store / "weights.yaml").write_text("overlaps: {exact: many}\n")
    with pytest.raises(StoreError, match=r"weights\.yaml cannot be used"):
        weights_of(store)
