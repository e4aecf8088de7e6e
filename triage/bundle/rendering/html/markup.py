"""HTML that cannot be broken out of: strings are escaped, only `Html` goes through as it is."""

from collections.abc import Iterable, Sequence
from html import escape

from triage.bundle.format.shown import visible

LONGEST = 2000
"""Longer texts lose their middle here: a path may have megabytes. findings.json has it whole."""

_EMPTY = frozenset({"img", "input", "meta", "br", "hr"})


class Html(str):
    """Markup that is known to be safe; made by the functions here."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str) -> Html:
    """An element. A trailing `_` in an attribute's name is dropped, `_` inside becomes `-`."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_quotable(value)}"' if value else
        f' {key.rstrip("_").replace("_", "-")}'
        for key, value in attributes.items()
    )  # fmt: skip
    if name in _EMPTY:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{join(children)}</{name}>")


def join(children: Iterable[str], between: str = "") -> Html:
    """The children one after the other, escaped unless they are Html."""
    return Html(between.join(map(_safe, children)))


def foreign(text: str) -> Html:
    """Text from evidence: what does not print is written out, and its direction stays inside."""
    return tag("bdi", text) if text else Html("")


def code(text: str) -> Html:
    """Foreign text in which every character counts: paths, digests, keys."""
    return tag("code", foreign(text)) if text else Html("")


def section(title: str, *children: str, id_: str) -> Html:
    """A section with its heading."""
    return tag("section", tag("h2", title), *children, id_=id_)


def facts(pairs: Iterable[tuple[str, str]], class_: str = "") -> Html:
    """A list of names and values; those without a value are left out."""
    rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs if value]
    if not rows:
        return Html("")
    return tag("dl", *rows, class_=class_) if class_ else tag("dl", *rows)


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Iterable[int] = (),
    total: Sequence[str] = (),
    class_: str = "",
) -> Html:
    """A table; columns in `numbers` are aligned as such. `total` is its last row."""
    right = frozenset(numbers)

    def row(cells: Sequence[str], cell: str, **scope: str) -> Html:
        return tag("tr", *(
            tag(cell, text, **({"class_": "n"} if column in right else {}), **scope)
            for column, text in enumerate(cells)
        ))  # fmt: skip

    parts = [
        tag("thead", row(heads, "th", scope="col")),
        tag("tbody", *(row(cells, "td") for cells in rows)),
    ]
    if total:
        parts.append(tag("tfoot", row(total, "td")))
    whole = tag("table", *parts, class_=class_) if class_ else tag("table", *parts)
    # Whoever has no mouse scrolls what is wider than the window by keys: it takes the focus.
    named = join((head for head in heads if "<" not in head), ", ")
    return tag("div", whole, class_="wide", tabindex="0", role="region", aria_label=named)


def items(children: Iterable[str], class_: str = "") -> Html:
    """An unordered list."""
    rows = [tag("li", child) for child in children]
    return tag("ul", *rows, class_=class_) if class_ else tag("ul", *rows)


def _quotable(value: str) -> str:
    """Markup without an element in it is escaped text, quotes too."""
    return value if isinstance(value, Html) and "<" not in value else escape(visible(value))


def _safe(child: str) -> str:
    return child if isinstance(child, Html) else escape(visible(child, LONGEST))
