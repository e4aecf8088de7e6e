"""What an ONNX file may not hold: weights that lie elsewhere, and operators of somebody's own.

The card's digest is of the file alone. Weights in another one (`external_data`) are not under it:
two runs with one digest would give other scores, and any file could be read as weights. Field
numbers are those of onnx.proto3 (ONNX, Apache-2.0). Runs where the model runs: without rights.
"""

from collections.abc import Iterator

_MODEL, _GRAPH, _NODE, _ATTRIBUTE, _TENSOR, _SPARSE, _FUNCTION, _TRAINING, _OPERATORS = range(9)

_INSIDE: dict[int, dict[int, int]] = {
    _MODEL: {7: _GRAPH, 8: _OPERATORS, 20: _TRAINING, 25: _FUNCTION},
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
    _FUNCTION: {7: _NODE, 9: _OPERATORS, 11: _ATTRIBUTE},
    _TRAINING: {1: _GRAPH, 2: _GRAPH},
}
"""By message and field: which message lies there."""
_NODE_DOMAIN, _OPERATORS_DOMAIN, _EXTERNAL_DATA, _DATA_LOCATION = 7, 1, 13, 14
_KNOWN_DOMAINS = frozenset({b"", b"ai.onnx", b"ai.onnx.ml", b"com.microsoft"})
"""Operators that ONNX Runtime has by itself."""
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_DEEPEST = 64
"""Messages within messages."""


class OddModelError(ValueError):
    """It holds what it may not, or is no ONNX."""


def refuse_odd(content: bytes) -> None:
    """Return if the model is whole in itself. Raises OddModelError, in a few words."""
    waiting = [(_MODEL, 0, len(content), 0)]
    while waiting:
        message, start, end, depth = waiting.pop()
        for field, kind, at, length in _fields(content, start, end):
            if message == _TENSOR and (
                field == _EXTERNAL_DATA or (field == _DATA_LOCATION and length)
            ):
                raise OddModelError("its weights lie in another file, which no digest covers")
            named = {_NODE: _NODE_DOMAIN, _OPERATORS: _OPERATORS_DOMAIN}.get(message)
            if field == named and content[at : at + length] not in _KNOWN_DOMAINS:
                raise OddModelError("it needs operators that are not ONNX's own")
            inside = _INSIDE.get(message, {}).get(field)
            if inside is not None and kind == _BYTES:
                if depth >= _DEEPEST:
                    raise OddModelError("its parts lie too deep within each other")
                waiting.append((inside, at, at + length, depth + 1))


def _fields(content: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, wire type, place and length of each field; of a varint its value as the length."""
    while at < end:
        key, at = _varint(content, at, end)
        kind = key & 7
        if kind == _VARINT:
            value, after = _varint(content, at, end)
            yield key >> 3, kind, at, value
            at = after
            continue
        if kind == _BYTES:
            length, at = _varint(content, at, end)
        else:
            length = {_EIGHT: 8, _FOUR: 4}.get(kind, -1)
        if length < 0 or at + length > end:
            raise OddModelError("it is no ONNX, or damaged")
        yield key >> 3, kind, at, length
        at += length


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """The number there, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            break
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise OddModelError("it is no ONNX, or damaged")
