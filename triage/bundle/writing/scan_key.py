"""The key of one run: it signs what is on the medium, and no file ever holds its private half.

Whoever finds a stick can make a log's chain of digests anew, but not these signatures. Nor can the
scan itself once its process is gone: whoever goes on with it makes a key of his own.
"""

import base64
from typing import Self

from triage.bundle.checking import sshsig
from triage.bundle.format import auditlog, custody
from triage.bundle.format.auditlog import AuditRecord
from triage.bundle.format.custody import Vouched
from triage.bundle.format.document import SignerKind
from triage.bundle.writing.signing import Signer


class ScanKey:
    """An ed25519 key pair. Use `vouched_for`: one that nobody vouches for proves little."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - 20 ms, at a scan's start and not at every command's

        self._private = ed25519.Ed25519PrivateKey.generate()
        self.public = sshsig.ed25519(self._private.public_key().public_bytes_raw())
        self._signer, self._kind, self._signature = "", SignerKind.FRESH, ""

    @classmethod
    def vouched_for(cls, signer: Signer, *, after: str = auditlog.START) -> Self:
        """Proves that the signer can sign, too: see `Signer.prove`. `after`: SHA-256 of the line of
        the log that the run goes on after. Raises SigningError."""
        key = cls()
        armored = signer.prove(custody.vouching(key.public.line, after))
        key._signature = armored.decode("ascii")
        key._signer, key._kind = signer.statement.public_key, signer.statement.kind
        return key

    @property
    def fingerprint(self) -> str:
        """Of the public half, as `ssh-keygen -l` shows it."""
        return self.public.fingerprint

    def vouched(self, *, after: str, terms: str) -> Vouched:
        """The fields of its record."""
        return Vouched(
            key=self.public.line,
            after=after,
            terms=terms,
            signer=self._signer,
            kind=self._kind,
            signature=self._signature,
        )

    def sign(self, record: AuditRecord) -> str:
        """The signature of a commit's record, in base64."""
        message = custody.signed_by_scan_key(record)
        raw = self._private.sign(sshsig.to_be_signed(custody.NAMESPACE, message))
        return base64.b64encode(raw).decode("ascii")
