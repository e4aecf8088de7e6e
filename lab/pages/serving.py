"""The server: by default for this machine alone, by TLS for others too."""

import ipaddress
import signal
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from lab.pages.app import application
from lab.pages.house import house_of
from lab.settling import writing
from lab.store import LabStore
from triage.errors import StoreError, UsageError, why

_MOST_AT_ONCE = 100
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_USUAL = {True: 443, False: 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where, and how."""

    address: str = "127.0.0.1"
    port: int = 8824
    """0: a free one."""
    names: Sequence[str] = ()
    """What browsers may call the server, besides the address."""
    certificate: Path | None = None
    key: Path | None = None

    @property
    def secure(self) -> bool:
        """Whether by TLS."""
        return self.certificate is not None


def serve(store: LabStore, served: Served, tell: Callable[[str], None]) -> None:
    """Until it is interrupted; `tell` has the address once it answers.

    Raises UsageError where passwords would go over a network in the open, StoreError.
    """
    _refuse_in_the_open(served)
    with writing(store):
        pass  # what a crash left is settled, and the tables are there
    with _listening(served) as listening:
        port = listening.getsockname()[1]
        hosts = _hosts(served, port)
        house = house_of(store, time.monotonic, hosts, secure=served.secure)
        try:
            config = uvicorn.Config(
                application(house), http="h11", ws="none", lifespan="off", loop="asyncio",
                log_config=None, access_log=False, server_header=False, proxy_headers=False,
                limit_concurrency=_MOST_AT_ONCE, timeout_keep_alive=15, timeout_graceful_shutdown=5,
                ssl_certfile=served.certificate, ssl_keyfile=served.key,
            )  # fmt: skip
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise StoreError(
                f"Certificate and key cannot be used: {why(error)}.",
                hint="Both are PEM files; the key has no passphrase.",
            ) from error
        tell(f"{'https' if served.secure else 'http'}://{_written(served.address)}:{port}/")
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            with suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listening])
        finally:
            signal.signal(signal.SIGTERM, before)
            house.comings.close()


def _interrupt(*_: object) -> None:
    """A polite kill ends it as Ctrl-C does."""
    raise KeyboardInterrupt


def _refuse_in_the_open(served: Served) -> None:
    try:
        loopback = ipaddress.ip_address(served.address).is_loopback
    except ValueError as error:
        raise UsageError(
            f"{served.address} is no address.", hint="Give one of this machine, as 192.0.2.7."
        ) from error
    if (served.certificate is None) != (served.key is None):
        raise UsageError(
            "A certificate needs its key, and a key its certificate.",
            hint="Say --tls-cert FILE and --tls-key FILE.",
        )
    if not loopback and not served.secure:
        raise UsageError(
            "For other machines than this one the pages are served by TLS alone.",
            hint="Say --tls-cert FILE and --tls-key FILE, or leave --address out.",
        )


def _listening(served: Served) -> socket.socket:
    family = socket.AF_INET6 if ":" in served.address else socket.AF_INET
    try:
        return socket.create_server((served.address, served.port), family=family)
    except OSError as error:
        raise StoreError(
            f"{_written(served.address)}:{served.port} cannot be served: {why(error)}.",
            hint="Is it served already? --port takes another one.",
        ) from error


def _hosts(served: Served, port: int) -> frozenset[str]:
    names = {_written(served.address), *(name.lower() for name in served.names)}
    if ipaddress.ip_address(served.address).is_loopback:
        names |= {*_LOOPBACK_NAMES}
    with_port = {f"{name}:{port}" for name in names}
    return frozenset(with_port | (names if port == _USUAL[served.secure] else set()))


def _written(address: str) -> str:
    """As a browser writes it."""
    return f"[{address}]" if ":" in address else address
