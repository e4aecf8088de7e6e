"""Harnesses for what a lab or a resumed scan reads back: documents, journal, terms, signatures."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

import msgspec

from tests.bundle import samples
from tests.fuzz.harness import Harness, in_a_file
from triage.bundle.checking import asked, logged, sigcheck, sshsig
from triage.bundle.format import auditlog, custody, entries, first, layout, manifest, schema
from triage.bundle.writing import journal
from triage.bundle.writing.writer import BundleWriter
from triage.choices import HashSetUse
from triage.coordinator.checking import Listed
from triage.errors import SeekError
from triage.evidence import Device
from triage.findings import Coverage, Outcome, Result
from triage.plan.rows import Rows
from triage.plan.tiers import Placement, Tier
from triage.preview_jpeg import is_preview
from triage.profile import Profile
from triage.scan import Earlier, terms

UNREADABLE = (SeekError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What every caller of `entries.decode` and of a decoder takes for a line that is no entry."""
NOTHING = "0" * 64
(SEALED,) = Path(samples.__file__).with_name("first_format").iterdir()
"""A bundle of format 1."""
RECORD = f'{{"seq":0,"utc":"x","event":"durable","fields":{{"entries":0,"bytes":0,"sha256":"{NOTHING}"}},"prev":"{NOTHING}"}}'  # noqa: E501

SCAN_KEY = sshsig.ed25519(bytes(32)).line
GAVE_UP = b'{"event":"%s","fields":{"type":"image/jpeg"}}' % auditlog.GAVE_UP.encode()


def audit_log(data: bytes) -> None:
    """log.jsonl."""
    auditlog.check(data.split(b"\n"))


def told_by_a_log(data: bytes) -> None:
    """What log.jsonl tells of the last run of a scan."""
    logged.last_run(data.split(b"\n"))


def unsealed_bundle(data: bytes) -> None:
    """The journal of a bundle that was cut off: log and entries."""
    log, _, lines = data.partition(b"\x00")

    def use(folder: Path) -> None:
        (folder / layout.ENTRIES).write_bytes(lines)
        list(journal.Journal(folder).entries())

    in_a_file(layout.LOG, log, use)


def journal_bound_anew(data: bytes) -> None:
    """Records of a log as somebody would write them who binds each to the one before."""
    log, _, lines = data.partition(b"\x00")
    chain, bound = auditlog.Chain(), []
    for told in _records(log):
        fields = dict(told.fields)
        if told.event == custody.SCAN_KEY and "after" in fields:
            fields["after"] = chain.end.sha256
        bound.append(chain.line(told.event, fields))
    unsealed_bundle(b"\n".join([*bound, b""]) + b"\x00" + lines)


def resumed_bundle(data: bytes) -> None:
    """All that resuming reads of a bundle that was cut off: scan.json, log, entries."""
    text, _, rest = data.partition(b"\x00")
    log, _, lines = rest.partition(b"\x00")

    def use(folder: Path) -> None:
        (folder / layout.LOG).write_bytes(log)
        (folder / layout.ENTRIES).write_bytes(lines)
        list(Earlier(folder).lines())

    in_a_file(layout.TERMS, text, use)


def forged_bundle(data: bytes) -> None:
    """The same by somebody who signs all of it with a key of his own: scan.json, records of the
    log, entries, and whatever binds them is made right."""
    text, _, rest = data.partition(b"\x00")
    records, _, lines = rest.partition(b"\x00")
    chain = auditlog.Chain()
    terms_sha256 = hashlib.sha256(text).hexdigest()
    key: auditlog.Fields = {"key": SCAN_KEY, "after": auditlog.START, "terms": terms_sha256}
    log = [chain.line(custody.SCAN_KEY, key)]
    for told in _records(records):
        log.append(chain.line(told.event, told.fields))
    log.append(chain.line(custody.DURABLE, {
        "entries": lines.count(b"\n"), "bytes": len(lines),
        "sha256": hashlib.sha256(lines).hexdigest(),
        "previews": 0, "previews_sha256": custody.PreviewRoll().sha256, "signature": "AAAA",
    }))  # fmt: skip

    def use(folder: Path) -> None:
        (folder / layout.LOG).write_bytes(b"\n".join([*log, b""]))
        (folder / layout.ENTRIES).write_bytes(lines)
        with mock.patch.object(sigcheck, "check_signature"):  # ssh-keygen says yes, in no time
            earlier = Earlier(folder)
        list(earlier.lines())
        assert earlier.given_up is not None
        earlier.new_in(_listed())

    in_a_file(layout.TERMS, text, use)


def _listed() -> Listed:
    rows = Rows()
    placed = Placement(Tier.OTHER_PICTURES, 0.5, 0)
    listed = tuple(samples.entry(number) for number in range(3))
    for entry in listed:
        rows.add(entry, placed, 0)
    return Listed(volume=samples.volumes()[0], rows=rows, entries=listed, settled=())


