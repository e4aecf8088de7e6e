"""`seek --version`: seek, and every part that shapes a result."""

from cli import console
from triage import __version__
from triage.scan.statement import parts


def show_version() -> None:
    """Print one line for seek and one for each part."""
    console.out.print(f"seek {__version__}")
    for name, number in parts().items():
        console.out.print(f"  {name:<24} {number}")
