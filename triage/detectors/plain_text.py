"""Whether content is text, as file(1) tells it: no byte of it is a control code that texts lack.

Any encoding of one byte, UTF-8, and UTF-16 behind its mark.
"""

LOOKED_AT = 4096
"""Bytes of the beginning."""
_FIRST = 24
_CONTROLS = bytes([*range(7), *range(14, 27), *range(28, 32), 127])
"""What is in no text; bell, backspace, blanks and escape are."""
_BY_MARK = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_OF_CONTROLS = dict.fromkeys(_CONTROLS)


def begins_as_text(head: bytes) -> bool:
    """Whether the first few bytes are ASCII, whatever follows."""
    first = head[:_FIRST]
    return first.isascii() and _is_clean(first)


def is_text(head: bytes) -> bool:
    """Whether content that begins so is text; zeros at its end do not count."""
    if head[:2] in _BY_MARK:
        return _is_wide(head)
    if not _is_clean(head[:1]):
        return False
    start = head[:LOOKED_AT].rstrip(b"\0")
    return _is_clean(start[:_FIRST]) and _is_clean(start)


def _is_clean(content: bytes) -> bool:
    return len(content.translate(None, _CONTROLS)) == len(content)


def _is_wide(head: bytes) -> bool:
    start = head[2:LOOKED_AT]
    try:
        text = start[: len(start) & ~1].decode(_BY_MARK[head[:2]], "surrogatepass")
    except UnicodeDecodeError:
        return False
    text = text.rstrip("\0")
    return len(text.translate(_OF_CONTROLS)) == len(text)
