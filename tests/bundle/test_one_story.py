"""A signer may lie about the world, not contradict himself: each attack changes one thing of a good
bundle, renders its report again where that follows from it, and signs all of it anew.

All of them passed every step that a bundle was once verified by.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.bundle import samples
from triage.bundle.checking.verify import verify
from triage.bundle.format import auditlog, custody, layout, schema
from triage.bundle.format import document as doc
from triage.bundle.format.document import Document
from triage.bundle.rendering import html
from triage.bundle.writing.scan_key import ScanKey
from triage.bundle.writing.signing import Signer, new_key, open_signer
from triage.evidence import SourceKind
from triage.findings import Match
from triage.profile import SetKind

MANIFEST, AGREES, ASKED, LOGGED, PREVIEWS = 2, 14, 15, 16, 17
Change = Callable[[Document], Document]
Records = list[dict[str, Any]]


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    key = tmp_path_factory.mktemp("keys") / "key"
    new_key(key, comment="insider", ask=False)
    with open_signer(key) as opened:
        yield opened


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Path:
    return samples.sealed(tmp_path_factory.mktemp("good"), findings=8, signer=signer)


@pytest.fixture
def bundle(tmp_path: Path, good: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / good.name))


def read(bundle: Path) -> Document:
    return schema.decode((bundle / layout.FINDINGS).read_bytes())


def tell(bundle: Path, signer: Signer, document: Document) -> None:
    """Another findings.json, its own report with it, all signed again."""
    tell_all(bundle, signer, document, records_of(bundle))


def tell_all(bundle: Path, signer: Signer, document: Document, told: Records) -> None:
    """The log as one run of the signer's, which commits to all that lies there now."""
    key, chain = ScanKey.vouched_for(signer), auditlog.Chain()
    terms = digest_of(bundle / layout.TERMS)
    vouched = msgspec.to_builtins(key.vouched(after=auditlog.START, terms=terms))
    lines = [chain.line(custody.SCAN_KEY, vouched, utc=told[0]["utc"])]
    lines += [chain.line(each["event"], each["fields"], utc=each["utc"]) for each in told]
    lines.append(chain.line(custody.DURABLE, committed(bundle), utc=told[-1]["utc"], sign=key.sign))
    (bundle / layout.LOG).write_bytes(b"".join(line + b"\n" for line in lines))
    document = replace(document, log=chain.end)
    (bundle / layout.FINDINGS).write_bytes(schema.encode(document))
    (bundle / layout.REPORT).write_text(html.render(document), encoding="utf-8")
    samples.sign_again(bundle, signer)


def records_of(bundle: Path) -> Records:
    """Without those that sign."""
    told = map(json.loads, (bundle / layout.LOG).read_bytes().splitlines())
    return [each for each in told if each["event"] not in (custody.SCAN_KEY, custody.DURABLE)]


def committed(bundle: Path) -> auditlog.Fields:
    text = (bundle / layout.ENTRIES).read_bytes()
    roll = custody.PreviewRoll()
    roll.add(
        (f"media/{file.name}", digest_of(file)) for file in sorted((bundle / "media").iterdir())
    )
    return {"entries": text.count(b"\n"), "bytes": len(text), "sha256": sha256(text).hexdigest(),
            "previews": roll.count, "previews_sha256": roll.sha256}  # fmt: skip


