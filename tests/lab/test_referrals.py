"""Provider reports in a store: what is taken and what is refused, what links, which file waits for
an order, what a crash and an erasure leave. People and digests are invented and harmless."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import layout
from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.erasing import erase
from lab.referrals.jurisdiction import jurisdiction_of
from lab.referrals.keeping import (
    ReferralTaken,
    erase_referral,
    read_referral,
    referral_file,
    referral_files,
    referred,
    see_marks,
    take_referrals,
)
from lab.referrals.marks import ReferralError, ReferredKind, ReferredMark
from lab.referrals.orders import enter_order, referral_of
from lab.referrals.queue import QueuedReferral, files_of, queue_of, shared_by
from lab.settling import writing
from lab.store import LabStore
from lab.trail import read_trail
from lab.weighing import weights_of
from tests.lab.bundles import Seen, digest_of, sealed
from tests.lab.conftest import faults, reading, take
from tests.lab.reports import cybertip, file_details, md5_of, plain
from triage.captured import Capture
from triage.errors import StoreError, UsageError

SERIAL = "SN-48213-X"


def refer(
    store: LabStore, folder: Path, *contents: str, case: str = "", number: str = ""
) -> list[ReferralTaken]:
    """What became of each file."""
    folder.mkdir(exist_ok=True)
    files = []
    for place, content in enumerate(contents):
        files.append(folder / f"{place}.xml")
        files[-1].write_bytes(content.encode())
    with writing(store) as writer:
        return list(take_referrals(writer, files, case=case, number=number))


@contextmanager
def marked(store: LabStore) -> Iterator[tuple[Connection, Decisions]]:
    """With the view of marks."""
    with reading(store) as (held, decided):
        see_marks(held, store)
        yield held, decided


def queue(store: LabStore) -> list[QueuedReferral]:
    with marked(store) as (held, decided):
        return queue_of(held, decided, weights_of(store).referrals, jurisdiction_of(store))


def blocked(store: LabStore, number: int = 1) -> dict[str, bool]:
    """By the file's id."""
    with marked(store) as (held, decided):
        key = referral_of(decided, number)
        found = files_of(held, decided, jurisdiction_of(store), key, most=1000)
    return {file.file: file.blocked for file in found}


def says(content: str, *, number: str = "") -> list[tuple[str, str]]:
    """Kind and value of all marks."""
    return [(mark.kind, mark.value) for mark in marks(content, number=number)]


def marks(content: str, *, number: str = "") -> list[ReferredMark]:
    return list(read_referral(content.encode(), number).marks())


# --- what is read


def test_a_report_says_who_when_and_which_files_and_nothing_of_who_sent_it() -> None:
    report = cybertip(
        email="Some.One@Example.org", ip=[("192.0.2.7", "2026-03-01T09:00:00+01:00")],
        device=SERIAL, files=[file_details("f1", viewed="true", digest="A" * 32)], urgent=True,
    )  # fmt: skip
    first, *rest = marks(report)
    assert (first.kind, first.value, first.more) == (
        "report",
        "A code of the schema",
        "A. Provider",
    )
    assert first.instant == 1772359200.0
    found = {(mark.kind, mark.value) for mark in rest}
    assert found == {
        ("urgent", "yes"), ("email", "some.one@example.org"), ("account", "photos:someone"),
        ("ip", "192.0.2.7"), ("device", SERIAL.lower()), ("file", "holiday.jpg"),
        ("md5", "a" * 32),
    }  # fmt: skip
    (address,) = (mark for mark in rest if mark.kind == ReferredKind.IP)
    assert address.instant == 1772352000.0


def test_file_details_beside_reports_belong_to_the_report_whose_number_they_say() -> None:
    inner = cybertip("7").partition("?>")[2] + file_details("a", number="8", viewed="true")
    found = marks(f"<all>{inner}{file_details('b', number='7')}</all>")
    files = {
        (mark.report, mark.file, mark.viewed) for mark in found if mark.kind == ReferredKind.FILE
    }
    assert files == {("8", "a", True), ("7", "b", None)}


