"""Events and the values in them, described from their types and from what their source says."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec
from msgspec import inspect as types

from tests.events.meanings import MEANINGS
from triage.scan.events import Event

_SECONDS = re.compile(r"(^|_)seconds(_|$)")
_BYTES = re.compile(r"(^|_)(bytes|size|offset|length)$")
_PLAIN = {
    types.StrType: "string",
    types.BoolType: "true or false",
    types.BytesType: "string, Base64",
    types.NoneType: "null",
}


class Row(NamedTuple):
    """A field, or a value of an enumeration."""

    name: str
    type: str
    absent: str
    """What it is where it is left out; empty: it never is."""
    meaning: str


class Described(NamedTuple):
    """An event, a value inside one, or an enumeration."""

    title: str
    about: str
    rows: list[Row]
    is_array: bool = False


def events() -> list[Described]:
    """Every event, under the name that the field `event` has."""
    return [_described(each, str(each.tag)) for each in _events()]


def values() -> list[Described]:
    """Every value that is somewhere inside an event."""
    inside = [each for each in _met() if isinstance(each, types.StructType) and each.tag is None]
    return [_described(each, each.cls.__name__) for each in inside]


def words() -> list[Described]:
    """Every enumeration that a field takes its value from."""
    return [
        Described(
            each.cls.__name__, _sentences(each.cls.__doc__),
            [Row(f'"{word.value}"', "", "", _meaning(each.cls, word.name)) for word in each.cls],
        )
        for each in _met() if isinstance(each, types.EnumType)
    ]  # fmt: skip


def names() -> set[str]:
    """All that may have a meaning: `Class.field`."""
    structs = {
        f"{each.cls.__name__}.{field.name}"
        for each in _met() if isinstance(each, types.StructType) for field in each.fields
    }  # fmt: skip
    enums = {
        f"{each.cls.__name__}.{word.name}"
        for each in _met() if isinstance(each, types.EnumType) for word in each.cls
    }  # fmt: skip
    return structs | enums


def _events() -> list[types.StructType]:
    union = types.type_info(Event)
    assert isinstance(union, types.UnionType)
    return [each for each in union.types if isinstance(each, types.StructType)]


def _met() -> list[types.Type]:
    """Structs and enumerations, each once, in the order in which a reader meets them."""
    met: dict[type, types.Type] = {}

    def meet(kind: types.Type) -> None:
        if isinstance(kind, types.StructType | types.EnumType) and kind.cls in met:
            return
        if isinstance(kind, types.StructType | types.EnumType):
            met[kind.cls] = kind
        for inner in _inside(kind):
            meet(inner)

    for event in _events():
        meet(event)
    return list(met.values())


def _inside(kind: types.Type) -> Iterator[types.Type]:
    match kind:
        case types.StructType():
            yield from (field.type for field in kind.fields)
        case types.UnionType():
            yield from kind.types
        case types.VarTupleType():
            yield kind.item_type
        case types.DictType():
            yield from (kind.key_type, kind.value_type)
        case types.Metadata():
            yield kind.type
        case _:
            return


def _described(struct: types.StructType, title: str) -> Described:
    may_lack = struct.cls.__struct_config__.omit_defaults
    rows = [
        Row(field.encode_name, _type(field.type, field.name), _absent(field) if may_lack else "",
            _meaning(struct.cls, field.name))
        for field in struct.fields
    ]  # fmt: skip
    return Described(title, _sentences(struct.cls.__doc__), rows, struct.array_like)


def _absent(field: types.Field) -> str:
    """The default, as JSON; nothing if it must be there."""
    default = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    return "" if default is msgspec.NODEFAULT else msgspec.json.encode(default).decode()


def _type(kind: types.Type, name: str) -> str:
    match kind:
        case types.StructType() | types.EnumType():
            return f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})"
        case types.IntType() | types.FloatType():
            whole = "number" if isinstance(kind, types.FloatType) else "whole number"
            return f"{whole}, {unit}" if (unit := _unit(name)) else whole
        case types.UnionType():
            return " or ".join(_type(each, name) for each in kind.types)
        case types.VarTupleType():
            return f"array of {_type(kind.item_type, name)}"
        case types.DictType():
            return f"object: {_type(kind.key_type, '')} to {_type(kind.value_type, name)}"
        case types.Metadata():
            return _type(kind.type, name)
        case _:
            return _PLAIN[type(kind)]


def _unit(name: str) -> str:
    if _SECONDS.search(name):
        return "seconds"
    if name in ("created", "modified", "changed", "accessed"):
        return "seconds since 1970 UTC"
    return "bytes" if _BYTES.search(name) and not name.startswith("without_") else ""


def _meaning(cls: type, name: str) -> str:
    """What the source says below the field; else what is said here. Empty is a defect."""
    return _said_below(cls).get(name) or MEANINGS.get(f"{cls.__name__}.{name}", "")


@cache
def _said_below(cls: type) -> dict[str, str]:
    """Field or value to the string below it."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(tree, ast.ClassDef)
    said = {}
    for above, below in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            said[ast.unparse(above).split(":")[0].split(" =")[0]] = _sentences(below.value.value)
    return said


def _sentences(docstring: object) -> str:
    """In one line; what Python calls None is null in JSON."""
    said = " ".join(docstring.split()) if isinstance(docstring, str) else ""
    return re.sub(r"\bNone\b", "null", said)


def twice_explained() -> set[str]:
    """What the source explains, and MEANINGS too."""
    classes = {each.cls.__name__: each.cls for each in _met()
               if isinstance(each, types.StructType | types.EnumType)}  # fmt: skip
    pairs = (name.split(".") for name in MEANINGS)
    return {f"{cls}.{field}" for cls, field in pairs
            if cls in classes and field in _said_below(classes[cls])}  # fmt: skip
