"""`python -m tests.events`: writes the tables and examples of docs/events.md anew."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.events.described import Described, Row, events, values, words
from tests.events.examples import EXAMPLES
from triage.scan.events import encode

DOCUMENT = Path(__file__).parents[2] / "docs/events.md"
_WIDTH = 100
PARTS = {"events": events, "values": values, "words": words}


def part(name: str) -> str:
    """Of the document: every event, every value inside them, or every enumeration."""
    shown = {str(json.loads(line)["event"]): line for line in map(encode, EXAMPLES)}
    return "\n".join(_section(each, shown.get(each.title, b"")) for each in PARTS[name]())


def _section(each: Described, example: bytes) -> str:
    lines = [f"### {each.title}", "", *filter(None, [each.about, _shape(each)]), ""]
    if example:
        lines += ["```json", _laid_out(json.loads(example)), "```", ""]
    return "\n".join([*lines, *_table(each.rows)]) + "\n"


def _shape(each: Described) -> str:
    return "An array of these, in this order, in place of an object." if each.is_array else ""


def _table(rows: list[Row]) -> Iterator[str]:
    """With a column for what every row has none of left out."""
    of_fields, may_lack = any(row.type for row in rows), any(row.absent for row in rows)
    columns = ["field", "type"] if of_fields else ["value"]
    yield _line([*columns, *(["absent means"] if may_lack else []), "meaning"])
    yield "|" + "---|" * (len(columns) + may_lack + 1)
    for row in rows:
        cells = [f"`{row.name}`", *([row.type] if of_fields else [])]
        absent = f"`{row.absent}`" if row.absent else "always there"
        yield _line([*cells, *([absent] if may_lack else []), row.meaning])


def _line(cells: list[str]) -> str:
    escaped = " | ".join(cell.replace("|", r"\|") for cell in cells)
    return f"| {escaped} |"


def _laid_out(value: object, indent: str = "") -> str:
    """JSON; what does not fit a line is broken, an element a line."""
    whole = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(whole) <= _WIDTH or not isinstance(value, dict | list):
        return whole
    deeper = indent + " "
    if isinstance(value, list):
        inner = [_laid_out(each, deeper) for each in value]
    else:
        inner = [f"{json.dumps(key)}: {_laid_out(each, deeper)}" for key, each in value.items()]
    opens, closes = "[]" if isinstance(value, list) else "{}"
    return f"{opens}\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}{closes}"


def main() -> None:
    """Between the marks, and nothing else."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in PARTS:
        begin, end = marks(name)
        before, after = text.split(begin)[0], text.split(end)[1]
        text = before + framed(name) + after
    DOCUMENT.write_text(text, encoding="utf-8")


def marks(name: str) -> tuple[str, str]:
    """Lines before and after what is written here."""
    return f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"


def framed(name: str) -> str:
    """With its marks."""
    begin, end = marks(name)
    return f"{begin}{part(name)}{end}"


if __name__ == "__main__":
    main()
