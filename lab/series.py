"""Series: pictures that show the same, by leader, under names that stay when cases arrive.

A picture joins the series whose leader it looks like most, within the scan's threshold, or leads
one of its own; likeness is not passed on from one to the next. What is put together once stays
together: only a person joins or splits, and the history says who. A series' number is its name.
"""

from collections import defaultdict
from dataclasses import dataclass

from lab.decisions import Decisions
from lab.engines.asking import Answering
from lab.engines.duck import Connection
from triage.bundle.format.auditlog import utc_now
from triage.errors import UsageError

BY_LEADER = "by leader"
_ORDER = """
SELECT pdq FROM (
  SELECT s.pdq, min((b.imported, s.bundle, s.entry)) AS came
  FROM sighting s JOIN bundle b USING (bundle) SEMI JOIN looked USING (pdq) GROUP BY s.pdq)
ORDER BY came"""

_SERIES_OF = """
SELECT m.pdq, coalesce(s.joined_to, s.id) AS whole FROM member m JOIN series s ON s.id = m.series"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One of at least two different pictures."""

    number: int
    name: str
    pictures: int
    """Different ones; copies count once."""
    cases: tuple[str, ...]
    """Numbers of those in which any was seen."""
    bridges: tuple[int, ...]
    """Series with a picture that looks like one of this: they may belong together."""


def put_new(held: Connection, decided: Decisions) -> None:
    """Put each picture that is in none into a series, in the order in which they came; what is in
    no bundle any more leaves its own."""
    order = [pdq for (pdq,) in held.do(_ORDER)]
    members = {pdq for (pdq,) in decided.ask("SELECT pdq FROM member")}
    gone, new = members - set(order), [pdq for pdq in order if pdq not in members]
    if not gone and not new:
        return
    _leave(decided, gone)
    leads = dict(decided.ask("SELECT leader, id FROM series"))
    near = _near(held, new)
    with decided.changing() as change:
        for pdq in new:
            beside = [(bits, leads[other]) for other, bits in near[pdq] if other in leads]
            if beside:
                bits, number = min(beside)
            else:
                cursor = change.execute("INSERT INTO series (leader) VALUES (?)", [pdq])
                bits, number = 0, int(cursor.lastrowid or 0)
                leads[pdq] = number
            change.execute("INSERT INTO member VALUES (?, ?, ?, ?)", [pdq, number, bits, BY_LEADER])
    if gone:
        decided.scrub()


def list_series(held: Answering, decided: Decisions) -> list[Series]:
    """Those of at least two pictures, what is in most cases first."""
    of = dict(decided.ask(_SERIES_OF))
    cases: dict[int, set[str]] = defaultdict(set)
    for pdq, number in held.ask("series_cases"):
        if pdq in of:
            cases[of[pdq]].add(number)
    bridges: dict[int, set[int]] = defaultdict(set)
    for one, other in held.ask("alike"):
        left, right = of.get(one), of.get(other)
        if left and right and left != right:
            bridges[left].add(right)
            bridges[right].add(left)
    rows = decided.ask(
        f"SELECT s.id, s.name, count(*) FROM series s JOIN ({_SERIES_OF}) m ON m.whole = s.id"  # noqa: S608
        " GROUP BY s.id HAVING count(*) > 1 ORDER BY s.id"
    )
    found = [
        Series(number=number, name=name, pictures=count, cases=tuple(sorted(cases[number])),
               bridges=tuple(sorted(bridges[number])))
        for number, name, count in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-len(each.cases), -each.pictures, each.number))


def join(decided: Decisions, into: int, other: int, by: str) -> None:
    """The other's pictures belong to this one from now on, and so does what will join them."""
    for number in (into, other):
        _refuse_absent(decided, number)
    (above,) = decided.ask("SELECT coalesce(joined_to, id) FROM series WHERE id = ?", [into])[0]
    if above == other:
        raise UsageError(f"Series {into} belongs to {other} already.", hint="Name two others.")
    with decided.changing() as change:
        change.execute(
            "UPDATE series SET joined_to = ? WHERE id = ? OR joined_to = ?", [above, other, other]
        )
    _tell(decided, above, f"series {other} was joined to it", by)
    _tell(decided, other, f"joined to series {above}", by)


