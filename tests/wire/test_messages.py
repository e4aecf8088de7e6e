"""What comes from a worker is taken in whole, within its bounds and its types, or not at all."""

import struct

import msgspec
import pytest

from triage.errors import WorkerError
from triage.wire.messages import MAX_FRAME, MOST_SAID, Failed, Glanced, Inbox, Ready, Results, frame

READY = Ready(confinement=("seccomp",), libraries={"libmagic": "5.45"})


def taken(data: bytes) -> list[object]:
    return list(Inbox().feed(data))


def framed(body: bytes) -> bytes:
    return struct.pack("<I", len(body)) + body


def test_messages_come_in_pieces_and_several_at_once() -> None:
    data = frame(READY) + frame(Failed(message="no"))
    assert taken(data) == [READY, Failed(message="no")]
    inbox = Inbox()
    each = [reply for number in range(len(data)) for reply in inbox.feed(data[number:][:1])]
    assert each == [READY, Failed(message="no")]


def test_a_length_that_no_message_has_is_refused_before_anything_is_kept() -> None:
    assert taken(struct.pack("<I", MAX_FRAME)) == [], "as long as may be: the rest is waited for"
    with pytest.raises(WorkerError, match=f"a message of {MAX_FRAME + 1} bytes"):
        taken(struct.pack("<I", MAX_FRAME + 1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\x91" * 100_000,
        frame(READY)[4:] + b"\x00",
        msgspec.msgpack.encode({"type": "ready"}),
        msgspec.msgpack.encode({"type": "setup", "role": "survey"}),
        msgspec.msgpack.encode({"type": "ready", "confinement": "seccomp"}),
        msgspec.msgpack.encode({"type": "ready", "confinement": [b"\xff\xfe"]}),
        b"\x82\xa4type\xa6failed\xa7message\xa2\xff\xfe",
        msgspec.msgpack.encode({"type": "failed", "message": "x" * (MOST_SAID + 1)}),
        msgspec.msgpack.encode({"type": "glanced", "promising": [0], "seconds": -1.0}),
        msgspec.msgpack.encode({"type": "glanced", "promising": [0], "seconds": float("nan")}),
        msgspec.msgpack.encode({"type": "results", "results": [], "seconds": float("inf")}),
    ],
    ids=["empty", "none", "deep", "more", "fields", "request", "type", "bytes", "no text", "long",
         "before", "no number", "no end"],
)  # fmt: skip
def test_what_is_not_in_the_protocol_is_refused(body: bytes) -> None:
    with pytest.raises(WorkerError, match="not in the protocol"):
        taken(framed(body))


def test_no_message_is_made_that_would_be_refused() -> None:
    with pytest.raises(WorkerError, match="too long to send"):
        frame(Failed(message="x" * MAX_FRAME))


def test_what_may_be_said_is_understood() -> None:
    for reply in (
        Glanced(promising=(1, 2), seconds=0.0),
        Results(entry_ids=(), results=(), seconds=1.5),
        Failed(message="x" * MOST_SAID),
    ):
        assert taken(frame(reply)) == [reply]
