"""Every field of what workers say, wherever it may stand in a message, at its limit and above.

The limits are those of the table in docs/messages.md; which fields there are, the types say. A
message is changed as it travels: plain lists and dicts, so that it may have what no type allows.
"""

import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect

from tests.bundle import samples
from tests.coordinator.test_messages import DEVICE, PROTECTOR, SAID, VOLUME, met
from triage.captured import MOST_SECONDS, Capture, Position
from triage.evidence import (
    EntryKind,
    FileEntry,
    Hindrance,
    Inside,
    Relation,
    Run,
    Storage,
    Timestamps,
    Volume,
    VolumeState,
)
from triage.findings import FramesSeen, ListedMember, Match, Opened, Outcome, Result
from triage.match_kinds import MatchKind
from triage.plan.rows import Rows
from triage.plan.tiers import Tier
from triage.undecoded import RAW
from triage.wire import messages
from triage.wire.messages import (
    Described,
    Description,
    EntriesMet,
    PdqQuery,
    Reply,
    Results,
    Settled,
    Spot,
    Spots,
    StaysLocked,
    Surveyed,
    Unlocked,
    Volumes,
)

PAGE = Path(__file__).parents[2] / "docs/messages.md"
INSIDE = Volume(
    id="d0v1.1", device_id="d0", inside="d0v1", layer="an array", offset=0, size=9, on_device=5,
    description="d", file_system="f", label="l", uuid="u", state=VolumeState.DAMAGED, reason="r",
    block_size=512, unread=("a journal",), protectors=(PROTECTOR,),
)  # fmt: skip
MATCH = Match(
    kind=MatchKind.HASH_SET, detector="hash_set", reason="Known material.", score=0.5,
    threshold=0.5, provenance={"set": "lab", "algorithm": "md5", "digest": "0" * 32},
)  # fmt: skip
MET = FileEntry(
    id=1, volume_id="d0v1", path="b", raw_path=b"b", stream="s", kind=EntryKind.LINK, size=9,
    storage=Storage.RUNS, runs=(Run(0, 9),), hindrance=Hindrance.EFS,
    times=Timestamps(1.0, 1.0, 1.0, 1.0),
    inside=Inside(entry_id=0, how=Relation.PART, offset=0, length=9),
)  # fmt: skip
RESULT = Result(
    outcome=Outcome.EXAMINED, reason="r", bytes_read=9, type="image/jpeg", undecoded=RAW,
    opened=Opened(
        kind="zip", members=9, bytes=9, containers=1, unopened={"zip": 1}, locked=1,
        locked_names=("n",), opened_by=(1,), damaged=1, passed_by=1, undecoded={RAW: 1}, listed=1,
    ), untried=1, digests={"md5": "0" * 32}, pdq_quality=9, scores={"a model": 0.5},
    frames=FramesSeen(
        count=60, first=0.0, last=0.0, length=9.0, cut_short=True, scenes=(0.0,),
        scenes_cut_short=True,
    ),
    capture=Capture(make="m", model="m", serial="s", taken="t", software="s", orientation=1,
                    length_seconds=9.0, codec="c", created="c"),
    parts=1, parts_undecoded=1, matches=(MATCH,), reread_sha256="0" * 64,
    position=Position(latitude=1.0, longitude=1.0), bad=(Run(0, 9),),
)  # fmt: skip
MEMBER = ListedMember(
    number=1, path="a.zip", size=9, outcome=Outcome.EXAMINED, reason="r", type="application/zip",
    container="zip", locked=True, digests={"md5": "0" * 32},
)  # fmt: skip
DIGESTS = {"md5": bytes(16), "sha1": bytes(20), "sha256": bytes(32)}
LOOK = PdqQuery(value=bytes(32), manner="turned")


FULL: dict[str, Reply] = SAID | {
    "Volumes": Volumes(volumes=(VOLUME, INSIDE)),
    "EntriesMet": EntriesMet(
        rows=met().rows,
        settled=(
            Settled(entry=MET, outcome=Outcome.EXCLUDED, reason="not asked for", matches=(MATCH,)),
        ),
    ),
    "Surveyed": Surveyed(volume_id="d0v1", content_bytes=9, caps=("a cap",), notes=("a note",)),
    "Spots": Spots(spots=(Spot(entry_id=0, matches=(MATCH,)),)),
    "Unlocked": Unlocked(
        volume_id="d0v1", key=b"0" * 32, protector=PROTECTOR, found_in="d0v2:/a.bek"
    ),
    "StaysLocked": StaysLocked(volume_id="d0v1", reason="no"),
    "Results": Results(
        entry_ids=(0,),
        results=(RESULT,),
        previews={0: samples.preview(1)},
        members={0: (MEMBER,)},
        altered=(0,),
        seconds=0.1,
    ),
    "Described": Described(
        files=(Description(digests=DIGESTS, pdq=bytes(32), looks=(LOOK,)),),
    ),
}
"""Each with all that it may have at once."""

