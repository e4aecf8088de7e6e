"""What is attached to mail comes out as it was, however it was sent, and whatever is broken."""

import base64
import mailbox
import quopri
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.members import making_mails as making
from triage.containers.recognising import recognise
from triage.media.window import InMemory
from triage.members import mails
from triage.members.member import ContainerBytes, DamagedError, Opening
from triage.members.mime import TOO_DEEP
from triage.members.paged import PAGE

NOISE = random.Random(1).randbytes(30_000)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + NOISE
SMALL = JPEG[:900]


def taken(content: bytes | ContainerBytes, kind: str = "eml") -> dict[str, bytes]:
    """Name to content; an encrypted one's is `locked`. Raises DamagedError."""
    held = InMemory(content) if isinstance(content, bytes) else content
    return {
        member.name: b"locked" if member.locked else b"".join(member.chunks())
        for member in mails.members(held, Opening(kind=kind))
    }


def until_damaged(content: bytes, kind: str = "eml") -> tuple[list[bytes], str]:
    """Contents, and why it ended."""
    out = []
    try:
        for member in mails.members(InMemory(content), Opening(kind=kind)):
            out.append(b"".join(member.chunks()))
    except DamagedError as error:
        return out, error.reason
    return out, ""


@pytest.mark.parametrize("way", ["base64", "quoted-printable"])
def test_an_attachment_comes_out_byte_for_byte(way: str) -> None:
    assert taken(making.message({"a.jpg": JPEG}, way=way)) == {"a.jpg": JPEG}


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": making.base64_lines,
    "BASE64": base64.b64encode,
    "quoted-printable": quopri.encodestring,
    "x-uuencode": lambda data: making.uuencoded("a.jpg", data).partition(b"\n")[2],
    "binary": bytes,
    "8bit": bytes,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_message_that_is_a_file_comes_out(encoding: str) -> None:
    assert taken(making.single(ENCODINGS[encoding](JPEG), encoding)) == {"a.jpg": JPEG}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ('image/jpeg; name="=?utf-8?B?R3LDvMOfZS5qcGc=?="', "Grüße.jpg"),
        ("image/jpeg; name*=utf-8''Gr%C3%BC%C3%9Fe.jpg", "Grüße.jpg"),
        ('image/jpeg; name*0="Gr";\n name*1=uss.jpg', "Gruss.jpg"),
        ('image/jpeg; name="=?x-nobody?B?R3I=?="', "=?x-nobody?B?R3I=?="),
        ("image/jpeg", "part 1.jpeg"),
        ("image/jpeg\nContent-Location: https://example.org/b/c.jpg", "example.org/b/c.jpg"),
        ("image/jpeg\nContent-Disposition: attachment;\n\tfilename=d.jpg", "d.jpg"),
        ("image/jpeg; name=\x00\xff" + "a;" * 4000, None),
        ('=?;;;"=*0=*', None),
    ],
)
def test_names_are_read_in_every_dialect(kind: str, name: str | None) -> None:
    found = taken(making.single(making.base64_lines(JPEG), "base64", kind))
    assert list(found.values()) == [JPEG]
    assert name in (*found, None)


def test_a_message_in_a_message_is_walked_in_place() -> None:
    content = making.forwarded(making.forwarded(making.message({"a.jpg": JPEG, "b.jpg": SMALL})))
    assert taken(content) == {
        "message 2/message 4/a.jpg": JPEG, "message 2/message 4/b.jpg": SMALL,
    }  # fmt: skip


def test_what_follows_a_message_in_a_message_lies_beside_it() -> None:
    inner = making.message({"a.jpg": JPEG})
    more = b"\n--outer\nContent-Type: image/jpeg; name=b.jpg\n\n" + SMALL + b"\n--outer--\n"
    content = making.forwarded(inner).replace(b"\n--outer--\n", more)
    assert taken(content) == {"message 2/a.jpg": JPEG, "b.jpg": SMALL}


def test_a_mailbox_gives_each_message_s_attachments() -> None:
    messages = [making.message({f"{number}.jpg": JPEG}) for number in range(1, 40)]
    found = taken(making.mailbox(messages), "mbox")
    assert list(found) == [f"{number}/{number}.jpg" for number in range(1, 40)]
    assert set(found.values()) == {JPEG}


