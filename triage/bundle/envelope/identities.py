"""The lab's private keys: what opens an envelope.

A file of age's (`AGE-SECRET-KEY-1…` lines, as `age-keygen` writes it), or an OpenSSH ed25519 key.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.bundle.checking import sshsig
from triage.bundle.envelope import age, bech32
from triage.bundle.envelope.age import AgeHeader, AgeStanza
from triage.bundle.envelope.recipients import X25519
from triage.errors import BundleError, UsageError, why
from triage.montgomery import montgomery

_LONGEST_FILE = 64 * 1024
_SECRET = "age-secret-key-"  # noqa: S105 - how age begins one
_LOCKED = (
    "Open the envelope with `age -d`, which asks for it (docs/verifying.md), or take a copy of the "
    "key without one: `ssh-keygen -p -f COPY`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One private key."""

    kind: str
    secret: bytes
    """Of X25519, 32 bytes."""
    public: bytes
    """The public half that a stanza names: of an SSH key, its 32 bytes of ed25519."""

    def file_key(self, header: AgeHeader) -> bytes | None:
        """The key of that file; None if it is for others."""
        for stanza in header.stanzas:
            if stanza.kind == self.kind and (key := self._unwrapped(stanza)):
                return key if header.is_by(key) else None
        return None

    def _unwrapped(self, stanza: AgeStanza) -> bytes | None:
        *tags, spelled = stanza.arguments or (b"",)
        if len(stanza.body) != 32 or tags != self._tags():
            return None
        share, public = age.unbase64(spelled), self.public
        try:
            shared = age.exchanged(self.secret, share)
            if self.kind != X25519:
                public = montgomery(self.public)
                shared = age.exchanged(age.tweak(self.public), shared)
        except ValueError:
            return None
        return age.unwrap(age.wrapping_key(self.kind, shared, share, public), stanza.body)

    def _tags(self) -> list[bytes]:
        return [] if self.kind == X25519 else [age.tag_of(self.public)]


def of_file(path: Path) -> tuple[Identity, ...]:
    """The keys of a file. Raises UsageError."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_FILE)
    except OSError as error:
        raise UsageError(
            f"The key {path} cannot be read: {why(error)}.", hint="Check the path after --identity."
        ) from error
    if b"PRIVATE KEY" in content:
        return (_of_ssh(content, path),)
    found = tuple(
        _of_age(line) for line in content.decode("utf-8", "replace").splitlines() if _is_key(line)
    )
    if not found:
        raise UsageError(
            f"{path} holds no key that opens envelopes.",
            hint="It is a file that `age-keygen -o` wrote, or an OpenSSH ed25519 private key.",
        )
    return found


def file_key(identities: Sequence[Identity], header: AgeHeader) -> bytes:
    """The key of that file. Raises BundleError if none of them opens it."""
    for identity in identities:
        if key := identity.file_key(header):
            return key
    raise BundleError(
        "The key does not open this envelope.",
        hint="It was closed for the keys that envelope.json names; take the private half of one.",
    )


def _is_key(line: str) -> bool:
    return line.strip().lower().startswith(_SECRET)


def _of_age(line: str) -> Identity:
    try:
        prefix, secret = bech32.decode(line.strip())
        if prefix != _SECRET or len(secret) != 32:
            raise ValueError("of another kind")
    except ValueError as error:
        raise UsageError(
            f"A key of age's is {why(error)}.", hint="Take the file as `age-keygen -o` wrote it."
        ) from error
    return Identity(kind=X25519, secret=secret, public=age.public_of(secret))


def _of_ssh(content: bytes, path: Path) -> Identity:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - with what reads keys
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key  # noqa: PLC0415 - the same

    try:
        if sshsig.is_locked(content):
            raise UsageError(f"The key {path} has a passphrase.", hint=_LOCKED)
        key = load_ssh_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(
            f"The key {path} cannot be used: {why(error)}.",
            hint="It is to be an OpenSSH ed25519 private key, or one of age's.",
        ) from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise UsageError(
            f"The key {path} is no ed25519 key.", hint="Envelopes are closed for ed25519 and age's."
        )
    secret = hashlib.sha512(key.private_bytes_raw()).digest()[:32]
    return Identity(kind=sshsig.ED25519, secret=secret, public=key.public_key().public_bytes_raw())
