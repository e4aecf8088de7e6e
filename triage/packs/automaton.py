r"""The lab's expressions followed all at once and without going back: a name costs what it is long.

Python's engine tries one way after another and may try for minutes (`k\d*\d*\d*\d*\d*Q` over a long
number). Here Python reads an expression, and says which sign each of its parts takes; which parts
are reached is kept as a set (K. Thompson, Regular Expression Search Algorithm, CACM 11:6, 1968),
and where a sign leads from a set is remembered. What needs a way back, references to groups and
looks ahead or behind, has no such sets and is refused.
"""

import re
import re._compiler as compiler  # type: ignore[import-not-found]
import re._parser as grammar  # type: ignore[import-not-found]
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST = 1000
"""Characters of an expression."""
MOST_PARTS = 1000
"""Of an expression once its counted repetitions are written out; and of those followed together."""
DEEPEST = 50
"""Brackets in brackets."""
_MOST_SETS, _MOST_STEPS, _MOST_SIGNS = 1000, 50_000, 10_000
"""Remembered at a time; then it is begun anew."""
_END, _LAST_LINE_END = "", "\n\n"
"""In the place of a sign: behind the last one; a line feed that is the last one."""
_LINE_END = "\n"
_SIGNS = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}
_ALPHABETS = re.ASCII | re.UNICODE
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}
_REFUSED = {
    "GROUPREF": "it refers to what a group of it has found",
    "GROUPREF_EXISTS": "it depends on whether a group of it has found anything",
    "ASSERT": "it looks ahead or behind",
    "ASSERT_NOT": "it looks ahead or behind",
    "ATOMIC_GROUP": "it does not give back what it took",
    "POSSESSIVE_REPEAT": "it does not give back what it took",
}
_TOO_LARGE = f"it has more than {MOST_PARTS:,} parts, counted repetitions written out"


class UnfollowedError(ValueError):
    """An expression that is Python's, and not one that can be followed so; a phrase says why."""


@dataclass(slots=True)
class _Set:
    """Which parts are reached between two signs, and what is remembered of how it goes on."""

    parts: frozenset[int]
    before: int
    """Which tests that places ask about the sign before passes, as bits; -1: there is none."""
    steps: "dict[str, tuple[int, _Set]]" = field(default_factory=dict)
    """By the sign that follows: what is found before it, as bits; and the next set."""


class _Parts:
    """What expressions are made of: parts that take a sign, ask about a place, or lead on."""

    def __init__(self) -> None:
        self.takes: dict[int, tuple[int, int]] = {}
        """A part that takes a sign: the number of its test, and the next part."""
        self.asks: dict[int, tuple[str, int, int]] = {}
        """A part that asks about its place: what, by which test, and the next part."""
        self.leads: dict[int, list[int]] = {}
        """A part that takes nothing: where it leads."""
        self.finds: dict[int, int] = {}
        """A part behind which an expression is found: its number."""
        self.tests: list[re.Pattern[str]] = []
        self._known: dict[tuple[str, int], int] = {}
        self.count = 0

    def add(self, tree: Any, number: int) -> int:
        """All of an expression; returns its first part. Raises UnfollowedError."""
        if _parts_in(tree) > MOST_PARTS:
            raise UnfollowedError(_TOO_LARGE)
        found = self._new()
        self.finds[found] = number
        return self._sequence(tree, tree.state.flags, found)

    def _new(self) -> int:
        self.count += 1
        return self.count

    def _lead(self, *parts: int) -> int:
        part = self._new()
        self.leads[part] = [*parts]
        return part

    def _sequence(self, tree: Any, flags: int, then: int) -> int:
        """From its end on: each piece leads to the one behind it."""
        for operation, argument in reversed(list(tree)):
            then = self._piece(operation, argument, flags, then)
        return then

    def _piece(self, operation: Any, argument: Any, flags: int, then: int) -> int:
        name = str(operation)
        if name in _SIGNS:
            part = self._new()
            self.takes[part] = self._test(operation, argument, flags), then
            return part
        if name == "AT":
            part = self._new()
            self.asks[part] = str(argument), self._place_test(str(argument), flags), then
            return part
        if name == "BRANCH":
            return self._lead(*(self._sequence(each, flags, then) for each in argument[1]))
        if name == "SUBPATTERN":
            _, added, taken, below = argument
            kept = flags & ~_ALPHABETS if added & _ALPHABETS else flags
            return self._sequence(below, (kept | added) & ~taken, then)
        if name in _REPEATS:
            return self._repeated(argument, flags, then)
        raise UnfollowedError(_REFUSED.get(name, "it has what is not known here"))

    def _repeated(self, argument: Any, flags: int, then: int) -> int:
        least, most, below = argument
        if most == grammar.MAXREPEAT:
            first = self._lead(then)
            self.leads[first].append(self._sequence(below, flags, first))
        else:
            first = then
            for _ in range(most - least):
                first = self._lead(self._sequence(below, flags, first), then)
        for _ in range(least):
            first = self._sequence(below, flags, first)
        return first

    def _test(self, operation: Any, argument: Any, flags: int) -> int:
        """The number of the test for one sign, which Python itself makes of that piece."""
        key = f"{operation} {argument}", flags
        if key not in self._known:
            state = grammar.State()
            state.flags = flags
            piece = grammar.SubPattern(state, [(operation, argument)])
            self._known[key] = len(self.tests)
            self.tests.append(compiler.compile(piece, flags))
        return self._known[key]

    def _place_test(self, place: str, flags: int) -> int:
        """For the signs beside a place: letters of words; line feeds, where each line counts."""
        if place in ("AT_BOUNDARY", "AT_NON_BOUNDARY"):
            word = [(grammar.CATEGORY, grammar.CATEGORY_WORD)]
            return self._test(grammar.IN, word, flags & _ALPHABETS)
        by_lines = flags & re.MULTILINE and place in ("AT_BEGINNING", "AT_END")
        return self._test(grammar.LITERAL, ord(_LINE_END), re.UNICODE) if by_lines else -1


