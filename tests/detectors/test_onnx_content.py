"""A model is what its digest covers, and nothing else."""

import pytest

from tests.detectors.loaded import classifier_of
from triage.detectors.onnx_content import OddModelError, refuse_odd
from triage.errors import ModelError
from triage.packs.models import ModelPack, load_pack


@pytest.fixture(scope="module")
def pack() -> ModelPack:
    return load_pack("open-nsfw")


def number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def held(field: int, content: bytes) -> bytes:
    return number(field << 3 | 2) + number(len(content)) + content


def said(field: int, value: int) -> bytes:
    return number(field << 3) + number(value)


PASSWORDS = held(1, b"location") + held(2, b"/etc/passwd")
ELSEWHERE = said(1, 4) + said(2, 1) + held(8, b"weights") + held(13, PASSWORDS) + said(14, 1)
"""A tensor of four floats that lie in another file."""
ODD = {
    "an initial value": held(7, held(5, ELSEWHERE)),
    "an attribute": held(7, held(1, held(5, held(5, ELSEWHERE)))),
    "one of an attribute's many": held(7, held(1, held(5, held(10, ELSEWHERE)))),
    "a branch": held(7, held(1, held(5, held(6, held(5, ELSEWHERE))))),
    "a sparse value": held(7, held(15, held(1, ELSEWHERE))),
    "a sparse attribute": held(7, held(1, held(5, held(22, held(2, ELSEWHERE))))),
    "a function": held(25, held(7, held(5, held(5, ELSEWHERE)))),
    "training": held(20, held(2, held(5, ELSEWHERE))),
    "a place alone": held(7, held(5, held(13, PASSWORDS))),
    "a mark alone": held(7, held(5, said(14, 1))),
}


@pytest.mark.parametrize("where", ODD)
def test_weights_in_another_file_are_refused_wherever_they_are_named(
    pack: ModelPack, where: str
) -> None:
    """Messages that come twice are put together: what is appended becomes part of the graph."""
    with pytest.raises(ModelError, match="its weights lie in another file"):
        classifier_of(pack, pack.model_bytes() + ODD[where])


@pytest.mark.parametrize(
    "odd",
    [
        held(8, held(1, b"somebody.else") + said(2, 1)),
        held(7, held(1, held(4, b"Run") + held(7, b"somebody.else"))),
        held(25, held(9, held(1, b"x"))),
    ],
)
def test_operators_of_somebodys_own_are_refused(pack: ModelPack, odd: bytes) -> None:
    with pytest.raises(ModelError, match="operators that are not ONNX's own"):
        classifier_of(pack, pack.model_bytes() + odd)


def nested(depth: int) -> bytes:
    graph = b""
    for _ in range(depth):
        graph = held(1, held(5, held(6, graph)))
    return held(7, graph)


@pytest.mark.parametrize(
    "broken",
    [b"\x3a\xff\xff\xff\xff\x0f", b"\xff" * 12, b"\x3b", held(7, b"\x2a\x05ab"), nested(2000)],
    ids=["too long", "no number", "a group", "cut", "too deep"],
)
def test_what_is_no_onnx_is_refused_without_being_loaded(broken: bytes) -> None:
    with pytest.raises(OddModelError):
        refuse_odd(broken)


def test_the_shipped_model_is_whole(pack: ModelPack) -> None:
    refuse_odd(pack.model_bytes() + nested(10))
