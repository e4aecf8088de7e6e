"""A message: an examiner says how often it hummed."""

from tests.adding.recipes import UNDEFINED, Step, Toy

CLASS = '''\
class Hummed(msgspec.Struct, frozen=True, kw_only=True, tag="hummed"):
    """How often the worker hummed over the entries in hand."""

    times: int


'''
CHECK = '''\
def check_hummed(reply: Hummed) -> None:
    """Not less than never, and not without end. Raises WorkerError."""
    if not 0 <= reply.times <= LARGEST:
        raise WorkerError("a worker hummed an absurd number of times")


'''
HEARD = """\
        elif isinstance(reply, Hummed) and desk.batch and desk.batch.job.settles:
            checking.check_hummed(reply)
"""
SAID = """\
            case Examine(entries=entries):
                yield Hummed(times=len(entries))
"""
ROW = (
    "| `Hummed` | never | examining, examining alone, comparing | never | never "
    "| `check_hummed`: a number that can be |\n"
)
LIMIT = "| `Hummed.times` | 0 to 9,223,372,036,854,775,807 |\n"
TESTS = "tests/coordinator/test_messages.py"
PAGE = f"{TESTS}::test_the_page_has_every_message_and_no_other"
CHECKED = f"{TESTS}::test_each_message_is_checked_when_it_comes"
TAKEN = f"{TESTS}::test_each_message_is_taken_where_it_may_come_and_is_the_end_elsewhere"
SPOKEN = f"{TESTS}::test_every_message_is_said_by_somebody"
LIMITED = "tests/coordinator/test_limits.py::test_every_field_of_every_message_has_its_limit_on_the_page_and_no_other"  # noqa: E501
SCAN = "tests/scan/test_last_picture.py"
MESSAGES, CHECKING = "triage/wire/messages.py", "triage/coordinator/checking.py"
EXAMINERS, EXAMINE = "triage/coordinator/examiners.py", "triage/workers/examine.py"

TOY = Toy(
    recipe="A message",
    name="hummed",
    steps=(
        Step(file=MESSAGES, added=CLASS, before="class Failed(", noticed=(PAGE,)),
        Step(
            file=MESSAGES,
            added="    | Hummed\n    | Described\n",
            before="    | Described\n",
            instead=True,
            noticed=(PAGE,),
        ),
        Step(file=CHECKING, added="    Hummed,\n", before="    Ready,\n", noticed=(UNDEFINED,)),
        Step(
            file=CHECKING,
            added=CHECK,
            before="def check_volumes(",
            noticed=(f"{TESTS}::test_the_page_has_every_check_once",),
        ),
        Step(file=EXAMINERS, added="    Hummed,\n", before="    Reply,\n", noticed=(UNDEFINED,)),
        Step(
            file=EXAMINERS,
            added=HEARD,
            before="        elif isinstance(reply, Glanced)",
            noticed=(TAKEN,),
        ),
        Step(file=EXAMINE, added="    Hummed,\n", before="    Reply,\n", noticed=(UNDEFINED,)),
        Step(
            file=EXAMINE,
            added=SAID,
            before="            case Examine(entries=entries):\n",
            instead=True,
            noticed=(SPOKEN,),
        ),
        Step(file="docs/messages.md", added=ROW, before="| `Failed` |", noticed=(PAGE,)),
        Step(
            file="docs/messages.md",
            added=LIMIT,
            before="| `Ready.confinement` |",
            noticed=(LIMITED,),
        ),
        Step(
            file=TESTS,
            added="    Hummed,\n    ListVolumes,\n",
            before="    ListVolumes,\n",
            instead=True,
            noticed=(UNDEFINED,),
        ),
        Step(
            file=TESTS,
            added='    "Hummed": Hummed(times=1),\n',
            before='    "Failed": Failed(message="no"),\n',
            noticed=(TAKEN,),
        ),
        Step(
            file=TESTS,
            added='    "Hummed": ("examiner", "examining", Hummed(times=-1)),\n',
            before='    "Glanced": ("examiner", "glancing"',
            noticed=(CHECKED,),
        ),
    ),
    holds=(SCAN,),
)