def test_a_mailbox_as_the_standard_library_writes_one(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    box.add(making.message({"a.jpg": JPEG}, text="From here on\nnothing: else\n"))
    box.add(making.message({"b.jpg": SMALL}))
    box.close()
    assert list(taken((tmp_path / "box").read_bytes(), "mbox").values()) == [JPEG, SMALL]


def test_text_that_looks_like_the_next_message_hides_nothing() -> None:
    text = "Hello\n\nFrom me to you\nSubject: a joke\n\nBye"
    content = making.mailbox([making.message({"a.jpg": JPEG}, text=text)])
    content = content.replace(b">From me", b"From me")
    assert JPEG in taken(content, "mbox").values()


def test_apple_s_messages_have_their_length_in_front() -> None:
    plain = making.message({"a.jpg": JPEG})
    assert taken(b"%d\n" % len(plain) + plain + b"<plist></plist>") == {"a.jpg": JPEG}


@pytest.mark.parametrize(
    "text",
    [
        making.uuencoded("a.jpg", JPEG),
        making.yenc("a.jpg", JPEG),
        b"begin-base64 644 a.jpg\n" + making.base64_lines(JPEG) + b"====\n",
    ],
)
def test_files_in_the_text_itself_come_out(text: bytes) -> None:
    content = making.single(b"see:\n\n" + text + b"\nbye\n" + text, "8bit", "text/plain")
    assert until_damaged(content) == ([JPEG, JPEG], "")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_files_in_a_text_that_was_encoded_come_out(encoding: str) -> None:
    text = b"see:\n" + making.uuencoded("a.jpg", JPEG) + b"bye\n"
    content = making.single(ENCODINGS[encoding](text), encoding, "text/plain")
    assert until_damaged(content) == ([JPEG], "")


def test_a_text_that_is_too_large_to_search_is_said_and_hides_nothing_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mails, "_LARGEST_PAGE", 20_000)
    page = (
        b"<p>" + b"words " * 4000 + b'<img src="data:image/jpeg;base64,' + base64.b64encode(SMALL)
    )
    parts = [making.single(page, "8bit", "text/html"), making.message({"a.jpg": JPEG})]
    assert until_damaged(making.mailbox(parts), "mbox") == ([JPEG], mails.TOO_LARGE)
    parts[0] = making.single(making.base64_lines(page), "base64", "text/plain")
    assert until_damaged(making.mailbox(parts), "mbox") == ([JPEG], mails.TOO_LARGE)


def test_a_field_of_a_header_that_is_made_very_long_hides_no_attachment() -> None:
    content = making.message({"a.jpg": JPEG})
    assert content.count(b"Content-Type: multipart/mixed;") == 1
    longer = content.replace(b"multipart/mixed;", b"multipart/mixed; " + b"x=y; " * 3000)
    assert taken(longer) == {"a.jpg": JPEG}


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_pictures_in_a_page_s_addresses_come_out(encoding: str) -> None:
    page = b'<img src="data:image/jpeg;base64,' + base64.b64encode(JPEG) + b'">'
    content = making.single(ENCODINGS[encoding](page), encoding, "text/html")
    assert list(taken(content, "mht").values()) == [JPEG]


def test_a_file_that_is_sent_as_text_is_no_text() -> None:
    content = making.single(making.base64_lines(JPEG), "base64", "text/plain")
    assert list(taken(content).values()) == [JPEG]


def test_text_is_no_file() -> None:
    assert taken(making.message({})) == {}
    utf_16 = making.base64_lines("Hello".encode("utf-16"))
    assert taken(making.single(utf_16, "base64", "text/plain; charset=utf-16")) == {}


