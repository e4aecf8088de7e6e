"""Workers whose part the test plays: all of the coordinator is real, and at the other end of a
channel the test says what it likes, when it likes."""

import os
import socket
from collections.abc import Iterator, Sequence

from triage.coordinator.children import Child, ForkServer
from triage.coordinator.pool import Pool
from triage.wire.forking import Fork
from triage.wire.messages import Reply, Request, frame, requests


class Voice:
    """The other end of one worker's channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        channel.settimeout(5)
        self._requests: Iterator[Request] = requests(channel)

    def say(self, *replies: Reply) -> None:
        self._channel.sendall(b"".join(map(frame, replies)))

    def say_bytes(self, data: bytes) -> None:
        self._channel.sendall(data)

    def asked(self, kind: type[Request]) -> Request:
        """The next request of that kind."""
        return next(each for each in self._requests if isinstance(each, kind))

    def is_heard(self) -> bool:
        """Whether the coordinator still holds its end."""
        self._channel.setblocking(False)
        try:
            while part := self._channel.recv(1 << 16, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                if not self._channel.recv(len(part)):
                    break
        except BlockingIOError:
            return True
        except ConnectionResetError:
            pass
        finally:
            self._channel.settimeout(5)
        return False

    def die(self) -> None:
        self._channel.close()


class Stage(ForkServer):
    """In place of the fork server: for each worker that it is asked for there is a voice."""

    def __init__(self) -> None:
        super().__init__()
        self.voices: list[Voice] = []

    def fork(self, wanted: Fork, descriptors: Sequence[int]) -> Child:
        self.voices.append(Voice(socket.socket(fileno=os.dup(descriptors[0]))))
        child = Child(self)
        child.unborn(None)
        return child

    def close(self) -> None:
        for voice in self.voices:
            voice.die()


def pool_on(stage: Stage) -> Pool:
    """A pool whose workers are played."""
    pool = Pool()
    pool._fork_server = stage
    return pool
