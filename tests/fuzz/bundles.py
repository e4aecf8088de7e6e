"""Harnesses for what a lab or a resumed scan reads back: documents, journal, terms, signatures."""

import tempfile
from pathlib import Path

import msgspec

from tests.bundle import samples
from tests.fuzz.harness import Harness, in_a_file
from triage.bundle.checking import sshsig
from triage.bundle.format import auditlog, entries, first, layout, manifest, schema
from triage.bundle.writing import journal
from triage.errors import SeekError
from triage.findings import Coverage
from triage.scan import terms

UNREADABLE = (SeekError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What every caller of `entries.decode` and of a decoder takes for a line that is no entry."""
NOTHING = "0" * 64
(SEALED,) = Path(samples.__file__).with_name("first_format").iterdir()
"""A bundle of format 1."""
RECORD = f'{{"seq":0,"utc":"x","event":"durable","fields":{{"entries":0,"bytes":0,"sha256":"{NOTHING}"}},"prev":"{NOTHING}"}}'  # noqa: E501


def audit_log(data: bytes) -> None:
    """log.jsonl."""
    auditlog.check(data.split(b"\n"))


def unsealed_bundle(data: bytes) -> None:
    """The journal of a bundle that was cut off: log and entries."""
    log, _, lines = data.partition(b"\x00")

    def use(folder: Path) -> None:
        (folder / layout.ENTRIES).write_bytes(lines)
        list(journal.Journal(folder).entries())

    in_a_file(layout.LOG, log, use)


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
        seeds=lambda: (RECORD.encode() + b'\n\x00{"id":1}\n',),
    ),
    Harness(name="scan_terms", run=scan_terms, seeds=lambda: (b'{"format":"seek scan"}',)),
    Harness(name="signature", run=signature, seeds=lambda: (
        b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ x\n",
    )),
)  # fmt: skip
