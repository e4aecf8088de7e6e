"""VeraCrypt and TrueCrypt: what a header says once it is decrypted, and the bytes behind it.

After VeraCrypt's "Volume Format Specification" and what cryptsetup's manual says of older volumes.
Nothing on such a volume can be told from random bytes: there is a header only for who has the
secret. Numbers are big endian; sectors are numbered from the volume's beginning, 512 bytes each,
whatever the size that the file system inside takes them to have.
"""

import struct
from dataclasses import dataclass
from zlib import crc32

from cryptography.hazmat.decrepit.ciphers.algorithms import Camellia
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from triage.evidence import Protector, ProtectorKind
from triage.sources.bytes import Bytes
from triage.sources.decrypted import CipherExtent, DecryptedBytes
from triage.sources.reader import ContentError
from triage.sources.sector_ciphers import Xts, decrypted

SECTOR = 512
SALT = 64
HEADER = 512
"""Bytes, the salt among them."""
KEY = 64
"""Bytes of one cipher's: that of the data, and that of the tweaks."""
HIDDEN = 64 << 10
"""Where the header of a hidden volume is, from the beginning; the copies of both are as far before
the end."""
OLD_HIDDEN = 1536
"""Before the end: where TrueCrypt 5 has the header of a hidden volume."""
OLD_DATA = 512
CIPHERS = {"aes": AES, "camellia": Camellia}
"""By one of these alone; of each the key has 32 bytes."""

SYSTEM = "it is a header of an encrypted system, which this version does not read"
IN_PLACE = "it is being encrypted in its place, which this version does not read"
BEYOND = "its header speaks of what lies beyond its end"
_OPENED = struct.Struct("<QQ8s64s")


@dataclass(frozen=True, slots=True, kw_only=True)
class VeraCryptHeader:
    """A header that a secret opened."""

    program: str
    hidden: bool
    start: int
    """Of what is encrypted, bytes from the volume's beginning."""
    length: int
    cipher: str
    key: bytes

    @property
    def protector(self) -> Protector:
        """Which of the volume's it was."""
        return protector_of(self.program, hidden=self.hidden)

    def packed(self) -> bytes:
        """All that opens the volume, as the keyring has it."""
        return _OPENED.pack(self.start, self.length, self.cipher.encode(), self.key)


def protector_of(program: str, *, hidden: bool) -> Protector:
    """Which header of which program opened."""
    name = f"{program}, hidden volume" if hidden else program
    return Protector(kind=ProtectorKind.PASSWORD_AND_PIM, id=name)


def header_in(
    raw: bytes, derived: bytes, program: str, size: int, *, hidden: bool
) -> VeraCryptHeader | None:
    """The header in 512 bytes, by what was derived of the secret; None if that is another's.

    `size`: the volume's bytes. Raises ContentError for a header that is whole and not to be used.
    """
    for name, algorithm in CIPHERS.items():
        cipher = Xts(derived[:KEY], HEADER - SALT, algorithm)
        plain = decrypted(cipher, raw[SALT:], first=0, step=1, sector_size=HEADER - SALT)
        if _is_whole(plain, program):
            start, length = _extent(plain, size, hidden=hidden)
            return VeraCryptHeader(
                program=program,
                hidden=hidden,
                start=start,
                length=length,
                cipher=name,
                key=plain[192 : 192 + KEY],
            )
    return None


def _is_whole(plain: bytes, program: str) -> bool:
    """By its four letters, and by both sums; headers before version 4 have but the keys'."""
    version, _, keys = struct.unpack_from(">HHI", plain, 4)
    (own,) = struct.unpack_from(">I", plain, 188)
    right = plain[:4] == program[:4].upper().encode() and crc32(plain[192:448]) == keys
    return right and (version < 4 or crc32(plain[:188]) == own)


def _extent(plain: bytes, size: int, *, hidden: bool) -> tuple[int, int]:
    """Where what is encrypted begins, and how long it is. Raises ContentError."""
    (version,) = struct.unpack_from(">H", plain, 4)
    within, length, start, done, flags = struct.unpack_from(">QQQQI", plain, 28)
    if flags & 1:
        raise ContentError(SYSTEM)
    if version < 4:
        start = size - within - OLD_HIDDEN if hidden else OLD_DATA
        length = within if hidden else size - OLD_DATA
    elif flags & 2 and done < length:
        raise ContentError(IN_PLACE)
    elif hidden:
        length = within or length
    if not 0 < start <= size - length or start % SECTOR or not length:
        raise ContentError(BEYOND)
    return start, length


def veracrypt_bytes(held: Bytes, key: bytes) -> DecryptedBytes:
    """What the volume is to who has the key that `VeraCryptHeader.packed` gave. Raises ValueError,
    struct.error."""
    start, length, name, own = _OPENED.unpack(key)
    cipher = Xts(own, SECTOR, CIPHERS[name.rstrip(b"\0").decode()])
    return DecryptedBytes(
        held,
        cipher,
        [CipherExtent(start=0, place=start, number=start // SECTOR)],
        size=min(held.size - start, length) // SECTOR * SECTOR,
        sector_size=SECTOR,
        step=1,
    )
