"""Whatever the bytes are, the parsers of a bundle say no in their own words, and quickly."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.bundle import samples
from triage.bundle.checking import crosscheck, sshsig
from triage.bundle.format import auditlog, first, layout, manifest, schema
from triage.bundle.format.shown import size, visible
from triage.errors import BundleError, VerificationError

many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def whole(sealed_once: Path) -> dict[str, bytes]:
    return {name: (sealed_once / name).read_bytes() for name in (*layout.LISTED, layout.MANIFEST,
                                                                 layout.SIGNATURE)}  # fmt: skip


def parse_armored(kind: bytes) -> Callable[[bytes], object]:
    def parse(blob: bytes) -> object:
        encoded = base64.b64encode(blob)
        text = b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (kind, encoded, kind)
        reader = sshsig.parse_signature if b"SIG" in kind else sshsig.parse_private
        return reader(text)

    return parse


READERS: tuple[tuple[Callable[[bytes], object], type[Exception], bytes], ...] = (
    (manifest.parse, VerificationError, b""),
    (schema.decode, BundleError, b'{"format":"seek findings",'),
    (sshsig.parse_signature, sshsig.NotOpenSSH, b"-----BEGIN SSH SIGNATURE-----\n"),
    (parse_armored(b"SSH SIGNATURE"), sshsig.NotOpenSSH, b"SSHSIG\0\0\0\1"),
    (parse_armored(b"OPENSSH PRIVATE KEY"), sshsig.NotOpenSSH, b"openssh-key-v1\0"),
    (lambda b: sshsig.parse_public(b.decode("latin-1")), sshsig.NotOpenSSH, b"ssh-ed25519 "),
    (lambda b: auditlog.check(b.split(b"\n")), VerificationError, b'{"seq":0,'),
    (lambda b: crosscheck.tally(b.split(b"\n")), VerificationError, b'{"id":1,'),
)


@pytest.mark.parametrize(("read", "error", "begin"), READERS)
@many
@given(noise=some.binary(max_size=400))
def test_noise_is_refused(
    read: Callable[[bytes], object], error: type[Exception], begin: bytes, noise: bytes
) -> None:
    for content in (noise, begin + noise):
        with suppress(error):
            read(content)


@many
@given(data=some.data())
def test_spoiled_files_are_refused_or_read(whole: dict[str, bytes], data: some.DataObject) -> None:
    readers: dict[str, tuple[Callable[[bytes], object], type[Exception]]] = {
        layout.FINDINGS: (schema.decode, BundleError),
        layout.MANIFEST: (manifest.parse, VerificationError),
        layout.SIGNATURE: (sshsig.parse_signature, sshsig.NotOpenSSH),
        layout.LOG: (lambda b: auditlog.check(b.splitlines()), VerificationError),
        layout.ENTRIES: (lambda b: crosscheck.tally(b.splitlines()), VerificationError),
    }
    name = data.draw(some.sampled_from(sorted(readers)))
    content = bytearray(whole[name])
    for _ in range(data.draw(some.integers(1, 4))):
        position = data.draw(some.integers(0, len(content) - 1))
        content[position : position + data.draw(some.integers(0, 3))] = data.draw(
            some.binary(max_size=3)
        )
    read, error = readers[name]
    with suppress(error):
        read(bytes(content))


@many
@given(data=some.data())
def test_a_spoiled_bundle_of_format_1_is_refused_or_read(data: some.DataObject) -> None:
    (sealed,) = Path(samples.__file__).with_name("first_format").iterdir()
    content = bytearray((sealed / data.draw(some.sampled_from(FIRST))).read_bytes())
    for _ in range(data.draw(some.integers(1, 4))):
        position = data.draw(some.integers(0, len(content) - 1))
        length = data.draw(some.integers(0, 3))
        content[position : position + length] = data.draw(some.binary(max_size=3))
    with suppress(BundleError):
        schema.decode(bytes(content))
    with suppress(VerificationError):
        crosscheck.tally(bytes(content).splitlines(), first.FORMAT)


FIRST = (layout.FINDINGS, layout.ENTRIES)
ODD = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)
PLACES = ("unread", "volumes", "findings", "caps", "coverage")


@many
@given(value=ODD, place=some.sampled_from(PLACES))
def test_whatever_stands_in_a_document_of_format_1_is_refused_or_read(
    value: object, place: str
) -> None:
    (sealed,) = Path(samples.__file__).with_name("first_format").iterdir()
    said = json.loads((sealed / layout.FINDINGS).read_bytes())
    odd: list[dict[str, object]] = [{**said, place: value}, {**said, "unread": {"d0": value}}]
    finding = said["findings"][0]
    odd += [{**said, "findings": [{**finding, name: value}]} for name in finding]
    (volume, *_) = said["volumes"]
    for name in ("id", "offset", "size"):
        odd.append({**said, "volumes": [{**volume, name: value}]})
    for document in odd:
        with suppress(BundleError):
            schema.decode(json.dumps(document).encode("utf-8", "surrogatepass"))


@many
@given(text=some.text())
def test_what_is_shown_prints(text: str) -> None:
    assert visible(text).isprintable()
    assert len(visible(text, 20)) <= 20


@many
@given(amount=some.integers(0, 2**80))
def test_sizes_are_short(amount: int) -> None:
    assert len(size(amount)) < 16


def test_the_samples_are_hostile_enough() -> None:
    assert not samples.NASTY.isprintable()
