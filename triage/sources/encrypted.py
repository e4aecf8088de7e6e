"""The encrypted volumes that are opened here: rows of LAYERS, and what gives them their keys.

What deciphers them is loaded when the first is opened, or before a worker gives up its rights.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from triage.evidence import Protector, ProtectorKind
from triage.secret import Secret
from triage.sources import apfs_volume
from triage.sources.bytes import Bytes
from triage.sources.luks import luks_header
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised, bitlocker, luks

PERHAPS = tuple(
    Protector(kind=ProtectorKind.PASSWORD_AND_PIM, id=program + hidden)
    for program in ("VeraCrypt", "TrueCrypt")
    for hidden in ("", ", hidden volume")
)
"""The headers that what looks random may have."""
PERHAPS_ENCRYPTED = "perhaps VeraCrypt or TrueCrypt, which nothing tells from random bytes"
SMALLEST_ENCRYPTED = 19 << 10
"""Bytes; TrueCrypt makes none that is smaller."""


class KeyNeededError(ContentError):
    """It opens with a key that is not there."""

    def __init__(self) -> None:
        super().__init__("the key is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """How an encrypted kind of layer is opened by a key, and how a secret gives that."""

    open_with: Callable[[Bytes, bytes], Mapping[str, Bytes]]
    """What the layer holds, by name, with the volume's key. May raise anything."""
    key_from: Callable[[Bytes, Secret], tuple[bytes, Protector] | None]
    """The volume's key, and which protector gave it; None if none takes the secret. May take
    seconds and a gigabyte, and raise anything."""


def recognise_luks(head: Head) -> Recognised | None:
    """By its magic, and with its keyslots."""
    found = luks(head)
    if found is None:
        return None
    try:
        return replace(found, protectors=luks_header(head.bytes).protectors)
    except ContentError:
        return found


def recognise_bitlocker(head: Head) -> Recognised | None:
    """By its magic, and with what protects it."""
    return bitlocker(head)


def recognise_filevault(head: Head) -> Recognised | None:
    """A volume of APFS that passwords open, as its container gives it, and whose they are."""
    found = apfs_volume.recognise(head)
    if found is None or not found.protectors:
        return None
    from triage.sources.filevault import filevault_protectors  # noqa: PLC0415

    try:
        return replace(found, protectors=filevault_protectors(head.held))
    except ContentError as error:
        return replace(found, reason=f"{found.reason}; {error.reason}")


def open_filevault(held: Bytes) -> Mapping[str, Bytes]:
    """There is no way without its key."""
    raise KeyNeededError


def _open_filevault_with(held: Bytes, key: bytes) -> Mapping[str, Bytes]:
    from triage.sources.filevault import FileVaultBytes  # noqa: PLC0415

    return {"": FileVaultBytes(held, key)}


def _filevault_key_from(held: Bytes, secret: Secret) -> tuple[bytes, Protector] | None:
    from triage.sources.filevault import filevault_key  # noqa: PLC0415

    return filevault_key(held, secret.value)


def open_luks(held: Bytes) -> Mapping[str, Bytes]:
    """Without its key: why it cannot be opened. Raises ContentError."""
    trouble = luks_header(held.read_at).trouble
    raise ContentError(trouble) if trouble else KeyNeededError


def _open_luks_with(held: Bytes, key: bytes) -> Mapping[str, Bytes]:
    from triage.sources.luks_keys import luks_bytes  # noqa: PLC0415

    return {"": luks_bytes(held, key)}


def _luks_key_from(held: Bytes, secret: Secret) -> tuple[bytes, Protector] | None:
    from triage.sources.luks_keys import luks_key  # noqa: PLC0415

    return luks_key(held, secret.value)


def open_bitlocker(held: Bytes) -> Mapping[str, Bytes]:
    """Where its key lies on it in clear, or it is decrypted. Raises ContentError."""
    from triage.sources.bitlocker_keys import bitlocker_bytes, clear_key  # noqa: PLC0415
    from triage.sources.bitlocker_metadata import bitlocker_metadata  # noqa: PLC0415

    metadata = bitlocker_metadata(held)
    key = clear_key(metadata)
    if key is None:
        raise KeyNeededError
    return {"": bitlocker_bytes(held, metadata, key)}


def _open_bitlocker_with(held: Bytes, key: bytes) -> Mapping[str, Bytes]:
    from triage.sources.bitlocker_keys import bitlocker_bytes  # noqa: PLC0415
    from triage.sources.bitlocker_metadata import bitlocker_metadata  # noqa: PLC0415

    return {"": bitlocker_bytes(held, bitlocker_metadata(held), key)}


def _bitlocker_key_from(held: Bytes, secret: Secret) -> tuple[bytes, Protector] | None:
    from triage.sources.bitlocker_keys import bitlocker_key  # noqa: PLC0415

    return bitlocker_key(held, secret)


def open_veracrypt(held: Bytes) -> Mapping[str, Bytes]:
    """There is no way without a secret, and there may be nothing."""
    raise KeyNeededError


def _open_veracrypt_with(held: Bytes, key: bytes) -> Mapping[str, Bytes]:
    from triage.sources.veracrypt import veracrypt_bytes  # noqa: PLC0415

    return {"": veracrypt_bytes(held, key)}


def _veracrypt_key_from(held: Bytes, secret: Secret) -> tuple[bytes, Protector] | None:
    from triage.sources.veracrypt_keys import veracrypt_key  # noqa: PLC0415

    return veracrypt_key(held, secret)


LUKS = Lock(open_with=_open_luks_with, key_from=_luks_key_from)
FILEVAULT = Lock(open_with=_open_filevault_with, key_from=_filevault_key_from)
BITLOCKER = Lock(open_with=_open_bitlocker_with, key_from=_bitlocker_key_from)
VERACRYPT = Lock(open_with=_open_veracrypt_with, key_from=_veracrypt_key_from)


def load() -> None:
    """All that deciphers: what a worker must have before it gives up its rights."""
    import triage.sources.bitlocker_keys  # noqa: PLC0415
    import triage.sources.filevault  # noqa: PLC0415
    import triage.sources.luks_keys  # noqa: PLC0415
    import triage.sources.veracrypt_keys  # noqa: F401, PLC0415
