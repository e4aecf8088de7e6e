"""What the audit log says so that nobody can write an earlier part of a scan anew.

A *run* is one process of a scan: the first, or one that went on with it. Each makes a *scan key* in
memory, whose private half is gone with the process. Two kinds of records carry it:

`scan key`   Its public half, vouched for by the signer of the run; after which line of the log it
             begins; SHA-256 of scan.json. It is the first record of a run.
`durable`    So many lines and bytes of entries.jsonl and so many previews are on the medium, with
             their digests; signed with the scan key. All records before it are covered by that,
             because each holds the digest of the one before.

Both are OpenSSH's signatures: `ssh-keygen -Y` checks them. Why: docs/decisions/custody.md.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, TypeVar

import msgspec

from triage.bundle.format import auditlog
from triage.bundle.format.auditlog import AuditRecord
from triage.bundle.format.document import Integrity, Natural, Resumption, Sha256, SignerKind
from triage.errors import VerificationError

SCAN_KEY = "scan key"
DURABLE = "durable"
RESUMED = "resumed"

NAMESPACE = "seek-journal@v1"
"""Of what a scan key signs."""

_PublicKey = Annotated[str, msgspec.Meta(max_length=16_384)]
_Fields = TypeVar("_Fields", bound=msgspec.Struct)
_Armored = Annotated[str, msgspec.Meta(max_length=32_768)]


class Vouched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `scan key` record."""

    key: _PublicKey
    """Type and base64 of the scan key's public half."""
    after: Sha256
    """SHA-256 of the line that the run goes on after; zeros: it is the first."""
    terms: str = ""
    """SHA-256 of scan.json; empty where there is none."""
    signer: _PublicKey = ""
    """Type and base64 of the key that vouches for the scan key; empty: none does."""
    kind: SignerKind = SignerKind.FRESH
    signature: _Armored = ""
    """That key's SSHSIG of `vouching`."""


class Committed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `durable` record."""

    entries: Natural
    bytes: Natural
    sha256: Sha256
    """Of those bytes of entries.jsonl."""
    previews: Natural
    previews_sha256: Sha256
    """What a `PreviewRoll` of the first so many previews comes to."""
    signature: Annotated[str, msgspec.Meta(max_length=128)]
    """Base64 of the scan key's raw signature of `signed_by_scan_key`."""


def vouching(key: str, after: str) -> bytes:
    """What a signer signs at the start of a run. No manifest could read so."""
    return f"vouching for a scan key of seek\nkey {key}\nafter {after}\n".encode("ascii", "replace")


def vouched_in(record: AuditRecord) -> Vouched:
    """Raises VerificationError where the record is no `scan key` as they are written."""
    return _fields(record, Vouched)


def commit_in(record: AuditRecord) -> Committed:
    """Raises VerificationError where the record is no `durable` as they are written."""
    return _fields(record, Committed)


def resumption_in(record: AuditRecord) -> Resumption:
    """Raises VerificationError where the record is no `resumed` as they are written."""
    return _fields(record, Resumption)


def signed_by_scan_key(record: AuditRecord) -> bytes:
    """The message of a commit's signature: its record without that."""
    fields = {name: value for name, value in record.fields.items() if name != "signature"}
    return b"a commit of seek\n" + auditlog.encode(msgspec.structs.replace(record, fields=fields))


class PreviewRoll:
    """A running digest of previews: of `SHA-256  name` lines, in the order of their numbers."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = sha256()

    def add(self, digests: Iterable[tuple[str, str]]) -> None:
        """Take in the next previews, names and SHA-256."""
        for name, digest in sorted(digests, key=lambda each: (len(each[0]), each[0])):
            self._digest.update(f"{digest}  {name}\n".encode())
            self.count += 1

    @property
    def sha256(self) -> str:
        """Of all so far."""
        return self._digest.hexdigest()


def unproven(resumed: Iterable[Resumption]) -> list[str]:
    """What comes of earlier runs of which nobody can be sure: a sentence for each run."""
    said, first = [], 1
    for number, part in enumerate(resumed):
        last = part.carried_entries
        what = [_entries(first, last)] if last >= first else []
        what += ["case, exhibit, examiner and clock"] if not number else []
        if what and part.integrity is not Integrity.PROVEN:
            by = f" ({part.signer})" if part.signer else ""
            more = f"; so do {what[1]}" if len(what) > 1 else ""
            come = "comes" if first == last else "come"
            said.append(
                f"{what[0].capitalize()} {come} from an earlier run whose integrity is not "
                f"proven{more}: {part.integrity.why}{by}."
            )
        first = max(first, last + 1)
    return said


def _entries(first: int, last: int) -> str:
    return f"entry {first:,}" if first == last else f"entries {first:,} to {last:,}"


def _fields(record: AuditRecord, kind: type[_Fields]) -> _Fields:
    try:
        return msgspec.convert(record.fields, kind)
    except msgspec.ValidationError as error:
        raise VerificationError(
            f"line {record.seq + 1} of the audit log, “{record.event}”, is not as it is written"
        ) from error
