"""Every refusal is a sentence with something to do: held against the source, raise by raise."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import yaml

import triage.errors
from triage.errors import SeekError, why

ROOT = Path(__file__).parents[1]
ERRORS = {
    name
    for name, each in vars(triage.errors).items()
    if isinstance(each, type) and issubclass(each, SeekError)
} | {"_KilledError"}

PARTS_OF_SENTENCES = {
    "VerificationError": "is told as the outcome of a numbered step, whose title says what to do",
    "WorkerError": "is what became of an entry or a device, and goes into the books",
}
"""Errors whose messages stand inside other sentences: these have the hint and the full stop."""

SAYS_IT_ITSELF = {
    ("cli/commands.py", "NotInstalledError"): "has its words in triage/errors.py",
    ("cli/faults.py", "UsageError"): "is only asked for its code: the words are the parser's",
    ("cli/faults.py", "UnforeseenError"): "is only asked for its code: the words are printed there",
}
END = (".", "?")
PASSED_ON = frozenset({"error.message", "error.hint", "hint", "other.hint"})
"""Whole sentences already: of an error that is raised again, or chosen among constants."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """An error where the source makes it."""

    where: str
    name: str
    call: ast.Call
    constants: dict[str, ast.expr]
    caught: frozenset[str]

    @property
    def hint(self) -> ast.expr | None:
        return next((each.value for each in self.call.keywords if each.arg == "hint"), None)

    def __str__(self) -> str:
        return f"{self.where}:{self.call.lineno} {ast.unparse(self.call)}"


def _made() -> Iterator[Made]:
    for folder in ("cli", "triage", "release", "image-build"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _made_in(ast.parse(path.read_text()), str(path.relative_to(ROOT)))


def _made_in(tree: ast.Module, where: str) -> Iterator[Made]:
    constants = _constants(tree) | _imported(tree)
    caught = frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ERRORS:
            yield Made(where=where, name=_name(node.func), call=node, constants=constants,
                       caught=caught)  # fmt: skip


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _imported(tree: ast.Module) -> dict[str, ast.expr]:
    """Of our own modules, what is imported by its name."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        path = ROOT / f"{(getattr(node, 'module', '') or '').replace('.', '/')}.py"
        if isinstance(node, ast.ImportFrom) and path.is_file():
            there = _constants(ast.parse(path.read_text()))
            names = {alias.name for alias in node.names}
            found |= {name: value for name, value in there.items() if name in names}
    return found


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


ALL = [
    made
    for made in _made()
    if made.name not in PARTS_OF_SENTENCES and (made.where, made.name) not in SAYS_IT_ITSELF
]


def _ends(text: ast.expr, constants: dict[str, ast.expr]) -> bool:
    """Whether a text ends as a sentence does, as far as the source says."""
    match text:
        case ast.Constant(value=str(said)):
            return said.endswith(END)
        case ast.JoinedStr(values=[*_, last]):
            return _ends(last, constants)
        case ast.FormattedValue(value=value):
            return _ends(value, constants)
        case ast.Name(id=name) if name in constants:
            return _ends(constants[name], constants)
    return ast.unparse(text) in PASSED_ON


def test_there_are_many_and_all_are_seen() -> None:
    assert len(ALL) > 150
    assert {made.name for made in ALL} >= {"HashSetError", "SourceError", "UsageError"}


def test_every_error_says_what_to_do() -> None:
    assert not [str(made) for made in ALL if made.hint is None]


def test_every_message_and_every_hint_is_a_whole_sentence() -> None:
    texts = [(made, made.call.args[0]) for made in ALL if made.call.args]
    texts += [(made, made.hint) for made in ALL if made.hint is not None]
    assert not [f"{made}: {ast.unparse(text)}" for made, text in texts
                if not _ends(text, made.constants)]  # fmt: skip


def test_no_message_shows_what_python_caught_as_it_is() -> None:
    """`{error}` is Python's; `{why(error)}` is what it means."""
    bare = [
        str(made)
        for made in _made()
        for node in ast.walk(made.call)
        if isinstance(node, ast.FormattedValue)
        and isinstance(node.value, ast.Name)
        and node.value.id in made.caught
        and made.name not in PARTS_OF_SENTENCES
    ]
    assert not bare


def test_every_exception_to_the_rule_is_one() -> None:
    made = {(each.where, each.name) for each in _made()}
    assert made >= set(SAYS_IT_ITSELF)
    assert {name for _, name in made} >= set(PARTS_OF_SENTENCES)


ACTIONS: dict[str, Callable[[], object]] = {
    "open": Path("/nowhere/x").read_bytes,
    "decode": b"abc\xff".decode,
    "yaml": partial(yaml.safe_load, "name: [ours"),
    "control": partial(yaml.safe_load, "name: \0"),
    "value": partial(int, "xxx"),
}


def _caught(action: str) -> Exception:
    try:
        ACTIONS[action]()
    except Exception as error:  # noqa: BLE001 - whatever Python has to say
        return error
    raise AssertionError(action)


@pytest.mark.parametrize("action", ACTIONS)
def test_what_python_says_is_put_into_words(action: str) -> None:
    said = why(_caught(action))
    assert said
    assert not said.endswith(".")
    assert not any(word in said for word in ("Errno", "<unicode string>", "\n", "codec"))


def test_where_yaml_is_wrong_is_kept() -> None:
    assert "line 1, column 12" in why(_caught("yaml"))