def digest_of(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def tell_lines(bundle: Path, signer: Signer, document: Document) -> None:
    """The findings in entries.jsonl as the document has them, and all signed again."""
    told = {finding.entry.id: finding for finding in document.findings}
    lines = []
    for line in map(json.loads, (bundle / layout.ENTRIES).read_bytes().splitlines()):
        finding = told.get(line["entry"]["id"])
        lines.append(json.loads(schema.encode_escaped(finding)) if finding else line)
    text = "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)
    (bundle / layout.ENTRIES).write_text(text)
    tell(bundle, signer, document)


def tell_log(bundle: Path, signer: Signer, change: Callable[[Records], Records]) -> None:
    """Other records."""
    tell_all(bundle, signer, read(bundle), change(records_of(bundle)))


def failing(bundle: Path) -> tuple[int, str]:
    failed = verify(bundle).failed
    assert failed is not None, "it verifies"
    assert failed.detail.isprintable()
    return failed.number, failed.detail


def test_what_is_told_again_unchanged_verifies(bundle: Path, signer: Signer) -> None:
    tell_log(bundle, signer, lambda records: records)
    tell_lines(bundle, signer, read(bundle))
    assert verify(bundle).failed is None


# findings.json against itself


def blocked(document: Document, **changes: Any) -> Document:
    assert document.write_block is not None
    return replace(document, write_block=replace(document.write_block, **changes))


def facts(document: Document, **said: str) -> dict[str, str]:
    return {name.replace("_", " "): text for name, text in said.items()}


def moved(document: Document) -> doc.Snapshot:
    assert document.write_block is not None
    assert document.write_block.after is not None
    (state,) = document.write_block.after.devices
    written = replace(state, counters={"writes": 7, "discards": 0})
    return replace(document.write_block.after, devices=(written,))


def of_an_image(document: Document) -> Document:
    """Of a device that nobody could have written to, because it is a file."""
    devices = tuple(replace(each, kind=SourceKind.IMAGE) for each in document.devices)
    sources = tuple(replace(each, kind=SourceKind.IMAGE) for each in document.sources)
    return replace(document, devices=devices, sources=sources)


def nowhere(document: Document) -> Document:
    """A volume of a disk that nobody scanned."""
    return replace(
        document,
        volumes=(*document.volumes, replace(document.volumes[1], id="d7v1", device_id="d7")),
    )


def another_profile(document: Document) -> Document:
    applied = replace(document.profile.applied, detectors=())
    return replace(document, profile=replace(document.profile, applied=applied))


CONTRADICTIONS: dict[str, Change] = {
    "no devices": lambda d: replace(d, devices=(), sources=()),
    "other sources than devices": lambda d: replace(
        d, sources=(replace(d.sources[0], path="/dev/sdz"),)
    ),
    "one device twice": lambda d: replace(d, devices=d.devices * 2, sources=d.sources * 2),
    "a volume of a device that is not listed": nowhere,
    "a volume twice": lambda d: replace(d, volumes=(*d.volumes, d.volumes[1])),
    "no volumes, and entries on one": lambda d: replace(d, volumes=()),
    "a reason to be partial, and not partial": lambda d: replace(d, partial_reason="time limit"),
    "a first finding, and none": lambda d: replace(
        d, times=replace(d.times, first_finding_after=None)
    ),
    "a write block of an image": of_an_image,
    "no write block of a device": lambda d: replace(d, write_block=None),
    "a write block of another device": lambda d: blocked(
        d, before=doc.Snapshot(at=d.times.started, devices=(doc.DeviceState(device_id="d1"),))
    ),
    "a write block that was looked at once": lambda d: blocked(d, after=None),
    "a write block that is on, with a layer off": lambda d: blocked(
        d,
        layers=(doc.WriteBlockLayer(name="kernel read-only flag", on=False),),
        facts=facts(d, write_block="on: every layer is on"),
    ),
    "a write block that is on, without a layer": lambda d: blocked(
        d, layers=(), facts=facts(d, write_block="on: every layer is on")
    ),
    "a write block that is absent, with layers": lambda d: blocked(
        d, facts=facts(d, write_block="absent: not started from a stick")
    ),
    "nothing written, and counters that moved": lambda d: blocked(
        d, after=moved(d), facts=facts(d, writes_between_the_two_looks="none: no counter moved")
    ),
    "another profile than its digest": another_profile,
}


@pytest.mark.parametrize("attack", CONTRADICTIONS)
def test_a_document_that_contradicts_itself(bundle: Path, signer: Signer, attack: str) -> None:
    document = CONTRADICTIONS[attack](read(bundle))
    tell(bundle, signer, replace(document, ending=None))
    step, detail = failing(bundle)
    assert step == AGREES
    assert detail.startswith("findings.json contradicts itself: ")


def of_first(**provenance: str) -> Callable[[Match], Match]:
    return lambda match: replace(match, provenance=match.provenance | provenance)


PROVENANCES: dict[str, tuple[int, Callable[[Match], Match]]] = {
    "another set than was loaded": (1, of_first(set="another set")),
    "another edition of the set": (1, of_first(set_sha256="f" * 64)),
    "a set that is not named": (1, lambda match: replace(match, provenance={})),
    "a digest that it does not have": (1, of_first(digest="f" * 32)),
    "another model than was loaded": (2, of_first(model="another model")),
    "another model of that name": (2, of_first(sha256="f" * 64)),
    "another list than was loaded": (3, of_first(list="another list")),
}
"""By what they do: of which finding it is the first match."""


@pytest.mark.parametrize("attack", PROVENANCES)
def test_a_match_of_what_was_not_used(bundle: Path, signer: Signer, attack: str) -> None:
    number, change = PROVENANCES[attack]
    document = read(bundle)
    findings = list(document.findings)
    *before, last = findings[number - 1].matches
    changed = (*before, change(last)) if not before else (change(before[0]), *before[1:], last)
    findings[number - 1] = samples.altered(findings[number - 1], result={"matches": changed})
    tell_lines(bundle, signer, replace(document, findings=tuple(findings)))
    step, detail = failing(bundle)
    assert step == AGREES
    assert detail.startswith(f"finding {number} ")


@pytest.mark.parametrize("attack", ["renamed", "of kind known"])
def test_a_set_that_was_loaded_otherwise_than_its_matches_say(
    bundle: Path, signer: Signer, attack: str
) -> None:
    document = read(bundle)
    change = {"name": "another set"} if attack == "renamed" else {"kind": SetKind.KNOWN}
    changed = tuple(replace(used, **change) for used in document.hash_sets)
    tell(bundle, signer, replace(document, hash_sets=changed, ending=None))
    assert failing(bundle)[0] == AGREES


# scan.json against findings.json


def terms(**changes: Any) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        file = bundle / layout.TERMS
        file.write_text(json.dumps(json.loads(file.read_bytes()) | changes))

    return change


def instead(content: bytes) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        (bundle / layout.TERMS).write_bytes(content)

    return change


OTHER_TERMS: dict[str, Callable[[Path], None]] = {
    "of another case": terms(case={"case_number": "9999/1"}),
    "of another examiner": terms(
        case={"case_number": "2026/0417", "examiner": "B. Other", "exhibit": "EX-3"}
    ),
    "of another start": terms(started="1999-12-31T23:59:59Z"),
    "of no start": terms(started="soon"),
    "of no device": terms(devices=[]),
    "of no volume": terms(volumes=[]),
    "of no hash set": terms(hash_sets_used=[]),
    "of no model": terms(models_used=[]),
    "of another profile": terms(profile={"name": "none", "description": "", "detectors": []}),
    "of another clock": terms(clock="right"),
    "that goes on with another bundle": terms(continues="another"),
    "of format 1": terms(format_version=1),
    "of a key made for the scan alone": terms(key=""),
    "empty": instead(b""),
    "garbage": instead(b"\xff\0{"),
    "of another kind": terms(format="seek findings"),
}


@pytest.mark.parametrize("attack", OTHER_TERMS)
def test_a_scan_json_that_is_not_of_this_scan(bundle: Path, signer: Signer, attack: str) -> None:
    OTHER_TERMS[attack](bundle)
    tell(bundle, signer, read(bundle))
    assert failing(bundle)[0] == ASKED


def test_a_scan_json_that_is_absent(bundle: Path, signer: Signer) -> None:
    (bundle / layout.TERMS).unlink()
    samples.sign_again(bundle, signer)
    step, detail = failing(bundle)
    assert step == MANIFEST
    assert "scan.json" in detail


# log.jsonl against findings.json


def without(event: str) -> Callable[[Records], Records]:
    return lambda records: [each for each in records if each["event"] != event]


def told_otherwise(event: str, **fields: Any) -> Callable[[Records], Records]:
    return lambda records: [
        each | {"fields": each["fields"] | fields} if each["event"] == event else each
        for each in records
    ]


def of_1999(records: Records) -> Records:
    return [records[0] | {"utc": "1999-12-31T23:59:59.000Z", "event": "scan started"}]


def a_year_before(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"utc": f"{int(record['utc'][:4]) - 1}{record['utc'][4:]}"}


OTHER_LOGS: dict[str, Callable[[Records], Records]] = {
    "of one record of 1999": of_1999,
    "of 1999, to its end": lambda r: [
        each | {"utc": "1999-12-31T23:59:59.000Z"} for each in r
    ],
    "of no start": without(auditlog.STARTED),
    "of no sealing": without(auditlog.SEALING),
    "of another profile": told_otherwise(auditlog.STARTED, profile="thorough"),
    "of no device": without(auditlog.OPENED),
    "of another device": told_otherwise(auditlog.OPENED, device="d1"),
    "of other volumes": told_otherwise(auditlog.VOLUME, state="empty"),
    "of more entries": told_otherwise(auditlog.SEALING, entries=1_000_000),
    "of fewer findings": told_otherwise(auditlog.SEALING, findings=0),
    "of another signer": told_otherwise(auditlog.SEALING, signer="SHA256:another"),
    "of known material that is no finding": lambda r: [
        *r[:-2], r[-2] | {"event": auditlog.KNOWN, "fields": {"entries": [12_345]}}, *r[-2:]
    ],
    "that runs backwards": lambda r: [*r[:2], a_year_before(r[2]), *r[3:]],
    "of no time": lambda r: [*r[:1], r[1] | {"utc": "noon"}, *r[2:]],
    "of a time without a zone": lambda r: [*r[:1], r[1] | {"utc": r[1]["utc"][:-1]}, *r[2:]],
}  # fmt: skip


@pytest.mark.parametrize("attack", OTHER_LOGS)
def test_a_log_that_is_not_of_this_scan(bundle: Path, signer: Signer, attack: str) -> None:
    tell_log(bundle, signer, OTHER_LOGS[attack])
    assert failing(bundle)[0] == LOGGED


def test_a_partial_scan_whose_log_says_another_reason(tmp_path: Path, signer: Signer) -> None:
    bundle = samples.sealed(tmp_path, signer=signer, partial="time limit")
    assert verify(bundle).failed is None
    tell_log(bundle, signer, told_otherwise(auditlog.STOPPED, reason="interrupted"))
    assert failing(bundle)[0] == LOGGED


TIMES: dict[str, Callable[[Document], dict[str, Any]]] = {
    "ended before it started": lambda d: {"ended": "1999-12-31T23:59:59Z"},
    "took longer than from its start to its end": lambda d: {"seconds": 1e6},
    "took longer than a number can say": lambda d: {"seconds": 1e300},
    "ended after it was sealed": lambda d: {"ended": "9999-12-31T23:59:59Z"},
    "ended on a day that is none": lambda d: {"ended": "2026-99-99T99:99:99Z"},
}


@pytest.mark.parametrize("attack", TIMES)
def test_a_scan_that_took_no_time_that_there_was(bundle: Path, signer: Signer, attack: str) -> None:
    document = read(bundle)
    times = replace(document.times, **TIMES[attack](document))
    tell(bundle, signer, replace(document, times=times))
    assert failing(bundle)[0] == LOGGED


@pytest.mark.parametrize("found", [{"at": "1999-12-31T23:59:59Z"}, {"after": 1e6}])
def test_a_finding_of_before_the_scan_or_after_it(
    bundle: Path, signer: Signer, found: dict[str, Any]
) -> None:
    document = read(bundle)
    first = samples.altered(document.findings[0], found=found)
    tell_lines(bundle, signer, replace(document, findings=(first, *document.findings[1:])))
    assert failing(bundle)[0] == LOGGED


def test_a_clock_that_was_set_back_is_in_the_log_and_no_contradiction(tmp_path: Path) -> None:
    """By whoever scans: the log says so, and no order is asked of its times any more."""
    device = samples.image(tmp_path)
    writer = samples.begun(tmp_path / "out", device)
    writer._log._latest = "2999-01-01T00:00:00.000Z"
    made = samples.document(device, samples.fill(writer, 1))
    with open_signer(None) as fresh:
        bundle = writer.seal(made, fresh)
    marks = [each for each in records_of(bundle) if each["event"] == auditlog.CLOCK_SET_BACK]
    assert [each["fields"] for each in marks] == [{"from": "2999-01-01T00:00:00.000Z"}]
    done = verify(bundle)
    assert done.failed is None
    assert "set back" in done.steps[LOGGED - 1].detail


def test_a_bundle_whose_clock_was_set_back_verifies(bundle: Path, signer: Signer) -> None:
    def set_back(records: Records) -> Records:
        at = "1999-12-31T23:59:59.000Z"
        mark = records[0] | {"event": auditlog.CLOCK_SET_BACK, "utc": at, "fields": {}}
        return [*records[:2], mark, *(each | {"utc": at} for each in records[2:])]

    tell_log(bundle, signer, set_back)
    done = verify(bundle)
    assert done.failed is None
    assert "set back" in done.steps[LOGGED - 1].detail


# previews

PAGE = b"<!DOCTYPE html><script>alert(1)</script>"


def swap(bundle: Path, document: Document) -> Document:
    """The two pictures, and nothing else."""
    one, other = (bundle / f.found.preview for f in document.findings[:2])
    ours, theirs = one.read_bytes(), other.read_bytes()
    assert ours != theirs
    one.write_bytes(theirs)
    other.write_bytes(ours)
    return document


def swap_names(bundle: Path, document: Document) -> Document:
    """What the two findings say of them."""
    one, other, *others = document.findings

    def named(finding: doc.Finding, as_: doc.Finding) -> doc.Finding:
        told = {n: getattr(as_.found, n) for n in ("preview", "preview_sha256")}
        return samples.altered(finding, found=told)

    return replace(document, findings=(named(one, other), named(other, one), *others))


def in_its_place(content: Callable[[bytes], bytes]) -> Callable[[Path, Document], Document]:
    """Another content, and its digest in both files."""

    def change(bundle: Path, document: Document) -> Document:
        first = document.findings[0]
        file = bundle / first.found.preview
        file.write_bytes(content(file.read_bytes()))
        told = {"preview_sha256": sha256(file.read_bytes()).hexdigest()}
        changed = samples.altered(first, found=told)
        return replace(document, findings=(changed, *document.findings[1:]))

    return change


def unsaid(_: Path, document: Document) -> Document:
    first = samples.altered(document.findings[0], found={"preview_sha256": ""})
    return replace(document, findings=(first, *document.findings[1:]))


COMMENT = b"\xff\xfe" + (len(PAGE) + 2).to_bytes(2, "big") + PAGE
OTHER_PREVIEWS: dict[str, Callable[[Path, Document], Document]] = {
    "swapped": swap,
    "swapped by name": swap_names,
    "without a digest": unsaid,
    "a page": in_its_place(lambda jpeg: PAGE),
    "empty": in_its_place(lambda jpeg: b""),
    "a picture with a page in its comment": in_its_place(lambda j: j[:2] + COMMENT + j[2:]),
    "a picture with a page behind it": in_its_place(lambda jpeg: jpeg + PAGE),
    "a picture that is cut off": in_its_place(lambda jpeg: jpeg[:-2]),
    "a picture that claims to be huge": in_its_place(
        lambda jpeg: jpeg.replace(b"\xff\xc0\x00\x11\x08\x00\x78", b"\xff\xc0\x00\x11\x08\xff\xff")
    ),
}


@pytest.mark.parametrize("attack", OTHER_PREVIEWS)
def test_a_preview_that_is_not_its_findings(bundle: Path, signer: Signer, attack: str) -> None:
    tell_lines(bundle, signer, OTHER_PREVIEWS[attack](bundle, read(bundle)))
    assert failing(bundle)[0] == PREVIEWS
