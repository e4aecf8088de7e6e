"""Foreign text made safe to look at, numbers made easy to read: for terminals and HTML alike."""

from datetime import UTC, datetime

_UNITS = ("kB", "MB", "GB", "TB", "PB")


def visible(text: str, longest: int = 0) -> str:
    """The text with everything that does not print written out: `\\n`, `\\x1b`, `\\u202e`.

    That covers control characters, bidirectional overrides, zero-width characters and lone
    surrogates; a backslash stays as it is. With `longest`, the middle is left out beyond that.
    """
    shown = text if text.isprintable() else "".join(map(_visible_character, text))
    if longest and len(shown) > longest:
        half = (longest - 1) // 2
        shown = f"{shown[:half]}…{shown[-half:]}"
    return shown


def size(amount: int) -> str:
    """Bytes with a decimal unit, as they are printed on devices: `64 GB`, `1.5 MB`, `17 bytes`."""
    if amount < 1000:
        return "1 byte" if amount == 1 else f"{amount} bytes"
    power = min((len(str(amount)) - 1) // 3, len(_UNITS))
    value, unit = amount / 1000**power, _UNITS[power - 1]
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def count(amount: int, one: str, many: str = "") -> str:
    """`1 file`, `12,345 files`."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """`4.2 s`, `12 min 5 s`, `3 h 20 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def utc_of(seconds: float | None) -> str:
    """A file's time stamp, ISO 8601 with a Z, to the second; empty if there is none, or no calendar
    holds it."""
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def clock(seconds: float) -> str:
    """A place in a video: `0:03`, `4:55`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    code = ord(character)
    if named:
        return named
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
