"""Numbers in words that a tired person reads at a glance."""


def size(count: float) -> str:
    """Bytes, in the decimal units that are printed on the devices: `512.1 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """`4 s`, `2 min 05 s`, `1 h 12 min`."""
    whole = round(seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def count(number: int, one: str, many: str = "") -> str:
    """`1 finding`, `12,345 findings`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
