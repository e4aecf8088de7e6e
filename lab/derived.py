"""lab.duckdb: small tables over all bundles, made anew whenever there is another bundle.

It is never changed: a new file takes the old one's name, so that whoever reads goes on with what
was there. Of bundles that were in the old one the rows are copied. `alike` has every pair of PDQ
values within the scan's threshold; a value that very many look like says nothing, and has none.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from shutil import rmtree

import numpy as np
import numpy.typing as npt

from lab import layout
from lab.decisions import Decisions
from lab.engines.asking import Answering
from lab.engines.duck import Connection, connect, quoted
from lab.marks import IN_PATHS, marks_of
from lab.sightings import pdq_key, read_document
from lab.store import LabStore, put_in_place
from triage.alike import FLOOD, FURTHEST
from triage.errors import StoreError
from triage.hashsets.perceptual import WIDTH, PerceptualIndex

Told = Callable[[str], None]
TABLES = """
CREATE TABLE bundle (
    bundle VARCHAR, case_id VARCHAR, case_number VARCHAR, exhibit VARCHAR, examiner VARCHAR,
    started VARCHAR, signer VARCHAR, principal VARCHAR, partial BOOLEAN, findings BIGINT,
    imported VARCHAR);
CREATE TABLE device (bundle VARCHAR, model VARCHAR, serial VARCHAR, size BIGINT);
CREATE TABLE mark (bundle VARCHAR, kind VARCHAR, name VARCHAR);
CREATE TABLE alike (a BLOB, b BLOB, bits INTEGER, a_key BIGINT, b_key BIGINT);
CREATE TABLE flood (pdq BLOB);
CREATE TABLE looked (pdq BLOB);
"""
SMALL = ("bundle", "device", "mark", "alike", "flood", "looked")
"""Their names."""
PICTURE = "SELECT DISTINCT pdq FROM sighting WHERE pdq IS NOT NULL AND outcome <> 'known'"
_FRESH = "SELECT pdq FROM picture ANTI JOIN looked USING (pdq) ORDER BY pdq"
_PART = "SELECT pdq FROM looked WHERE rowid >= ? AND rowid < ?"
_KEEP = "INSERT INTO alike SELECT unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)"
_AT_ONCE = 512
SHARD = 1_000_000
"""Values that are indexed together, by 100 bytes each."""
Counts = npt.NDArray[np.int64]


def read_derived(store: LabStore) -> Connection:
    """To ask; `sighting` is all rows of the bundles that it knows. Raises StoreError."""
    file = store / layout.DERIVED
    if not file.exists():
        raise StoreError("The store's tables are not there.", hint="`seek lab rebuild` makes them.")
    held = connect(store, file)
    known = [bundle for (bundle,) in held.do("SELECT bundle FROM bundle")]
    _view(held, store, known)
    return held


def known_to(held: Answering) -> int:
    """How many bundles it knows."""
    return len(held.ask("bundles", {"case": None}))


def is_current(store: LabStore) -> bool:
    """Whether it knows all bundles of the store, and no other."""
    try:
        held = read_derived(store)
    except StoreError:
        return False
    try:
        known = sorted(bundle for (bundle,) in held.do("SELECT bundle FROM bundle"))
        held.do("SELECT a_key FROM looked, mark, alike LIMIT 1")
        return known == store.bundles()
    except StoreError:
        return False
    finally:
        held.close()


def refresh(
    store: LabStore, decided: Decisions, tell: Told = lambda _: None, *, whole: bool = False
) -> None:
    """Make it of the store as it is. `whole`: take over nothing of the old one."""
    file = store / layout.DERIVED
    new = file.with_name(file.name + layout.NEW)
    _unlink(new)
    held = connect(store, new, write=True)
    try:
        held.do(TABLES)
        bundles = store.bundles()
        old = None if whole else _old(store, held)
        _add_bundles(store, held, decided, bundles, old)
        _view(held, store, bundles)
        if old is not None:
            held.do("INSERT INTO looked SELECT pdq FROM old.looked SEMI JOIN picture USING (pdq)")
            held.do("INSERT INTO flood SELECT pdq FROM old.flood SEMI JOIN looked USING (pdq)")
            held.do(
                "INSERT INTO alike SELECT o.* FROM old.alike o"
                " SEMI JOIN looked l ON l.pdq = o.a SEMI JOIN looked r ON r.pdq = o.b"
            )
        _compare(held, tell)
        if old is not None:
            held.do("DETACH old")
        held.do("CHECKPOINT")
    finally:
        held.close()
    put_in_place(new, file)


def drop(store: LabStore) -> None:
    """Take away all that is derived of all bundles together."""
    _unlink(store / layout.DERIVED)
    rmtree(store / layout.SPILL, ignore_errors=True)


def _old(store: LabStore, held: Connection) -> bool | None:
    """Attach the one that is there, if it can be read."""
    if not is_current_enough(store):
        return None
    held.do(f"ATTACH {quoted(store / layout.DERIVED)} AS old (READ_ONLY)")
    return True


def is_older(store: LabStore) -> bool:
    """Whether what is derived was so by a seek that derived less of a bundle."""
    return (store / layout.DERIVED).exists() and not is_current_enough(store)


def is_current_enough(store: LabStore) -> bool:
    """Whether there is one whose tables can be read."""
    try:
        held = connect(store, store / layout.DERIVED)
    except StoreError:
        return False
    try:
        held.do("SELECT a_key FROM looked, bundle, alike, mark LIMIT 1")
    except StoreError:
        return False
    finally:
        held.close()
    return True


def _add_bundles(
    store: LabStore,
    held: Connection,
    decided: Decisions,
    bundles: Sequence[str],
    old: bool | None,
) -> None:
    numbers = {case.id: case.number for case in decided.cases()}
    filings = decided.filings()
    known: set[str] = set()
    if old:
        held.do(
            "INSERT INTO bundle SELECT * FROM old.bundle WHERE bundle IN (SELECT unnest($all))",
            {"all": list(bundles)},
        )
        for table in ("device", "mark"):
            held.do(
                f"INSERT INTO {table} SELECT o.* FROM old.{table} o"  # noqa: S608
                " SEMI JOIN bundle USING (bundle)"
            )
        known = {bundle for (bundle,) in held.do("SELECT bundle FROM bundle")}
    for digest in bundles:
        if digest in known:
            continue
        case, at, principal = filings[digest]
        document = read_document(store.bundle(digest))
        held.do(
            "INSERT INTO bundle VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [digest, case, numbers[case], document.case.exhibit, document.case.examiner,
             document.times.started, document.signer.fingerprint if document.signer else "",
             principal, document.partial,
             len(document.findings) + document.findings_left_out, at],
        )  # fmt: skip
        for device in document.devices:
            held.do("INSERT INTO device VALUES (?, ?, ?, ?)",
                    [digest, device.model.strip(), device.serial.strip(), device.size])  # fmt: skip
        for kind, name in sorted(marks_of(document)):
            held.do("INSERT INTO mark VALUES (?, ?, ?)", [digest, kind, name])
        held.do(IN_PATHS, {"file": str(store.sightings(digest))})


def _view(held: Connection, store: LabStore, bundles: Iterable[str]) -> None:
    files = ", ".join(quoted(store.sightings(digest)) for digest in bundles)
    source = f"read_parquet([{files}])" if files else _NOTHING
    held.do(f"CREATE OR REPLACE TEMP VIEW sighting AS SELECT * FROM {source}")  # noqa: S608
    held.do(f"CREATE OR REPLACE TEMP VIEW picture AS {PICTURE}")


_NOTHING = """(SELECT NULL::VARCHAR AS bundle, NULL::BIGINT AS entry, NULL::VARCHAR AS volume,
  NULL::VARCHAR AS path, NULL::BIGINT AS size, NULL::VARCHAR AS type, NULL::VARCHAR AS outcome,
  NULL::BLOB AS content, NULL::BLOB AS md5, NULL::BLOB AS sha1, NULL::BLOB AS sha256,
  NULL::BLOB AS pdq, NULL::DOUBLE AS modified, NULL::VARCHAR AS make, NULL::VARCHAR AS model,
  NULL::VARCHAR AS serial, NULL::VARCHAR AS taken, NULL::BIGINT AS finding,
  NULL::VARCHAR[] AS kinds, NULL::BOOLEAN AS notable,
  NULL::VARCHAR AS category, NULL::DOUBLE AS score, NULL::BIGINT AS content_key,
  NULL::BIGINT AS pdq_key WHERE false)"""


def _compare(held: Connection, tell: Told) -> None:
    """Hold what is new against all, a shard of what is there at a time.

    However many values there are, those of a shard alone have an index, and are gone before the
    next: a store of fifty million takes the memory of one of a million.
    """
    fresh = [pdq for (pdq,) in held.do(_FRESH)]
    if not fresh:
        return
    ((before,),) = held.do("SELECT count(*) FROM looked")
    tell(f"comparing {len(fresh):,} new pictures with {before + len(fresh):,}")
    held.do("INSERT INTO looked SELECT unnest($all)", {"all": fresh})
    counts = np.zeros(len(fresh), np.int64)
    for begin in range(0, before + len(fresh), SHARD):
        values = [pdq for (pdq,) in held.do(_PART, [begin, begin + SHARD])]
        _keep_pairs(held, fresh, counts, values)
    flooded = [fresh[n] for n in np.flatnonzero(counts > FLOOD).tolist()]
    if flooded:
        held.do("INSERT INTO flood SELECT unnest($all)", {"all": flooded})
    held.do("DELETE FROM alike WHERE a IN (FROM flood) OR b IN (FROM flood)")


def _keep_pairs(
    held: Connection, fresh: Sequence[bytes], counts: Counts, values: Sequence[bytes]
) -> None:
    """Those of a new value and one of `values`, each pair once; `counts` is raised by how many of
    these each new value looks like. One that floods goes on counting, and is kept no more."""
    index, new = PerceptualIndex(_table(values)), set(fresh)
    for begin in range(0, len(fresh), _AT_ONCE):
        some = fresh[begin : begin + _AT_ONCE]
        found = index.search(_table(some), FURTHEST)
        counts[begin : begin + len(some)] += np.bincount(found.queries, minlength=len(some))
        few = counts[begin : begin + len(some)] <= FLOOD
        pairs = [
            (min(one, two), max(one, two), bits)
            for n, other, bits in zip(*(column.tolist() for column in found), strict=True)
            if few[n] and (one := some[n]) != (two := values[other])
            if two not in new or one < two
        ]
        if pairs:
            a, b, bits_of = map(list, zip(*pairs, strict=True))
            held.do(_KEEP, [a, b, bits_of, [*map(pdq_key, a)], [*map(pdq_key, b)]])


def _table(values: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, WIDTH)


def _unlink(file: Path) -> None:
    for each in (file, file.with_name(file.name + ".wal")):
        each.unlink(missing_ok=True)
