"""A store of many bundles by chance, written straight as what the store derives of bundles.

Every bundle has three contents of five to itself, and two of five as every bundle has them, as of
any Windows. Of its own, one in a thousand is in one other case as well, and one in a thousand is a
picture that looks like one of that case. Every second content is a picture that has a PDQ value.
The bundles themselves are not there.
"""

import argparse
from pathlib import Path

from lab import derived
from lab.decisions import Decisions
from lab.engines.duck import connect, quoted
from lab.layout import DECISIONS, DERIVED
from lab.store import LabStore, create_store

CONTENTS = 5_100_000
BUNDLES = 200
_MONTHS = 24
_MAKE = """
COPY (
  WITH named AS (
    SELECT n, CASE WHEN n >= {own} THEN 'common ' || n
                   WHEN n % 1000 = 4 THEN 'pair ' || {pair} || ' ' || n
                   ELSE 'own {bundle} ' || n END AS name,
           CASE WHEN n < {own} AND n % 1000 = 6 THEN 'pair ' || {pair} || ' ' || n
                ELSE name END AS look
    FROM range({rows}) r(n)
  )
  SELECT *, CAST('0x' || left(hex(content), 15) AS BIGINT) AS content_key,
         CAST('0x' || left(sha256(pdq), 15) AS BIGINT) AS pdq_key
  FROM (SELECT '{digest}' AS bundle, n AS entry, 'd0v1' AS volume, 'Users/someone/' || n AS path,
         2000000 + n AS size,
         CASE WHEN n % 2 = 0 THEN 'image/jpeg' ELSE 'application/pdf' END AS type,
         'examined' AS outcome, unhex(sha256(name)) AS content,
         NULL::BLOB AS md5, NULL::BLOB AS sha1, NULL::BLOB AS sha256,
         CASE WHEN n % 2 = 0 THEN unhex(
           substr(sha256('look ' || look), 1, 63)
           || CASE WHEN n < {own} AND n % 1000 = 6 THEN '{side}' ELSE '0' END) END AS pdq,
         NULL::DOUBLE AS modified, '' AS make, '' AS model, '' AS serial, '' AS taken,
         NULL::BIGINT AS finding, []::VARCHAR[] AS kinds, false AS notable, '' AS category,
         NULL::DOUBLE AS score
  FROM named))
TO {out} (FORMAT parquet, COMPRESSION zstd)"""
_ALIKE = """
INSERT INTO alike
SELECT a, b, 1, CAST('0x' || left(sha256(a), 15) AS BIGINT),
       CAST('0x' || left(sha256(b), 15) AS BIGINT)
FROM (SELECT unhex(look || '0') AS a, unhex(look || '1') AS b FROM (
  SELECT substr(sha256('look pair ' || pair || ' ' || n), 1, 63) AS look
  FROM range({pairs}) p(pair), range({own}) r(n) WHERE n % 1000 = 6))"""


def number(bundle: int) -> str:
    """Of the case that a bundle is of."""
    return f"C{bundle:05}"


def make(folder: Path, contents: int = CONTENTS, bundles: int = BUNDLES) -> LabStore:
    """A store of so many contents, a case a bundle; bundles in pairs share what they share."""
    store = create_store(folder)
    Decisions(store / DECISIONS, write=True).close()
    held = connect(store, store / DERIVED, write=True)
    held.do(derived.TABLES)
    own = contents // bundles
    for bundle in range(bundles):
        digest, month = f"{bundle:064x}", bundle * _MONTHS // bundles
        held.do(_MAKE.format(
            digest=digest, bundle=bundle, pair=bundle // 2, side=bundle % 2, own=own,
            rows=own * 5 // 3, out=quoted(store.sightings(digest)),
        ))  # fmt: skip
        imported = f"{2025 + month // 12}-{1 + month % 12:02}-01T00:00:00Z"
        held.do("INSERT INTO bundle VALUES (?, ?, ?, '', '', '', '', '', false, 0, ?)",
                [digest, f"{bundle:032x}", number(bundle), imported])  # fmt: skip
    held.do(_ALIKE.format(pairs=bundles // 2, own=own))
    held.close()
    return store


def main() -> None:
    """For who wants to look at one by hand."""
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--contents", type=int, default=CONTENTS)
    asked.add_argument("--bundles", type=int, default=BUNDLES)
    given = asked.parse_args()
    make(given.folder, given.contents, given.bundles)


if __name__ == "__main__":
    main()