def _parts_in(tree: Any, deep: int = 0) -> int:
    """How many parts it becomes, before they are made. Raises UnfollowedError."""
    if deep > DEEPEST:
        raise UnfollowedError(f"its brackets lie more than {DEEPEST} deep")
    return sum(_parts_of(str(operation), argument, deep + 1) for operation, argument in tree)


def _parts_of(name: str, argument: Any, deep: int) -> int:
    if name == "BRANCH":
        return 1 + sum(_parts_in(each, deep) for each in argument[1])
    if name == "SUBPATTERN":
        return _parts_in(argument[-1], deep)
    if name in _REPEATS:
        least, most, below = argument
        times = least + 1 if most == grammar.MAXREPEAT else most
        return 1 + int(times) * (1 + _parts_in(below, deep))
    return 1


class Automaton:
    """Some expressions, followed together."""

    def __init__(self, parts: _Parts, first: Sequence[int]) -> None:
        """`first`: the first part of each expression."""
        self._parts = parts
        self._first = frozenset(first)
        asked = {test for _, test, _ in parts.asks.values() if test >= 0}
        self._asked = sum(1 << test for test in asked)
        """Bits of the tests that are asked about the sign before."""
        self._signs: dict[str, int] = {}
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._sets: dict[tuple[frozenset[int], int], _Set] = {}
        self._steps = 0
        self._start = self._set(frozenset(), -1)

    def found_in(self, text: str) -> int:
        """The numbers of those that are found anywhere in the text, as bits."""
        found, at = 0, self._start
        for sign in self._as_signs(text):
            told, at = at.steps.get(sign) or self._step(at, sign)
            found |= told
        return found

    @staticmethod
    def _as_signs(text: str) -> Iterator[str]:
        if text.endswith(_LINE_END):
            yield from text[:-1]
            yield _LAST_LINE_END
        else:
            yield from text
        yield _END

    def _set(self, parts: frozenset[int], before: int) -> _Set:
        key = parts, before
        if key not in self._sets:
            self._sets[key] = _Set(parts, before)
        return self._sets[key]

    def _step(self, at: _Set, sign: str) -> tuple[int, _Set]:
        """What one sign comes to; it is remembered."""
        passes = self._passed_by(sign)
        found, parts = 0, set()
        for part in self._reached(at, sign, passes):
            if part in self._parts.takes:
                test, then = self._parts.takes[part]
                if passes >> test & 1:
                    parts.add(then)
            elif part in self._parts.finds:
                found |= 1 << self._parts.finds[part]
        self._steps += 1
        if len(self._sets) > _MOST_SETS or self._steps > _MOST_STEPS:
            self._begin_anew()
        step = found, self._set(frozenset(parts), passes & self._asked)
        at.steps[sign] = step
        return step

    def _passed_by(self, sign: str) -> int:
        """The tests that a sign passes, as bits."""
        if not sign:
            return 0
        if sign not in self._signs:
            if len(self._signs) > _MOST_SIGNS:
                self._signs.clear()
            tests = enumerate(self._parts.tests)
            self._signs[sign] = sum(1 << n for n, test in tests if test.match(sign))
        return self._signs[sign]

    def _reached(self, at: _Set, sign: str, passes: int) -> set[int]:
        """The parts of a set, the beginnings of all, and where they lead without taking a sign."""
        reached: set[int] = set()
        waiting = [*at.parts, *self._first]
        while waiting:
            part = waiting.pop()
            if part in reached:
                continue
            reached.add(part)
            waiting += self._parts.leads.get(part, ())
            asked = self._parts.asks.get(part)
            if asked and _is_so(asked[0], asked[1], at.before, passes, sign):
                waiting.append(asked[2])
        return reached


