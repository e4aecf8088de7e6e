"""`python -m tests.fuzz SECONDS [HARNESS …]`: mutate seeds for so long each; crashes are kept."""

import hashlib
import random
import sys
import time
from pathlib import Path

from tests.fuzz.harnesses import HARNESSES, SEEDS, survives

CRASHES = Path("build/fuzz")
WORDS = (b"\x00", b"\xff\xff\xff\xff", b"{", b"[" * 2000, b'"', b"null", b"1e999", b"-1", b"\n",
         b"\xed\xa0\x80", b"9" * 30, b"&a [*a]", b"!!python/object:x")  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few random edits."""
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


def main() -> int:
    """Fuzz each harness; the exit code says whether anything crashed."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    crashed = 0
    for name in sys.argv[2:] or HARNESSES:
        chance, runs, until = random.Random(name), 0, time.monotonic() + seconds
        corpus = list(SEEDS.get(name, (b"",)))
        while time.monotonic() < until:
            data = mutated(chance.choice(corpus), chance)
            runs += 1
            try:
                survives(HARNESSES[name], data)
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                crashed += 1
                CRASHES.mkdir(parents=True, exist_ok=True)
                file = CRASHES / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
                file.write_bytes(data)
                print(f"{name}: {type(error).__name__}: {error} in {file}", flush=True)
            if runs % 50 == 0 and len(corpus) < 500 and len(data) < 20_000:
                corpus.append(data)
        print(f"{name}: {runs:,} runs")
    print(f"{crashed} crashes")
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main())
