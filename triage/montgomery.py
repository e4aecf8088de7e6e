"""From a key that signs to one that secrets are sealed to, as age and our sealed sets have it."""


def montgomery(ed25519: bytes) -> bytes:
    """The X25519 public key of an ed25519 one, 32 bytes each: u = (1 + y) / (1 - y) modulo the
    field's prime. RFC 7748, section 4.1."""
    prime = 2**255 - 19
    y = int.from_bytes(ed25519, "little") & (1 << 255) - 1
    return ((1 + y) * pow(1 - y, -1, prime) % prime).to_bytes(32, "little")
