"""envelope.json: what anybody may know of a finished envelope; of case and findings, nothing."""

from typing import Literal

import msgspec


class EnvelopeHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Written last: an envelope without it was cut off. It is not signed; what lies inside is."""

    format: Literal["seek envelope"] = "seek envelope"
    format_version: Literal[1] = 1
    sealed: str
    """When, UTC, by the machine's clock."""
    signer: str
    """Fingerprint of the key that signed what lies inside: it is on the paper record."""
    recipients: tuple[str, ...]
    """Whose keys open it."""
    size: int
    """Bytes of bundle.tar.age."""
    sha256: str
    """Of the same: whether a copy is whole can be seen without a key."""
