"""Makes messages and mailboxes, by the standard library where it writes them, else line by line."""

import base64
import binascii
from collections.abc import Iterable
from email.message import EmailMessage

FROM = b"From sam@example.org Mon Jan  1 10:00:00 2024\n"


def message(
    attached: dict[str, bytes], *, way: str = "base64", text: str = "Hello.\n-- \nSam"
) -> bytes:
    """With these files, each encoded in that way."""
    made = EmailMessage()
    made["From"], made["To"] = "sam@example.org", "alex@example.org"
    made["Subject"] = "pictures"
    made.set_content(text)
    for name, content in attached.items():
        made.add_attachment(content, "image", "jpeg", filename=name, cte=way)
    return made.as_bytes()


def forwarded(inner: bytes) -> bytes:
    """A message in a message, as it stands."""
    return (
        b"From: a@example.org\nTo: b@example.org\nContent-Type: multipart/mixed; boundary=outer\n\n"
        b"--outer\nContent-Type: text/plain\n\nsee below\n--outer\nContent-Type: message/rfc822\n\n"
        + inner
        + b"\n--outer--\n"
    )


def mailbox(messages: Iterable[bytes]) -> bytes:
    """Each behind its line."""
    return b"".join(FROM + each + b"\n" for each in messages)


def single(content: bytes, encoding: str, kind: str = 'image/jpeg; name="a.jpg"') -> bytes:
    """A message that is nothing but one file; `content` as it was sent."""
    return (
        b"From: a@example.org\nTo: b@example.org\nMIME-Version: 1.0\n"
        + f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        + content
    )


def uuencoded(name: str, content: bytes) -> bytes:
    """With its first and last line."""
    lines = (binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    return f"begin 644 {name}\n".encode() + b"".join(lines) + b"`\nend\n"


def yenc(name: str, content: bytes) -> bytes:
    """In lines of 128."""
    out = bytearray(f"=ybegin line=128 size={len(content)} name={name}\n".encode())
    width = 0
    for byte in content:
        coded = (byte + 42) % 256
        if coded in b"\0\n\r=":
            out += bytes([ord("="), (coded + 64) % 256])
        else:
            out.append(coded)
        width += 1
        if width == 128:
            out += b"\n"
            width = 0
    return bytes(out) + b"\n=yend\n"


def base64_lines(content: bytes) -> bytes:
    """As mail has it."""
    return base64.encodebytes(content)