WITH: dict[str, dict[str, Any]] = {
    "Description.left_out": {"digests": {}, "pdq": b"", "looks": ()},
    "Description.trouble": {"pdq": b"", "looks": ()},
    "Result.container": {"opened": None, "untried": 0},
    "Result.locked": {"opened": None, "container": "zip", "untried": 0},
    "Opened.members": {
        "containers": 1,
        "locked": 0,
        "locked_names": [],
        "damaged": 0,
        "passed_by": 0,
    },
    "Opened.containers": {"members": 2**32},
    "Opened.locked": {"members": 2**32, "locked_names": []},
    "Opened.locked_names": {"members": 100, "locked": 100},
    "Opened.damaged": {"members": 2**32},
    "Opened.passed_by": {"members": 2**32},
    "FramesSeen.count": {"scenes": []},
    "FramesSeen.first": {"last": float(MOST_SECONDS), "scenes": []},
    "FramesSeen.scenes[]": {"last": float(MOST_SECONDS)},
}
"""What beside a field has to be otherwise for it to be said at all."""

THE_ONE = {"Volumes.volumes": 1}
"""Which of several is changed, if not the first: a volume inside another has more to say."""

NAMED = {"its device's size": DEVICE.size}
_TIMES = re.compile(r"at most ([\d,]+) (items|characters|bytes)|exactly ([\d,]+) bytes")
_SPAN = re.compile(r"(more than )?(\S+) to (less than )?(.+)")
COLUMN = "Rows."

Plain = Any
"""A message as it travels: dicts, lists and what is in them."""


def table() -> dict[str, str]:
    """The limits by field, as the page has them."""
    _, _, part = PAGE.read_text().partition("\n## Limits\n")
    limits: dict[str, str] = {}
    for line in part.partition("\n## ")[0].splitlines():
        if line.startswith("| `"):
            fields, limit = (cell.strip() for cell in line.strip("|").split(" | "))
            for field in re.findall(r"`([^`]+)`", fields):
                assert field not in limits, f"{field} has two limits"
                limits[field] = limit
    return limits


@dataclass(frozen=True, kw_only=True)
class Field:
    """One place in a message that somebody fills."""

    message: str
    name: str
    """As the table has it: `Match.reason`, `Match.provenance{}` for its keys, `[]` for values."""
    path: tuple[Any, ...]
    """To what holds it, by names and numbers."""
    last: str | int | None
    """The field in there; None: the key of the first."""
    packed: bool = False
    """It is in what travels as a row, and not beside it."""

    @property
    def title(self) -> str:
        """For the test's name."""
        return f"{self.message}:{'row:' if self.packed else ''}{self.name}"


def fields() -> Iterator[Field]:
    """All of all replies."""
    for kind in get_args(messages.Reply):
        for name, path, last in _within(inspect.type_info(kind), ()):
            if kind is Unlocked and path == ("protector",):
                continue  # one of the volume's, as a whole: its check compares them
            yield Field(message=kind.__name__, name=name, path=path, last=last)
            if path[:3] == ("settled", 0, "entry"):
                yield Field(message=kind.__name__, name=name, path=path, last=last, packed=True)
            if name == "EntriesMet.rows":
                for column in Rows.CODES:
                    yield Field(
                        message=kind.__name__, name=COLUMN + column, path=(*path, last), last=column
                    )


Found = tuple[str, tuple[Any, ...], Any]


def _within(struct: Any, path: tuple[Any, ...]) -> Iterator[Found]:
    for number, field in enumerate(struct.fields):
        step = number if struct.array_like else field.encode_name
        yield from _leaves(field.type, f"{struct.cls.__name__}.{field.name}", path, step)


def _leaves(kind: Any, name: str, path: tuple[Any, ...], step: Any) -> Iterator[Found]:
    if isinstance(kind, inspect.UnionType):
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.StructType):
        yield from _within(kind, (*path, step))
        return
    yield name, path, step
    if isinstance(kind, inspect.VarTupleType):
        inner, key = kind.item_type, THE_ONE.get(name, 0)
    elif isinstance(kind, inspect.DictType) and name != "EntriesMet.rows":
        yield f"{name}{{}}", (*path, step), None
        inner, key = kind.value_type, _first_of(path, step, name)
    else:
        return
    if isinstance(inner, inspect.StructType):
        yield from _within(inner, (*path, step, key))
    elif isinstance(inner, inspect.VarTupleType):
        yield from _leaves(inner, f"{name}[]", (*path, step), key)
    else:
        yield f"{name}[]", (*path, step), key


def _first_of(path: tuple[Any, ...], step: Any, name: str) -> Any:
    for message in FULL.values():
        held = plain(message)
        try:
            for each in (*path, step):
                held = held[each]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(held, dict) and held:
            return next(iter(held))
    raise AssertionError(f"no message in full has {name}")