def test_encrypted_mail_is_named() -> None:
    enveloped = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
    assert taken(making.single(b"MIIB", "base64", enveloped)) == {"smime.p7m": b"locked"}
    pgp = (
        b"From: a@example.org\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n"
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--x\n"
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\nabc\n--x--\n"
    )
    assert taken(pgp)["encrypted.asc"] == b"locked"


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "without padding": lambda mail: re.sub(rb"(?m)^([A-Za-z0-9+/]+)=+$", rb"\1", mail),
    "with blanks in it": lambda mail: mail.replace(b"JRg", b"J R\tg"),
    "with the line ends of Windows": lambda mail: mail.replace(b"\n", b"\r\n"),
    "without its last boundary": lambda mail: mail[: mail.rindex(b"\n--")],
    "without a blank line": lambda mail: mail.replace(b"\n\n/9j", b"\n/9j"),
    "without a boundary named": lambda mail: re.sub(rb"; boundary=\S+", b"", mail, count=1),
    "with a boundary in capitals": lambda mail: mail.replace(b"boundary=", b"BOUNDARY="),
    "with blanks behind boundaries": lambda mail: re.sub(rb"(\n--=\S+)", rb"\1  ", mail),
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_mail_gives_what_is_in_it(how: str) -> None:
    content = BROKEN[how](making.message({"a.jpg": JPEG}))
    assert until_damaged(content)[0] == [JPEG]


def test_mail_that_is_cut_off_gives_what_is_there_and_is_damaged() -> None:
    content = making.message({"a.jpg": SMALL, "b.jpg": JPEG})
    (whole, half), why = until_damaged(content[: len(content) // 2])
    assert (whole, why) == (SMALL, "it ends before the message does")
    assert JPEG.startswith(half)


def test_parts_a_thousand_deep_are_walked_and_deeper_ones_are_said() -> None:
    def nested(depth: int) -> bytes:
        begun = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
        )
        ended = b"".join(b"\n--b%d--" % n for n in reversed(range(depth)))
        return begun + b"Content-Type: image/jpeg\n\n" + SMALL + ended

    assert until_damaged(nested(1000)) == ([SMALL], "")
    assert until_damaged(nested(1001)) == ([], TOO_DEEP)
    messages = b"Content-Type: message/rfc822\n\n"
    picture = b"Content-Type: image/jpeg\n\n" + SMALL
    assert until_damaged(messages * 1000 + picture) == ([SMALL], "")
    assert until_damaged(messages * 5000 + picture) == ([], TOO_DEEP)


class Endless:
    """A mailbox of gigabytes, made as it is read; it notes how much is asked for at once."""

    def __init__(self, unit: bytes, times: int) -> None:
        self._unit, self.size = unit, len(unit) * times
        self.read, self.most = 0, 0

    def read_at(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        self.read, self.most = self.read + length, max(self.most, length)
        skip = offset % len(self._unit)
        return (self._unit * ((skip + length) // len(self._unit) + 1))[skip : skip + length]


def test_a_mailbox_of_gigabytes_is_never_held() -> None:
    unit = making.mailbox([making.message({"a.jpg": NOISE * 20})])
    box = Endless(unit, (2 << 30) // len(unit))
    members = mails.members(box, Opening(kind="mbox"))
    for _ in range(20):
        assert b"".join(next(members).chunks()) == NOISE * 20
    assert box.size > 2_000_000_000
    assert box.most <= PAGE
    assert box.read < 60 * len(unit)


def test_it_ends_when_time_is_up() -> None:
    box = Endless(making.mailbox([making.message({})]) * 100, 1000)
    left = iter([True] * 3)
    assert not list(mails.members(box, Opening(kind="mbox", goes_on=lambda: next(left, False))))
    assert box.read < 10 * PAGE


def test_a_hundred_thousand_messages_without_files() -> None:
    small = making.FROM + b"From: a@example.org\nTo: b@example.org\n\nHello\n\n"
    assert not list(mails.members(InMemory(small * 100_000), Opening(kind="mbox")))


@pytest.mark.parametrize("kind", ["eml", "mbox", "mht"])
def test_what_is_made_here_is_recognised(kind: str) -> None:
    plain = making.message({"a.jpg": JPEG})
    made = {"eml": plain, "mbox": making.mailbox([plain]), "mht": plain}[kind]
    held = recognise(made, len(made), f"a.{kind}")
    assert held is not None
    assert held.kind == kind
