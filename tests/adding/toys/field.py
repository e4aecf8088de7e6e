"""A field of every entry that was read: its first four bytes."""

from tests.adding.recipes import Step, Toy

FIELD = '''\
    begins_with: Short = ""
    """The first four bytes in hex, of what was looked at by its type."""
'''
TEST = """\
def test_what_it_begins_with_is_said(scanned: Scanned) -> None:
    assert scanned.line("grey.jpg").result.begins_with.startswith("ffd8ff")
    assert "begins with ffd8ff" in (scanned.bundle / "report.html").read_text()


"""
LINES = "tests/scan/test_what_a_line_says.py"
SAID = f"{LINES}::test_what_it_begins_with_is_said"

TOY = Toy(
    recipe="A field of a finding, or of every entry",
    name="begins_with",
    steps=(
        Step(
            file="triage/findings.py",
            added=FIELD,
            before="    bad: Annotated[tuple[Run, ...]",
            noticed=(SAID,),
        ),
        Step(
            file="triage/workers/outcomes.py",
            added="        begins_with=item.head[:4].hex(),\n",
            before="        matches=look.matches,\n",
            noticed=(SAID,),
        ),
        Step(
            file="triage/bundle/rendering/html/findings.py",
            added='        ("begins with", finding.result.begins_with),\n',
            before='        ("codec", foreign(capture.codec)),\n',
            noticed=(SAID,),
        ),
        Step(
            file="docs/formats/bundle.md",
            added="| `begins_with` | the first four bytes, of what was looked at by its type |\n",
            before="| `position` | only of findings",
            noticed=(
                "tests/bundle/test_docs.py::test_the_format_page_names_every_field_of_a_line",
            ),
        ),
        Step(file=LINES, added=TEST, before="def test_where_it_was_taken_is_told"),
        Step(
            file="docs/events.md",
            program=("-m", "tests.events"),
            noticed=("tests/events/test_events.py::test_the_document_is_what_the_program_says",),
        ),
        Step(
            file="triage/bundle/format/findings.schema.json",
            program=("-m", "tests.bundle"),
            noticed=(
                "tests/bundle/test_schema.py::test_the_shipped_schema_is_the_one_of_the_code",
            ),
        ),
    ),
)