def plain(message: Reply) -> Plain:
    """As it travels."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(message))


def said_with(field: Field, value: Any) -> bytes:
    """The whole message with that value there, framed. Raises OverflowError for what no message
    can say."""
    whole = plain(FULL[field.message])
    held = beside = whole
    for step in field.path:
        held = held[step]
        beside = held if isinstance(held, dict) else beside
    if field.name in WITH:
        beside |= WITH[field.name]
        if "opened" in held and held["opened"] is None:
            whole["members"] = {}
    if field.last is None:
        held[value] = held.pop(next(iter(held)))
    else:
        held[field.last] = value
    if field.packed:
        _pack(whole)
    body = msgspec.msgpack.encode(whole)
    return len(body).to_bytes(4, "little") + body


def _pack(whole: Plain) -> None:
    """The settled entry travels as a row."""
    (settled,) = whole.pop("settled")
    packed = msgspec.msgpack.encode(settled["entry"])
    rows = whole["rows"]
    size = settled["entry"]["size"]
    size = max(0, min(2**64 - 1, size)) if isinstance(size, int) else 0
    added = {"lengths": len(packed), "sizes": size, "tiers": Tier.OTHER_PICTURES}
    for column, code in Rows.CODES.items():
        rows[column] += array(code, [added.get(column, 0)]).tobytes()
    rows["packed"] += packed


def there(field: Field) -> Any:
    """What the message has there when it is honest."""
    held = plain(FULL[field.message])
    for step in field.path:
        held = held[step]
    return next(iter(held)) if field.last is None else held.get(field.last) if isinstance(
        held, dict) else held[field.last]  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """What may stand there, and what may not."""

    at: tuple[Any, ...]
    above: tuple[Any, ...]


def bound_of(field: Field, limit: str) -> Bound:
    """From the words of the table."""
    honest = there(field)
    if field.name.startswith(COLUMN):
        return _column(field, limit)
    if times := _TIMES.fullmatch(limit):
        most = int((times[1] or times[3]).replace(",", ""))
        wrong = (most + 1, most - 1) if times[3] else (most + 1,)
        above = tuple(_so_many(field, honest, count) for count in wrong)
        return Bound((_so_many(field, honest, most),), above)
    if limit == "yes or no":
        return Bound((False, True) if not honest else (True,), (2, "yes"))
    if limit == "a kind":
        return Bound(() if honest is None else (honest,), ("no such kind",))
    if limit == "as asked":
        return Bound((honest,), (_another(honest),))
    if limit == "a number that ends":
        most_float = 1.7976931348623157e308
        return Bound((most_float, -most_float), (math.inf, -math.inf, math.nan))
    return _span(limit, is_float=isinstance(honest, float))


def _span(limit: str, *, is_float: bool) -> Bound:
    span = _SPAN.fullmatch(limit)
    assert span, f"nobody knows what '{limit}' is"
    low, high = _number(span[2]), _number(span[4])
    if not is_float:
        return Bound((low, high), (low - 1, high + 1))
    below, over = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    if span[1]:
        below, low = low, math.nextafter(low, math.inf)
    if span[3]:
        over, high = high, math.nextafter(high, -math.inf)
    return Bound((float(low), float(high)), (below, over, math.nan))


def _number(text: str) -> Any:
    if text in NAMED:
        return NAMED[text]
    text = text.replace(",", "")
    return float(text) if "." in text or "e" in text else int(text)


def _so_many(field: Field, honest: Any, count: int) -> Any:
    """The same, so long or so many."""
    if isinstance(honest, list):
        if field.name == "Volumes.volumes":
            return honest + [
                honest[0] | {"id": f"d0v{n}"} for n in range(2, count - len(honest) + 2)
            ]
        return honest[:1] * count
    if isinstance(honest, dict):
        value = next(iter(honest.values()))
        return honest | {f"{n}": value for n in range(count - len(honest))}
    if isinstance(honest, bytes):
        if honest[:2] == b"\xff\xd8":  # a preview: more of what is coded
            return honest[:-2] + b"x" * (count - len(honest)) + honest[-2:]
        return honest[:count].ljust(count, b"x")
    return honest[:count].ljust(count, "0" if honest[:1].isdigit() else "x")


def _another(honest: Any) -> Any:
    if isinstance(honest, int):
        return honest + 1
    if isinstance(honest, list):
        return honest * 2
    if isinstance(honest, dict):
        first = next(iter(honest))
        return honest | {(first + 1 if isinstance(first, int) else first + "x"): honest[first]}
    return honest + (b"x" if isinstance(honest, bytes) else "x")


def _column(field: Field, limit: str) -> Bound:
    """Of the one row that there is; what is torn is a column of none."""
    code = Rows.CODES[str(field.last)]
    honest = array(code, there(field))[0]
    if limit == "as asked":
        values = Bound((honest,), (honest + 1,))
    elif limit == "any number":
        least, most = (-math.inf, math.inf) if code == "f" else _of_type(code)
        values = Bound((least, most), ())
    else:
        values = _span(limit, is_float=False)
        values = Bound(values.at, values.above[1:])
    at, above = ([array(code, [v]).tobytes() for v in some] for some in (values.at, values.above))
    return Bound(tuple(at), (*above, at[0] + b"x", at[0] * 2))


def _of_type(code: str) -> tuple[int, int]:
    bits = 8 * array(code).itemsize
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if code.islower() else (0, 2**bits - 1)
