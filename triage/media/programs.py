"""MPEG's own containers: transport streams and program streams (ISO/IEC 13818-1), by structure.

Neither has a signature worth the name: a transport stream is a G every 188 bytes (192 on AVCHD
camcorders and Blu-ray, whose packets bear a time stamp; 204 where error correction is kept). So
what the packets say is held together: their counters must go on, and one of them must begin a
table or a stream.
"""

_PACKETS = (188, 192, 204)
_SYNC = 0x47
_LONGEST = max(_PACKETS)
_FEWEST = 5
_SYNCED = bytes([_SYNC]) * _FEWEST
_SOUND = frozenset(control for control in range(256) if control & 0x30)
"""What a packet's fourth byte may be: it has a payload, or a field before one."""
_MOST_TRIED = 16
"""Places from which packets may begin."""
_SURE = 0.95
"""Of the packets: a few may be damaged."""
_COUNTED = 0.8
"""Of those that follow one of the same stream."""
_NULL = 0x1FFF
_PROGRAM_TABLE = b"\x00\x00"
"""A pointer to what begins at once, and the number of the table of programs (2.4.4.3)."""
_STREAM = b"\x00\x00\x01"

PACK = b"\x00\x00\x01\xba"
_PADDING = b"\xff\x00"
_FURTHEST = 2048


def is_transport_stream(head: bytes) -> bool:
    """Whether content that begins so is packets of a transport stream; its start may be cut."""
    tried, start = 0, -1
    while (start := head.find(b"G", start + 1, _LONGEST)) >= 0:
        for size in _PACKETS:
            end = start + _FEWEST * size
            if start >= size or head[start:end:size] != _SYNCED:
                continue
            if not all(map(_SOUND.__contains__, head[start + 3 : end : size])):
                continue
            if tried == _MOST_TRIED:
                return False
            tried += 1
            if _goes_on(head, start, size):
                return True
    return False


def is_program_stream(head: bytes) -> bool:
    """Whether content begins with a pack whose header is followed by a packet (2.5.3)."""
    if not head.startswith(PACK) or len(head) < 20:
        return False
    if head[4] & 0xC4 == 0x44:
        end = 14 + (head[13] & 7)
        sound = head[6] & head[8] & 4 and head[9] & 1
    else:
        end = 12
        sound = head[4] & 0xF1 == 0x21 and head[6] & head[8] & 1
    if not sound:
        return False
    follows = head[end:_FURTHEST].lstrip(_PADDING)  # zeros may stand before a code
    return follows[:1] == b"\x01" and follows[1:2] >= b"\xb9"


def _goes_on(head: bytes, start: int, size: int) -> bool:
    """Whether packets of this size from `start` on are sound, and belong together."""
    places = range(start, len(head) - 3, size)
    sound = followed = counted = 0
    begins = False
    last: dict[int, int] = {}
    for at in places:
        mark, above, below, control = head[at : at + 4]
        if mark != _SYNC or above & 0x80 or control not in _SOUND:
            continue
        sound += 1
        stream = (above & 0x1F) << 8 | below
        if not control & 0x10 or stream == _NULL:
            continue
        counter = control & 0x0F
        if stream in last:
            followed += 1
            counted += (counter - last[stream]) & 0x0F == 1
        last[stream] = counter
        begins = begins or (bool(above & 0x40) and _begins(head, at, stream, control))
    return begins and sound >= _SURE * len(places) and counted >= _COUNTED * followed


def _begins(head: bytes, at: int, stream: int, control: int) -> bool:
    """Whether a packet that says that something begins in it is right."""
    payload = at + 4 + (1 + head[at + 4] if control & 0x20 and at + 4 < len(head) else 0)
    begins = _PROGRAM_TABLE if stream == 0 else _STREAM
    return head[payload : payload + len(begins)] == begins
