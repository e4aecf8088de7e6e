"""What is fuzzed. Each takes bytes; whatever it raises but our own errors is a crash."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from triage.bundle import auditlog, entries, journal, layout, manifest, schema
from triage.errors import SeekError
from triage.plan.rows import Rows
from triage.profile import load
from triage.scan import terms
from triage.thumbnails.quicklook_index import bitmaps_in
from triage.workers.messages import Inbox

Harness = Callable[[bytes], object]


def _in_a_file(name: str, data: bytes, use: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        use(Path(folder))


def profile(data: bytes) -> None:
    """A profile's YAML."""
    _in_a_file("p.yaml", data, lambda folder: load(str(folder / "p.yaml")))


def messages(data: bytes) -> None:
    """A worker's bytes, as the coordinator takes them in."""
    list(Inbox().feed(data))
    list(Inbox().feed(len(data).to_bytes(4, "little") + data))


def rows(data: bytes) -> None:
    """The columns of a survey's batch."""
    try:
        Rows.from_bytes(msgspec.msgpack.decode(data, type=dict[str, bytes]))
    except (ValueError, msgspec.MsgspecError):
        return


def document(data: bytes) -> None:
    """findings.json."""
    schema.decode(data)


def entry_lines(data: bytes) -> None:
    """A line of entries.jsonl."""
    try:
        entries.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return


def audit_log(data: bytes) -> None:
    """log.jsonl."""
    auditlog.check(data.split(b"\n"))


def manifest_file(data: bytes) -> None:
    """manifest.sha256."""
    manifest.parse(data)


def unsealed_bundle(data: bytes) -> None:
    """The journal of a bundle that was cut off: log and entries."""
    log, _, lines = data.partition(b"\x00")

    def use(folder: Path) -> None:
        (folder / layout.ENTRIES).write_bytes(lines)
        list(journal.Journal(folder).entries())

    _in_a_file(layout.LOG, log, use)


def scan_terms(data: bytes) -> None:
    """scan.json."""
    _in_a_file(layout.TERMS, data, terms.read)


def thumbnail_index(data: bytes) -> None:
    """index.sqlite of macOS' thumbnail cache."""
    bitmaps_in(data)
    bitmaps_in(b"SQLite format 3\x00" + data)


HARNESSES: dict[str, Harness] = {
    each.__name__: each
    for each in (profile, messages, rows, document, entry_lines, audit_log, manifest_file,
                 unsealed_bundle, scan_terms, thumbnail_index)
}  # fmt: skip
SEEDS: dict[str, tuple[bytes, ...]] = {
    "profile": (b"[" * 2000, b"name: q\ndescription: d\ndetectors: [{use: hash_set}]\n",),
    "messages": (b"\x82\xa4type\xa5ready\xabconfinement\x90",),
    "audit_log": (b'{"seq":0,"utc":"x","event":"e","fields":{},"prev":"' + b"0" * 64 + b'"}',),
    "entry_lines": (b'{"id":1,"volume_id":"d0v1","path":"a","outcome":"examined"}',),
    "manifest_file": (b"0" * 64 + b"  findings.json\n",),
    "unsealed_bundle": (b'{"seq":0,"utc":"x","event":"durable","fields":{"entries":0,"bytes":0,'
                        b'"sha256":""},"prev":"' + b"0" * 64 + b'"}\n\x00{}\n',),
}  # fmt: skip


def survives(harness: Harness, data: bytes) -> None:
    """Our own errors are answers; anything else comes through."""
    try:
        harness(data)
    except SeekError:
        return