def _is_so(place: str, test: int, before: int, after: int, sign: str) -> bool:
    """Whether a place is what is asked for. `before`, `after`: tests passed by the signs beside."""
    begins, ends = before < 0, sign == _END
    passed_before = not begins and test >= 0 and bool(before >> test & 1)
    passed_after = test >= 0 and bool(after >> test & 1)
    match place:
        case "AT_BEGINNING" | "AT_BEGINNING_STRING":
            return begins or passed_before
        case "AT_END":
            return ends or sign == _LAST_LINE_END or passed_after
        case "AT_END_STRING":
            return ends
        case "AT_BOUNDARY":
            return passed_before != passed_after
        case _:
            return passed_before == passed_after and not (begins and ends)


class Expressions:
    """Any number of expressions, some together; each is Python's, without regard to case."""

    def __init__(self, expressions: Sequence[str]) -> None:
        """Raises UnfollowedError and re.error; what `refusal` passes raises neither."""
        self._together: list[tuple[re.Pattern[str] | None, Automaton]] = []
        parts, first, needed = _Parts(), list[int](), list[str]()
        for number, expression in enumerate(expressions):
            tree = _read(expression)
            if first and parts.count + _parts_in(tree) > MOST_PARTS:
                self._together.append((_any_of(needed), Automaton(parts, first)))
                parts, first, needed = _Parts(), [], []
            first.append(parts.add(tree, number))
            needed.append(_needed_by(tree))
        if first:
            self._together.append((_any_of(needed), Automaton(parts, first)))

    def found_in(self, text: str) -> Iterator[int]:
        """The places of those that are found in a folded text, in their order."""
        found = 0
        for needed, automaton in self._together:
            if needed is None or needed.search(text):
                found |= automaton.found_in(text)
        while found:
            yield (found & -found).bit_length() - 1
            found &= found - 1


def refusal(expression: str) -> str:
    """Why an expression is not taken; empty: it is. Raises re.error if it is none at all."""
    if len(expression) > LONGEST:
        return f"it has more than {LONGEST:,} characters"
    try:
        _Parts().add(_read(expression), 0)
    except FutureWarning as warning:
        return f"it may mean something else one day ({warning})"
    except UnfollowedError as error:
        return str(error)
    return ""


def _read(expression: str) -> Any:
    """Its pieces. Raises FutureWarning if its meaning is not settled: `[[`, `--` in a set."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        return grammar.parse(expression, re.IGNORECASE)


def _needed_by(tree: Any) -> str:
    """What stands in every text in which it is found, the most of it in a row."""
    longest = run = ""
    for operation, argument in tree:
        run = run + chr(argument).lower() if str(operation) == "LITERAL" else ""
        longest = max(longest, run, key=len)
    return longest


def _any_of(needed: Sequence[str]) -> re.Pattern[str] | None:
    """A quick look for them; None if an expression needs nothing that could be looked for."""
    if not all(text and text.isascii() for text in needed):
        return None
    return re.compile("|".join(map(re.escape, needed)), re.IGNORECASE)
