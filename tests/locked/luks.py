"""LUKS volumes: cryptsetup makes the header, and what lies behind it is encrypted sector by sector.

cryptsetup needs the kernel's device mapper to encrypt a volume, and tests have none. It is told the
volume's key, and each sector gets a context of its own: another way than the reader's.
"""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY = bytes(range(64))
PASSPHRASE = "a long walk by the river"  # noqa: S105
FAST = ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")


def header(path: Path, size: int, *options: str, key: bytes = KEY) -> None:
    """An empty one of `size` bytes; `options`: cryptsetup's."""
    with path.open("wb") as file:
        file.truncate(size)
    key_file = path.with_name(f"{path.name}.key")
    key_file.write_bytes(key)
    subprocess.run(
        ["cryptsetup", "-q", "luksFormat", "--key-size", str(8 * len(key)),
         "--volume-key-file", str(key_file), *options, str(path), "-"],
        input=PASSPHRASE.encode(), check=True, capture_output=True,
    )  # fmt: skip
    key_file.unlink()


def volume(
    path: Path,
    plain: bytes,
    *,
    version: int = 2,
    sector: int = 512,
    derivation: Sequence[str] = FAST,
) -> None:
    """One that holds `plain`, by AES-XTS with KEY; `derivation`: cryptsetup's options, of LUKS2."""
    options = ["--type", f"luks{version}", *(derivation if version == 2 else FAST[2:])]
    if version == 2:
        options += ["--sector-size", str(sector)]
    room = len(plain) + (17 << 20)
    header(path, room, *options)
    with path.open("r+b") as file:
        file.seek(payload(path))
        for at in range(0, len(plain), sector):
            tweak = (at // 512).to_bytes(16, "little")
            encryptor = Cipher(algorithms.AES(KEY), modes.XTS(tweak)).encryptor()
            file.write(encryptor.update(plain[at : at + sector]))
        file.truncate()


def payload(path: Path) -> int:
    """Where the encrypted bytes begin, as cryptsetup says."""
    said = subprocess.run(
        ["cryptsetup", "luksDump", str(path)], check=True, capture_output=True, text=True
    ).stdout
    for line in said.splitlines():
        name, _, value = line.strip().partition(":")
        if name == "offset":
            return int(value.split()[0])
        if name == "Payload offset":
            return int(value) * 512
    raise AssertionError(said)


def encrypted_by_cryptsetup(path: Path, *options: str) -> None:
    """What lies in the file is encrypted in its place; its last 32 MiB are lost by it."""
    subprocess.run(
        ["cryptsetup", "-q", "reencrypt", "--encrypt", "--type", "luks2",
         "--reduce-device-size", "32M", *FAST, *options, "--key-file", "-", str(path)],
        input=PASSPHRASE.encode(), check=True, capture_output=True, env={**os.environ},
    )  # fmt: skip


def rewritten(path: Path, before: bytes, after: bytes) -> None:
    """Text of the first header's JSON replaced, and its checksum made right again."""
    with path.open("r+b") as file:
        size = int.from_bytes(file.read(16)[8:], "big")
        file.seek(0)
        head = bytearray(file.read(size))
        end = head.index(b"\0", 4096)
        text = bytes(head[4096:end]).replace(before, after)
        assert after in text
        head[4096:] = text.ljust(size - 4096, b"\0")
        head[448:512] = bytes(64)
        head[448:480] = hashlib.sha256(head).digest()
        file.seek(0)
        file.write(head)