def test_a_submission_takes_its_number_from_who_imports_it() -> None:
    assert {mark.report for mark in marks(cybertip(""), number="99")} == {"99"}
    with pytest.raises(ReferralError, match="does not say its number"):
        marks(cybertip(""))


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;">]><report><reportId>&c;</reportId></report>'
)
REFUSED = {
    "entities": (BOMB, "declares a document type"),
    "an external entity": (
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><report>&x;</report>',
        "declares a document type"),
    "a document type alone": ("<!DOCTYPE report><report/>", "declares a document type"),
    "an entity that nobody declared": ("<report><reportId>&x;</reportId></report>", "broken"),
    "cut off": (cybertip()[:-20], "broken or cut off"),
    "deep": ("<a>" * 100 + "</a>" * 100, "nested more than"),
    "a report in a report": ("<report><report/></report>", "inside another"),
    "a number twice": ("<all>" + 2 * cybertip("5").partition("?>")[2] + "</all>", "twice"),
    "a long number": (cybertip("9" * 101), "more than 100 characters"),
    "no report": ("<all/>", "no report in the file"),
    "an encoding": ('<?xml version="1.0" encoding="x-none"?><report/>', "XML"),
    "another thing": ("GIF89a", "no referral of a known format"),
    "nothing": ("", "no referral of a known format"),
    "other JSON": ("{}", "The JSON is no referral"),
    "deep JSON": ('{"format":' + "[" * 100_000, "The JSON is no referral"),
    "JSON with more in it": (
        plain({"number": "1", "words": "more"}), "The JSON is no referral"),
    "JSON with a number twice": (plain({"number": "1"}, {"number": "1"}), "twice"),
    "a table of other columns": ("report,what\r\n1,email", "columns are not"),
    "a table of another thing": (
        "report,what,value,more,at,file\r\n1,colour,red,,,", "a thing that nobody knows"),
    "a table with a short row": ("report,what,value,more,at,file\r\n1,email", "fewer fields"),
    "a digest without its file": (
        "report,what,value,more,at,file\r\n1,md5," + "a" * 32 + ",,,", "A file's id"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_report_is_refused(content: str, said: str) -> None:
    with pytest.raises(ReferralError, match=said) as refused:
        marks(content)
    assert refused.value.hint


def test_a_refused_file_leaves_nothing_and_stops_no_other(store: LabStore, tmp_path: Path) -> None:
    contents = [content for content, _ in REFUSED.values()]
    *refused, taken = refer(store, tmp_path / "in", *contents, cybertip())
    assert all(each.refused and not each.digest for each in refused)
    (missing,) = _take_one(store, tmp_path / "not there.xml")
    assert missing.refused
    assert taken.numbers == [1]
    assert referral_files(store) == [taken.digest]
    assert len(list((store / layout.REFERRED).iterdir())) == 1
    assert faults(store) == []


def _take_one(store: LabStore, file: Path) -> list[ReferralTaken]:
    with writing(store) as writer:
        return list(take_referrals(writer, [file]))


def test_what_is_wrong_in_a_report_is_left_out_and_counted() -> None:
    report = cybertip(
        email="x" * 2000, at="yesterday", device="",
        ip=[("not an address", "2026-01-01T00:00:00Z"), ("192.0.2.1", "2026-01-01T00:00:00"),
            ("192.0.2.2", "9999-99-99T00:00:00Z"), ("::ffff:192.0.2.3", "2026-01-01T00:00:00Z")],
        files=[file_details(viewed="perhaps", digest="zz"),
               file_details("f2", digest="b" * 40)],
    )  # fmt: skip
    found = marks(report)
    left_out = {mark.value: int(mark.more) for mark in found if mark.kind == ReferredKind.LEFT_OUT}
    assert left_out == {
        "addresses that are no IP address": 1, "digests that are none": 2,
        "fields of more than 1,000 characters": 1, "times that are none": 2,
        "times without a time zone": 1, "words that are neither true nor false": 1,
    }  # fmt: skip
    assert [mark.value for mark in found if mark.kind == ReferredKind.IP] == [
        "192.0.2.1", "192.0.2.2", "192.0.2.3",
    ]  # fmt: skip


def test_json_and_csv_say_the_same_as_xml() -> None:
    report = cybertip(
        ip=[("192.0.2.7", "2026-03-01T09:00:00Z")],
        files=[file_details("f1", viewed="true", digest="a" * 32)],
    )  # fmt: skip
    told = plain({
        "number": "1001", "code": "A code of the schema", "at": "2026-03-01T10:00:00Z",
        "reporter": "A. Provider",
        "persons": [{"emails": ["someone@example.org"],
                     "accounts": [{"service": "Photos", "name": "someone"}],
                     "addresses": [{"ip": "192.0.2.7", "at": "2026-03-01T09:00:00Z"}]}],
        "files": [{"id": "f1", "name": "holiday.jpg", "viewed": True,
                   "digests": {"md5": "a" * 32}}],
    })  # fmt: skip
    table = "\r\n".join([
        "report,what,value,more,at,file",
        "1001,report,A code of the schema,A. Provider,2026-03-01T10:00:00Z,",
        f"1001,md5,{'a' * 32},,,f1", "1001,file,holiday.jpg,true,,f1",
        "1001,email,someone@example.org,,,", "1001,account,someone,Photos,,",
        "1001,ip,192.0.2.7,,2026-03-01T09:00:00Z,",
    ])  # fmt: skip

    def sorted_marks(content: str) -> list[str]:
        return sorted(map(repr, marks(content)))

    assert sorted_marks(told) == sorted_marks(report) == sorted_marks(table)


# --- what is done with it


def test_a_file_is_kept_as_it_came_and_comes_once(store: LabStore, tmp_path: Path) -> None:
    first, again = refer(store, tmp_path / "in", cybertip(), cybertip())
    assert (first.there_already, again.there_already) == (False, True)
    assert first.numbers == again.numbers == [1]
    assert referral_file(store, first.digest).read_bytes() == cybertip().encode()
    records = list(read_trail(store / layout.AUDIT))
    assert [record.fields["referral"] for record in records
            if record.event == "imported a referral"] == [first.digest]  # fmt: skip
    assert faults(store) == []


def test_a_report_is_matched_by_digest_device_and_address(store: LabStore, tmp_path: Path) -> None:
    seen = [
        Seen(content="shared", finding=True),
        Seen(content="mail", path="Users/x/Mail/someone@example.org.ost"),
        Seen(content="camera", capture=Capture(make="Nikon", model="D70", serial=SERIAL)),
    ]
    take(store, sealed(tmp_path / "b", "2026/1", seen))
    nothing = cybertip("1", email="other@example.org", device="0000000", account="other")
    files = [file_details("f1", viewed="true", digest=md5_of("shared")), file_details("f2")]
    refer(store, tmp_path / "in", nothing, cybertip("2", device=SERIAL, files=files))
    first, last = queue(store)
    assert (first.report, last.report, last.points, last.cases) == ("2", "1", 0.0, ())
    assert first.cases == ("2026/1",)
    assert {what: amount for what, amount, _ in first.weighed} == {
        "device": 1, "seen": 1, "address": 1, "may_open": 1,
    }  # fmt: skip
    assert first.reasons[0] == "1 device or camera of it in a bundle (4.0)"
    with marked(store) as (held, decided):
        key = referral_of(decided, first.number)
        found = files_of(held, decided, jurisdiction_of(store), key, most=10)
    assert [(file.file, file.seen) for file in found] == [
        ("f1", (("2026/1", digest_of("shared")),)), ("f2", ()),
    ]  # fmt: skip


def _bundles(store: LabStore, folder: Path, reports: Sequence[str]) -> list[int]:
    """Of each report, with the number of which it is bundled."""
    refer(store, folder, *reports)
    return [each.bundle for each in sorted(queue(store), key=lambda each: each.number)]


def test_reports_that_share_something_are_bundled_and_the_others_are_not(
    store: LabStore, tmp_path: Path
) -> None:
    def alone(number: str, *, email: str = "", account: str = "") -> str:
        email = email or f"{number}@example.org"
        return cybertip(number, email=email, account=account or number)

    digest = md5_of("shared")
    reports = [
        alone("1"), alone("2", email="1@example.org"), alone("3", account="2"), alone("4"),
        cybertip("5", email="5@example.org", account="5", files=[file_details(digest=digest)]),
        cybertip("6", email="6@example.org", account="6", files=[file_details(digest=digest)]),
        alone("4", email="4b@example.org", account="4b"),
    ]  # fmt: skip
    assert _bundles(store, tmp_path / "in", reports) == [1, 1, 1, 4, 5, 5, 4]
    with marked(store) as (held, decided):
        weights = weights_of(store).referrals
        shared = shared_by(held, decided, weights, referral_of(decided, 2))
    assert [(mark.kind, mark.value, mark.others) for mark in shared] == [
        ("account", "photos:2", (3,)), ("email", "1@example.org", (1,)),
    ]  # fmt: skip


def test_an_address_links_within_its_hours_alone(store: LabStore, tmp_path: Path) -> None:
    times = ("2026-03-01T00:00:00Z", "2026-03-01T23:00:00Z", "2026-03-03T00:00:00Z", "")
    reports = [
        cybertip(str(n), email=f"{n}@example.org", account=str(n), ip=[("192.0.2.7", at)])
        for n, at in enumerate(times, 1)
    ]
    assert _bundles(store, tmp_path / "in", reports) == [1, 1, 3, 4]


def test_what_very_many_reports_have_links_nothing(store: LabStore, tmp_path: Path) -> None:
    weights = store / layout.WEIGHTS
    weights.write_text(weights.read_text().replace("most_reports: 50", "most_reports: 2"))
    ip = [("192.0.2.7", "2026-03-01T00:00:00Z")]
    reports = [cybertip(str(n), email="all@example.org", account=str(n), ip=ip) for n in (1, 2, 3)]
    assert _bundles(store, tmp_path / "in", reports) == [1, 2, 3]


# --- orders


def test_a_file_that_nobody_says_was_viewed_waits_for_an_order(
    store: LabStore, tmp_path: Path
) -> None:
    files = [
        file_details("absent"), file_details("no", viewed="false"),
        file_details("yes", viewed="true"), file_details("public", public="true"),
        file_details("unclear", viewed="maybe"),
        file_details("twice", viewed="true"), file_details("twice"),
    ]  # fmt: skip
    refer(store, tmp_path / "in", cybertip("1", files=files), cybertip("2", files=files))
    waiting = {"absent": True, "no": True, "yes": False, "public": True, "unclear": True,
               "twice": True}  # fmt: skip
    assert blocked(store) == waiting
    assert [each.blocked for each in queue(store)] == [5, 5]
    with writing(store) as writer, marked(store) as (held, _):
        with pytest.raises(UsageError, match="no reference"):
            enter_order(writer, held, 1, " ")
        with pytest.raises(UsageError, match="has no file other"):
            enter_order(writer, held, 1, "order 3/26", "other")
        with pytest.raises(StoreError, match="no referral 7"):
            enter_order(writer, held, 7, "order 3/26")
        enter_order(writer, held, 1, "order 3/26", "no")
    assert blocked(store) == waiting | {"no": False}
    with writing(store) as writer, marked(store) as (held, _):
        enter_order(writer, held, 1, "order 4/26")
    assert set(blocked(store).values()) == {False}
    assert blocked(store, 2) == waiting
    assert {each.number: each.blocked for each in queue(store)} == {1: 0, 2: 5}
    orders = [record.fields for record in read_trail(store / layout.AUDIT)
              if record.event == "entered an order"]  # fmt: skip
    assert [(each["referral"], each["order"], each["one_file"]) for each in orders] == [
        (1, 1, True), (1, 2, False),
    ]  # fmt: skip


def test_a_second_file_with_the_report_s_number_unblocks_nothing(
    store: LabStore, tmp_path: Path
) -> None:
    honest = cybertip("1", files=[file_details("f1")])
    other = cybertip("1", files=[file_details("f1", viewed="true")])
    refer(store, tmp_path / "in", honest, other)
    assert (blocked(store, 1), blocked(store, 2)) == ({"f1": True}, {"f1": False})
    assert [each.bundle for each in queue(store)] == [1, 1]


def test_the_jurisdiction_s_rule_is_the_store_s_own(store: LabStore, tmp_path: Path) -> None:
    files = [file_details("public", public="true"), file_details("not"),
             file_details("yes", viewed="true")]  # fmt: skip
    refer(store, tmp_path / "in", cybertip("1", files=files))
    rule = store / layout.JURISDICTION
    rule.write_text("name: ours\nviewed: blocked\nnot_viewed: blocked\npublic: open\n")
    assert blocked(store) == {"public": False, "not": True, "yes": True}
    assert queue(store)[0].blocked == 2
    rule.write_text("name: ours\nviewed: perhaps\n")
    with pytest.raises(StoreError, match="cannot be used"):
        blocked(store)
    rule.unlink()
    assert blocked(store) == {"public": True, "not": True, "yes": False}


# --- what a crash and an erasure leave


def test_what_a_crash_left_is_brought_to_its_end(store: LabStore, tmp_path: Path) -> None:
    (taken,) = refer(store, tmp_path / "in", cybertip())
    log = store / layout.AUDIT
    before = [line for line in log.read_bytes().splitlines(keepends=True)
              if b"imported a referral" not in line]  # fmt: skip
    for head in (store / layout.HEADS).iterdir():
        head.unlink()
    log.write_bytes(b"".join(before))  # it was cut off before the log said so
    referred(store, taken.digest).unlink()
    (store / layout.REFERRALS / "x.new").write_bytes(b"half")
    (store / layout.REFERRED / f"{'0' * 64}.parquet").write_bytes(b"of one that never came")
    with writing(store) as writer, writer.decided.changing() as held:
        held.execute(
            "INSERT INTO referral_file (digest, name, number, case_id, by, at)"
            " VALUES ('never came', '', '', '', '', '')"
        )
    assert faults(store) == []
    assert [each.report for each in queue(store)] == ["1001"]
    assert {file.name for file in (store / layout.REFERRED).iterdir()} == {
        f"{taken.digest}.parquet"
    }
    with writing(store) as writer:
        assert writer.decided.ask("SELECT digest FROM referral_file") == [(taken.digest,)]


def test_rebuilding_reads_them_again_and_verify_tells_what_was_changed(
    store: LabStore, tmp_path: Path
) -> None:
    (taken,) = refer(store, tmp_path / "in", cybertip(""), number="12")
    with writing(store, again=True):
        pass
    assert [(each.number, each.report) for each in queue(store)] == [(1, "12")]
    referral_file(store, taken.digest).write_text(cybertip("13"))
    assert any("is not what was imported" in fault for fault in faults(store))
    with writing(store, again=True):
        pass
    assert queue(store) == []
    assert len(faults(store)) == 2
    referral_file(store, taken.digest).unlink()
    (fault,) = faults(store)
    assert fault == f"Referral {taken.digest} was imported, and is gone."


WORDS = (b"kreuzberg-4711", b"someone@example.org", b"KREUZBERG-4711", b"a-name-of-it")


def traces(store: LabStore) -> list[tuple[str, bytes]]:
    return [(str(file), word) for file in store.path.rglob("*") if file.is_file()
            for word in WORDS if word in file.read_bytes()]  # fmt: skip


def test_a_case_is_erased_with_its_referrals(store: LabStore, tmp_path: Path) -> None:
    take(store, sealed(tmp_path / "a", "KREUZBERG-4711", [Seen(content="its own")]),
         sealed(tmp_path / "b", "2026/2", [Seen(content="other")]))  # fmt: skip
    (own,) = refer(store, tmp_path / "a-name-of-it", cybertip("kreuzberg-4711"),
                   case="KREUZBERG-4711")  # fmt: skip
    (other,) = refer(store, tmp_path / "in", cybertip("2", email="other@example.org"))
    with writing(store) as writer, marked(store) as (held, _):
        enter_order(writer, held, 2, "in KREUZBERG-4711")
    assert traces(store)
    with writing(store) as writer:
        erase(writer, "KREUZBERG-4711", "order 7/26")
    assert traces(store) == []
    assert faults(store) == []
    assert referral_files(store) == [other.digest]
    receipt = json.loads((store / f"receipts/referral-{own.digest[:16]}.json").read_text())
    assert (receipt["referral"], receipt["reports"], receipt["order"]) == (
        own.digest, 1, "order 7/26",
    )  # fmt: skip
    with pytest.raises(StoreError, match="There is no case"):
        refer(store, tmp_path / "in", cybertip("3"), case="KREUZBERG-4711")


def test_a_referral_of_no_case_is_erased_on_an_order_of_its_own(
    store: LabStore, tmp_path: Path
) -> None:
    (own,) = refer(store, tmp_path / "in", cybertip("kreuzberg-4711"))
    with writing(store) as writer:
        with pytest.raises(UsageError, match="needs its order"):
            erase_referral(writer, own.digest, " ")
        name = erase_referral(writer, own.digest, "order 9/26")
    assert (traces(store), faults(store)) == ([], [])
    (store / layout.RECEIPTS / name).unlink()
    assert faults(store) == [f"The receipt {name} is gone."]
    (again,) = refer(store, tmp_path / "in", cybertip("kreuzberg-4711"))
    assert (again.there_already, again.digest) == (False, own.digest)


def test_an_erasure_that_was_cut_off_goes_on(store: LabStore, tmp_path: Path) -> None:
    (own,) = refer(store, tmp_path / "in", cybertip("kreuzberg-4711"))
    with writing(store) as writer:
        with writer.decided.changing() as held:
            held.execute("UPDATE referral_file SET erasing = 'order 9/26'")
        referral_file(store, own.digest).unlink()
    assert (faults(store), traces(store)) == ([], [])


def test_a_report_of_very_many_files_is_taken_and_counted(store: LabStore, tmp_path: Path) -> None:
    files = [file_details(str(n), digest=f"{n:032x}") for n in range(10_000)]
    (taken,) = refer(store, tmp_path / "in", cybertip(files=files))
    assert taken.left_out == {}
    assert (queue(store)[0].files, queue(store)[0].blocked) == (10_000, 10_000)
