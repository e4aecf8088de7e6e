"""placeholder"""

from pathlib import Path


def run(folder: Path) -> str:
    return ""
