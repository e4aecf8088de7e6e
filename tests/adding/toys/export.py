"""An export: each finding's SHA-256 and path, a line each."""

from tests.adding.recipes import UNDEFINED, Step, Toy

RENDERER = '''\
"""SHA-256 and path of every finding, a line each."""

from triage.bundle.format.document import Document
from triage.bundle.format.shown import visible


def render(document: Document) -> bytes:
    """The whole file."""
    lines = (
        f"{finding.digests.get('sha256', '')}  {visible(finding.entry.path)}\\n"
        for finding in document.findings
    )
    return "".join(lines).encode("utf-8")
'''
LIES = "tests/bundle/test_exports.py::test_exports_lie_beside_the_bundle_and_leave_it_alone"
README = "tests/cli/test_readme.py"
EXPORTS = "triage/bundle/writing/exports.py"

TOY = Toy(
    recipe="An export",
    name="pebbles",
    steps=(
        Step(file="triage/bundle/rendering/pebbles.py", added=RENDERER, noticed=(LIES,)),
        Step(
            file=EXPORTS,
            added="    html,\n    pebbles,\n",
            before="    html,\n",
            instead=True,
            noticed=(UNDEFINED,),
        ),
        Step(
            file=EXPORTS,
            added='    PEBBLES = "pebbles"\n',
            before="\n\n_ENDINGS = {",
            noticed=(LIES,),
        ),
        Step(
            file=EXPORTS,
            added='_ENDINGS = {\n    Export.PEBBLES: "pebbles.txt",\n',
            before="_ENDINGS = {\n",
            instead=True,
            noticed=(LIES,),
        ),
        Step(
            file=EXPORTS,
            added="        case Export.PEBBLES:\n            yield pebbles.render(document)\n",
            before="        case Export.CSV:\n",
            noticed=(LIES,),
        ),
        Step(
            file="cli/report.py",
            added="`seek hash-set build`. pebbles: names.",
            before="`seek hash-set build`.",
            instead=True,
            noticed=(f"{README}::test_the_help_of_report_explains_every_export",),
        ),
        Step(
            file="README.md",
            added="|pebbles",
            before="]\n                                              render it again",
            noticed=(f"{README}::test_the_table_shows_every_export",),
        ),
        Step(
            file="docs/formats/exports.md",
            added="| `pebbles` | `NAME-pebbles.txt` | people with a list |\n",
            before="\n**CSV.**",
            noticed=(f"{README}::test_the_page_of_exports_has_a_row_for_each_with_its_file",),
        ),
    ),
    holds=(
        "tests/test_installations.py"
        "::test_bundles_are_verified_and_exported_where_msgspec_alone_is_installed",
    ),
)
