"""`seek --version`: seek, and every part that shapes a result."""

from cli import console
from triage import __version__
from triage.coordinator.libraries import libraries
from triage.errors import WorkerError
from triage.scan.statement import ABSENT, parts


def show_version() -> None:
    """Print one line for seek and one for each part."""
    console.out.print(f"seek {__version__}")
    found = parts()
    if found["pytsk3"] != ABSENT:
        found |= _loaded_by_workers()
    for name, number in found.items():
        console.out.print(f"  {name:<24} {number}")


def _loaded_by_workers() -> dict[str, str]:
    try:
        return libraries()
    except WorkerError as error:
        return {"what workers load": f"not known: {error.message}"}