def split(decided: Decisions, number: int, by: str) -> None:
    """A series that was joined to another is its own again."""
    _refuse_absent(decided, number)
    ((above,),) = decided.ask("SELECT joined_to FROM series WHERE id = ?", [number])
    if above is None:
        raise UsageError(
            f"Series {number} was joined to none.", hint="Name the one that was joined to another."
        )
    with decided.changing() as change:
        change.execute("UPDATE series SET joined_to = NULL WHERE id = ?", [number])
    _tell(decided, above, f"series {number} was split from it", by)
    _tell(decided, number, f"split from series {above}", by)


def name(decided: Decisions, number: int, text: str, by: str) -> None:
    """Call it something besides its number."""
    _refuse_absent(decided, number)
    with decided.changing() as change:
        change.execute("UPDATE series SET name = ? WHERE id = ?", [text, number])
    _tell(decided, number, f"named {text}", by)


def members(decided: Decisions, number: int) -> list[bytes]:
    """PDQ values of its pictures, what was joined to it included."""
    rows = decided.ask(f"SELECT pdq FROM ({_SERIES_OF}) WHERE whole = ? ORDER BY pdq", [number])  # noqa: S608
    return [pdq for (pdq,) in rows]


def names_of_pictures(decided: Decisions) -> dict[bytes, str]:
    """By PDQ value what its series is called, if somebody named it."""
    return dict(
        decided.ask(
            f"SELECT of.pdq, s.name FROM ({_SERIES_OF}) of JOIN series s ON s.id = of.whole"  # noqa: S608
            " WHERE s.name <> ''"
        )
    )


def joined_to(decided: Decisions, number: int) -> int | None:
    """The series that it belongs to by somebody's word."""
    _refuse_absent(decided, number)
    ((above,),) = decided.ask("SELECT joined_to FROM series WHERE id = ?", [number])
    return None if above is None else int(above)


def history(decided: Decisions, number: int) -> list[tuple[str, str, str]]:
    """What, by whom, when."""
    _refuse_absent(decided, number)
    return [
        (what, by, at)
        for what, by, at in decided.ask(
            "SELECT what, by, at FROM series_history WHERE series = ? ORDER BY rowid", [number]
        )
    ]


def _near(held: Connection, new: list[bytes]) -> dict[bytes, list[tuple[bytes, int]]]:
    """What each looks like, and by how many bits they differ."""
    near: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
    wanted = set(new)
    for one, other, bits in held.do("SELECT a, b, bits FROM alike"):
        if one in wanted:
            near[one].append((other, bits))
        if other in wanted:
            near[other].append((one, bits))
    return near


def _leave(decided: Decisions, gone: set[bytes]) -> None:
    """A series whose leader is gone is led by who was nearest to it; without pictures it ends."""
    with decided.changing() as change:
        change.executemany("DELETE FROM member WHERE pdq = ?", [[pdq] for pdq in gone])
        led = change.execute("SELECT id, leader FROM series").fetchall()
        for number in (number for number, leader in led if leader in gone):
            heirs = change.execute(
                "SELECT pdq FROM member WHERE series = ? ORDER BY bits, pdq LIMIT 1", [number]
            ).fetchall()
            if heirs:
                change.execute("UPDATE series SET leader = ? WHERE id = ?", [*heirs[0], number])
                continue
            change.execute("DELETE FROM series WHERE id = ?", [number])
            change.execute("DELETE FROM series_history WHERE series = ?", [number])
            change.execute("UPDATE series SET joined_to = NULL WHERE joined_to = ?", [number])


def _refuse_absent(decided: Decisions, number: int) -> None:
    if not decided.ask("SELECT 1 FROM series WHERE id = ?", [number]):
        raise UsageError(f"There is no series {number}.", hint="`seek lab series` lists them.")


def _tell(decided: Decisions, number: int, what: str, by: str) -> None:
    with decided.changing() as change:
        change.execute(
            "INSERT INTO series_history VALUES (?, ?, ?, ?)", [number, what, by, utc_now()]
        )
