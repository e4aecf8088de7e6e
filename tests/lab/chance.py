"""A store whose rows are drawn by chance out of little, so that everything is shared by somebody.

What is derived of bundles is there, and no bundle. Nothing of it means anything: numbers alone.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from random import Random

from lab import derived
from lab.decisions import Decisions
from lab.engines.duck import connect
from lab.layout import DECISIONS, DERIVED
from lab.sightings import Sighting, pdq_key, write_sightings
from lab.store import LabStore, create_store
from tests.lab.bundles import looks
from triage.alike import FURTHEST

CASES = 70
"""More than the bits of a number, by which cases are counted."""
_TYPES = ("image/jpeg", "image/jpeg", "video/mp4", "application/pdf", "")
_OUTCOMES = ("examined",) * 8 + ("known", "unreadable")
_KINDS: tuple[list[str], ...] = (["hash_set"], ["classifier"], ["hash_set", "perceptual"], [])
_CAMERAS = (("", "", ""), ("Maker", "M1", "77120041"), ("Maker", "M2", "0000000"))


def store_by_chance(folder: Path, seed: int = 1) -> LabStore:
    """A store of CASES cases, some with two bundles."""
    chance = Random(seed)
    store = create_store(folder)
    Decisions(store / DECISIONS, write=True).close()
    held = connect(store, store / DERIVED, write=True)
    held.do(derived.TABLES)
    contents = _contents(chance)
    for number in range(CASES + 8):
        digest, case = f"{number:064x}", number % CASES
        write_sightings(store, _rows(chance, contents, case), digest)
        held.do("INSERT INTO bundle VALUES (?, ?, ?, ?, 'A. Examiner', ?, '', '', false, 0, ?)",
                [digest, f"{case:032x}", f"C{case:03}", f"EX-{number}", "2026-06-01T10:00:00Z",
                 f"2026-{1 + number % 12:02}-01T00:00:00Z"])  # fmt: skip
        held.do("INSERT INTO device VALUES (?, 'Disk', ?, 1000)",
                [digest, f"SN-{4411 + number % 40}"])  # fmt: skip
        held.do("INSERT INTO mark VALUES (?, 'phone', ?)", [digest, f"phone {number % 50}"])
    values = sorted({pdq for _, pdq in contents if pdq})
    flood, near = values[0], list(_near(values[1:]))
    held.do("INSERT INTO flood VALUES (?)", [flood])
    for one, other, bits in near:
        held.do("INSERT INTO alike VALUES (?, ?, ?, ?, ?)",
                [one, other, bits, pdq_key(one), pdq_key(other)])  # fmt: skip
    held.do("INSERT INTO looked SELECT pdq FROM (SELECT unnest($all) AS pdq)", {"all": values})
    held.close()
    return store


def _contents(chance: Random) -> list[tuple[str, bytes]]:
    """Contents with the PDQ value of each; several have the same, and some are near to others."""
    found = []
    for number in range(240):
        look = looks(number // 3, chance.choice((0, 0, 3, 20)))
        found.append((sha256(f"content {number}".encode()).hexdigest(), chance.choice((look, b""))))
    return found


def _near(values: list[bytes]) -> Iterator[tuple[bytes, bytes, int]]:
    for one, other in combinations(values, 2):
        bits = (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
        if bits <= FURTHEST:
            yield one, other, bits


def _rows(chance: Random, contents: list[tuple[str, bytes]], case: int) -> Iterator[Sighting]:
    """Most are of what few cases have; a content may come twice, and once without its PDQ value."""
    for entry in range(30):
        few = entry % 8 and (case * 3 + chance.randrange(9)) % 210
        content, pdq = contents[few or chance.randrange(210, 240)]
        make, model, serial = chance.choice(_CAMERAS)
        kinds = chance.choice(_KINDS)
        yield Sighting(
            entry=entry, volume="d0v1", path=f"Users/someone/{entry}/j.doe@example.org.ost",
            size=100 + int(content[:4], 16), type=_TYPES[int(content[:8], 16) % len(_TYPES)],
            outcome=chance.choice(_OUTCOMES), content=content if chance.random() < 0.9 else None,
            md5=content[:32], sha1=content[:40], sha256=content,
            pdq=pdq.hex() if pdq and chance.random() < 0.9 else None,
            modified=1_780_000_000.0 + entry, make=make, model=model, serial=serial,
            taken="2026:05:01 10:00:00" if make else "", finding=entry if kinds else None,
            kinds=kinds, notable="hash_set" in kinds, category="2" if kinds else "",
            score=chance.choice((None, 0.25, 0.75)),
        )  # fmt: skip
