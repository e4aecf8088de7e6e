"""Random edits, for the suite; `make fuzz` has atheris, which looks where an input led."""

import random

WORDS = (b"\x00", b"\xff\xff\xff\xff", b"{", b"[" * 2000, b'"', b"null", b"1e999", b"-1", b"\n",
         b"\xed\xa0\x80", b"9" * 30, b"&a [*a]", b"!!python/object:x")  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The same with a few of its bytes changed, cut out, doubled or put in."""
    copy = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(copy))
        match chance.randrange(4):
            case 0 if copy:
                copy[at % len(copy)] ^= 1 << chance.randrange(8)
            case 1:
                copy[at:at] = chance.choice(WORDS)
            case 2:
                del copy[at : at + chance.randint(1, 16)]
            case _:
                copy[at:at] = chance.randbytes(chance.randint(1, 16))
    return bytes(copy)
