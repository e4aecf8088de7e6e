"""An event: a device got warm."""

from tests.adding.recipes import UNDEFINED, Step, Toy

CLASS = '''

class Warmed(Value, frozen=True, kw_only=True, tag="warmed", tag_field="event"):
    """A device says that it got warm."""

    device_id: str
    degrees: float
    """Celsius."""
'''
EVENTS = "triage/scan/events.py"
TESTS = "tests/events/test_events.py"
WRITTEN = f"{TESTS}::test_the_document_is_what_the_program_says"
SHOWN = f"{TESTS}::test_there_is_an_example_of_every_event_and_the_program_would_read_it"
MEANT = f"{TESTS}::test_every_field_and_every_value_has_a_meaning"

TOY = Toy(
    recipe="An event",
    name="warmed",
    steps=(
        Step(file=EVENTS, added=CLASS, before="\n\nEvent = (\n", noticed=(SHOWN,)),
        Step(file=EVENTS, added="    | Warmed\n", before="    | Sealed\n", noticed=(SHOWN,)),
        Step(
            file="tests/events/examples.py",
            added="    VolumeSeen,\n    Warmed,\n)\n",
            before="    VolumeSeen,\n)\n",
            instead=True,
            noticed=(UNDEFINED,),
        ),
        Step(
            file="tests/events/examples.py",
            added='    Warmed(device_id="d0", degrees=48.5),\n',
            before="    Sealed(\n        bundle=_BUNDLE,",
            noticed=(SHOWN,),
        ),
        Step(
            file="tests/events/meanings.py",
            added='    "Warmed.device_id": "`id` of the device.",\n',
            before='    "Volume.device_id":',
            noticed=(MEANT,),
        ),
        Step(file="docs/events.md", program=("-m", "tests.events"), noticed=(WRITTEN,)),
    ),
)
