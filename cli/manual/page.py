"""A command as a man page."""

import inspect
import re
from collections.abc import Iterator

from typer.core import TyperArgument, TyperOption

from cli.manual import roff
from cli.manual.tree import Node

_CODE = re.compile(r"(\d+) ([^;]+?)(?:; |\.$)")
_WHOLE_HELP = "Show this message and exit."


def page(node: Node, *, version: str, date: str) -> str:
    """Its text in man(7). `date`: ISO, of the sources."""
    title = f'.TH {node.page.upper()} 1 "{date}" "seek {version}" "Commands of seek"'
    about, *further = _paragraphs(node.command.help or "")
    name = f"{roff.escaped(node.page)} \\- {roff.text(_unfinished(about))}"
    lines = [title, roff.heading("name"), name, roff.heading("synopsis"), *_synopsis(node)]
    lines += [roff.heading("description"), roff.text(about)]
    for paragraph in further:
        lines += [".PP", roff.text(paragraph)]
    lines += _section("arguments", _arguments(node))
    lines += _section("options", _options(node))
    lines += _section("commands", _commands(node))
    lines += _section("exit status", _codes(node))
    lines += [roff.heading("see also"), _see_also(node)]
    return "\n".join(lines) + "\n"


def _section(title: str, items: Iterator[list[str]]) -> list[str]:
    """Nothing, if there are none."""
    lines = [line for item in items for line in item]
    return [roff.heading(title), *lines] if lines else []


def _paragraphs(about: str) -> list[str]:
    return [part for part in inspect.cleandoc(about).split("\n\n") if part]


def _unfinished(sentence: str) -> str:
    """The first sentence, as an index of pages lists it."""
    return sentence.split(". ", maxsplit=1)[0].rstrip(".")


def _synopsis(node: Node) -> list[str]:
    parts = [f".B {roff.escaped(node.typed)}"]
    if node.below:
        return [*parts, rf"{roff.slanted('COMMAND')} [{roff.slanted('ARGUMENT')}...]"]
    needed = [option for option in _offered(node) if option.required]
    return [
        *parts,
        f"[{roff.slanted('OPTION')}...]",
        *(f"{roff.bold(option.opts[0])} {roff.slanted(_value(option))}" for option in needed),
        *(_usage(argument) for argument in _taken(node)),
    ]


def _usage(argument: TyperArgument) -> str:
    shown = roff.slanted(_name(argument)) + ("..." if argument.nargs == -1 else "")
    return shown if argument.required else f"[{shown}]"


def _taken(node: Node) -> list[TyperArgument]:
    return [each for each in node.command.params if isinstance(each, TyperArgument)]


def _offered(node: Node) -> list[TyperOption]:
    options = [each for each in node.command.params if isinstance(each, TyperOption)]
    return [option for option in options if not option.hidden]


def _name(argument: TyperArgument) -> str:
    return (argument.metavar or argument.name or "").upper()


def _arguments(node: Node) -> Iterator[list[str]]:
    for argument in _taken(node):
        yield roff.item(roff.slanted(_name(argument)), argument.help or "")


def _options(node: Node) -> Iterator[list[str]]:
    for option in _offered(node):
        names = ", ".join(roff.bold(name) for name in (*option.opts, *option.secondary_opts))
        value = "" if option.is_flag else f" {roff.slanted(_value(option))}"
        yield roff.item(names + value, f"{option.help or ''} {_limits(option)}")
    helps = f"{roff.bold('--help')}, {roff.bold('-h')}"
    yield roff.item(helps, _WHOLE_HELP)


def _value(option: TyperOption) -> str:
    """What stands for the option's value."""
    if choices := getattr(option.type, "choices", None):
        return "|".join(map(str, choices))
    known = {"path": "FILE", "int": "N"}
    return option.metavar or known.get(option.type.name.split(" ")[0], "TEXT")


def _limits(option: TyperOption) -> str:
    """Its range and its default, where the words do not say it."""
    said = []
    lowest, highest = (getattr(option.type, each, None) for each in ("min", "max"))
    if lowest is not None:
        said.append(f"From {lowest} to {highest}.")
    has_default = not option.is_flag and option.default not in (None, "", (), [])
    if has_default and not option.required and "Default" not in (option.help or ""):
        said.append(f"Default: {option.default}.")
    return " ".join(said)


def _commands(node: Node) -> Iterator[list[str]]:
    for each in node.below:
        about = _paragraphs(each.command.help or "")[0]
        yield roff.item(rf"{roff.bold(each.page)}(1)", about)


def _codes(node: Node) -> Iterator[list[str]]:
    """The same that its help says."""
    for code, meaning in _CODE.findall(node.command.epilog or ""):
        yield roff.item(roff.bold(code), f"{meaning}.")


def _see_also(node: Node) -> str:
    above = "-".join(node.words[:-1]) if len(node.words) > 1 else "ssh-keygen"
    return rf"{roff.bold(above)}(1)"
