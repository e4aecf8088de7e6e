"""Places in a picture's content that the picture itself names. Claims: what lies there decides."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlace:
    """Where a part is said to begin."""

    at: int
    """Bytes from the beginning of the content."""
    kind: str
    thumbnail: bool = False
    """As of a part."""
