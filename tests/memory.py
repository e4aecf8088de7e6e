"""The most memory that a process had. `ru_maxrss` has the most of whoever forked it, too."""

from pathlib import Path


def most_of(process: int | str = "self") -> int:
    """Bytes, since exec began it anew; 0 of one that is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