def _records(log: bytes) -> "Iterator[_Told]":
    for line in log.split(b"\n"):
        with suppress(*UNREADABLE):
            yield _told.decode(line)


class _Told(msgspec.Struct):
    event: str
    fields: auditlog.Fields = {}


_told = msgspec.json.Decoder(_Told)


def _cut_off() -> tuple[bytes, bytes, bytes]:
    """scan.json, log and entries of a bundle of two runs."""
    with tempfile.TemporaryDirectory() as folder:
        device = samples.image(Path(folder))
        asked = terms.encode(_asked(device))
        made = BundleWriter(Path(folder) / "out", samples.CASE, [device], terms=asked)
        for number in range(3):
            made.entry(samples.entry(number), Result(outcome=Outcome.EXAMINED))
        made.commit()
        made.abandon()
        again = BundleWriter.taken_up(journal.Journal(made.folder), samples.CASE, [device])
        again.commit()
        again.abandon()
        names = (layout.TERMS, layout.LOG, layout.ENTRIES)
        one, two, three = ((made.folder / name).read_bytes() for name in names)
    return one, two, three


def _asked(device: Device) -> terms.Terms:
    return terms.Terms(
        tool_version="0.1.0",
        started="2026-11-21T21:50:24Z",
        case=samples.CASE,
        profile=Profile(name="quick", description="", detectors=(HashSetUse(),)),
        profile_file="quick",
        hash_sets=(),
        key="",
        time_limit=0.0,
        workers=1,
        clock="",
        devices=(device,),
        ends={"d0": NOTHING},
        volumes=samples.volumes(),
        hash_sets_used=(),
        models_used=(),
        word_lists_used=(),
    )


def scan_terms(data: bytes) -> None:
    """scan.json."""
    in_a_file(layout.TERMS, data, terms.read)


def signature(data: bytes) -> None:
    """A signature and keys as OpenSSH writes them."""
    for parse in (sshsig.parse_signature, sshsig.parse_private):
        try:
            parse(data)
        except sshsig.NotOpenSSH:
            continue
    try:
        sshsig.parse_public(data.decode("latin-1"))
    except sshsig.NotOpenSSH:
        return


def _document() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        document = samples.document(samples.image(Path(folder)), Coverage())
    return (schema.encode(document), b"{}", (SEALED / layout.FINDINGS).read_bytes())


HARNESSES = (
    Harness(name="document", run=schema.decode, seeds=_document),
    Harness(
        name="entry_lines",
        run=entries.decode,
        seeds=lambda: (
            b'{"entry":{"id":1,"volume_id":"d0v1","path":"a"},"result":{"outcome":"examined"}}',
        ),
        answers=UNREADABLE,
    ),
    Harness(
        name="member_lines",
        run=entries.decode_any,
        seeds=lambda: (b'{"member":{"number":1,"path":"a","outcome":"examined"},"of":1}',),
        answers=UNREADABLE,
    ),
    Harness(
        name="lines_of_format_1",
        run=entries.decoder(first.FORMAT),
        seeds=lambda: tuple((SEALED / layout.ENTRIES).read_bytes().splitlines()),
        answers=UNREADABLE,
    ),
    Harness(name="audit_log", run=audit_log, seeds=lambda: (RECORD.encode(),)),
    Harness(
        name="manifest_file",
        run=manifest.parse,
        seeds=lambda: (NOTHING.encode() + b"  findings.json\n",),
    ),
    Harness(
        name="unsealed_bundle",
        run=unsealed_bundle,
        seeds=lambda: (RECORD.encode() + b'\n\x00{"id":1}\n', b"\x00".join(_cut_off()[1:])),
    ),
    Harness(
        name="journal_bound_anew",
        run=journal_bound_anew,
        seeds=lambda: (b"\x00".join(_cut_off()[1:]),),
    ),
    Harness(name="resumed_bundle", run=resumed_bundle, seeds=lambda: (b"\x00".join(_cut_off()),)),
    Harness(
        name="forged_bundle",
        run=forged_bundle,
        seeds=lambda: (b"\x00".join((_cut_off()[0], GAVE_UP, _cut_off()[2])),),
    ),
    Harness(name="scan_terms", run=scan_terms, seeds=lambda: (b'{"format":"seek scan"}',)),
    Harness(name="asked", run=asked.read, seeds=lambda: (
        (SEALED / layout.TERMS).read_bytes(), b'{"format":"seek scan"}',
    )),
    Harness(name="last_run", run=told_by_a_log, seeds=lambda: (
        (SEALED / layout.LOG).read_bytes(), RECORD.encode(),
    )),
    Harness(name="preview", run=is_preview, seeds=lambda: (samples.preview(1), b"\xff\xd8")),
    Harness(name="signature", run=signature, seeds=lambda: (
        b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ x\n",
    )),
)  # fmt: skip
