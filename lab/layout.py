"""What a lab's store consists of. docs/lab.md says the same in words.

    store.json           what the folder is: format, agency, since when
    key, key.pub         the store's own: it signs receipts and the heads of the audit log
    allowed_signers      whose bundles are taken; if it is missing, anybody's that verify
    weights.yaml         how much each reason counts: the lab's to change
    bundles/DIGEST/      the truth, as it was signed, by the SHA-256 of its manifest
    jurisdiction.yaml    which files of referrals wait for an order: the lab's to change
    referrals/DIGEST     what providers reported, as it came, by its own SHA-256
    decisions.sqlite    what people said: whose case, who has it, notes, holds, series, orders
    audit.jsonl          what was done, hash-chained as a bundle's log is
    heads/, receipts/    signed: where the log ended each day; what was erased

    sightings/DIGEST.parquet   derived, one a bundle
    referred/DIGEST.parquet    derived: what a referral says, a row a thing
    lab.duckdb, looks-*/       derived: small tables over all bundles; the perceptual index

A file whose name ends in `.new`, `incoming/`, `opened/` and `spill/` are of a process that writes,
or of one that was killed: the next one that writes removes them.
"""

STORE = "store.json"
KEY = "key"
SIGNERS = "allowed_signers"
WEIGHTS = "weights.yaml"
BUNDLES = "bundles"
JURISDICTION = "jurisdiction.yaml"
REFERRALS = "referrals"
REFERRED = "referred"
DECISIONS = "decisions.sqlite"
AUDIT = "audit.jsonl"
HEADS = "heads"
RECEIPTS = "receipts"
SIGHTINGS = "sightings"
DERIVED = "lab.duckdb"
LOOKS = "looks-"
INCOMING = "incoming"
OPENED = "opened"
SPILL = "spill"
LOCK = "lock"
NEW = ".new"

FORMAT = "seek lab store"
VERSION = 1

NAMESPACE = "seek-lab@v1"
"""Of the store's signatures: one made for another purpose is worth nothing here."""
