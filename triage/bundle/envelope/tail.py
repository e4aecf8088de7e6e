"""What an unfinished envelope has beyond its whole chunks: their number, 8 bytes, and the bytes."""

from triage.bundle.envelope.age import CHUNK

LONGEST = 8 + CHUNK


def encode(chunks: int, plain: bytes) -> bytes:
    """`plain` follows so many whole chunks."""
    return chunks.to_bytes(8, "big") + plain


def decode(content: bytes) -> tuple[int, bytes]:
    """The same back."""
    return int.from_bytes(content[:8], "big"), content[8:]
