"""`seek extract` shows how far it is with a large file and inside a large container."""

import hashlib
import io
import os
import pty
import re
import subprocess
import termios
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli.under_way import said_of
from tests.altered import drawn_jpeg
from tests.conftest import SEEK, Seek
from tests.coordinator.played import Stage, pool_on
from tests.disks import MIB, ext_volume
from tests.workshop.test_extracting import ENTRY, VOLUME, _device
from triage.coordinator.copier import Copier, UnderWay
from triage.wire.messages import Copied, Copy, NextBytes, OpenedDevice, Ready

LARGE = 24 * MIB
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def found(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A disk with a large file and a large archive with a picture in it; and its bundle."""
    folder = tmp_path_factory.mktemp("large")
    large = bytes(range(256)) * (LARGE // 256)
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("large.bin", large[: LARGE // 2])
        archive.writestr("picture.jpg", drawn_jpeg(3))
    disk = folder / "disk.img"
    ext_volume(disk, 64 * MIB, {"large.bin": large, "box.zip": box.getvalue()})
    known = (large, drawn_jpeg(3))
    digests = "".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in known)
    (folder / "known.txt").write_text(digests)
    profile = folder / "digests.yaml"
    profile.write_text("name: digests\ndescription: Digests.\ndetectors: [{use: hash_set}]\n")
    done = seek("scan", disk, "--profile", profile, "--hash-set", folder / "known.txt",
                "--out", folder / "out")  # fmt: skip
    assert done.returncode in {0, 3}, done.stderr
    return disk, next((folder / "out").iterdir())


def shown(*arguments: str | Path) -> str:
    """All that was drawn on a terminal, one state after the other."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (25, 120))
    process = subprocess.Popen(
        [SEEK, *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "vt102", "LANG": "C.UTF-8"},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    with suppress(OSError):  # EIO: the other end was closed
        while piece := os.read(ours, 65536):
            said += piece
    assert process.wait() == 0, said
    os.close(ours)
    return said.decode()


def test_a_line_moves_while_a_large_file_is_taken_out_and_is_gone_when_it_is(
    found: tuple[Path, Path], tmp_path: Path
) -> None:
    disk, bundle = found
    said = shown("extract", bundle, "--all", "--source", disk, "--out", tmp_path / "out")
    amounts = re.findall(r"([\d.]+ (?:bytes|\w?B)) of 25\.2 MB: large\.bin", said)
    assert (amounts[0], amounts[-1]) == ("0 bytes", "25.2 MB")
    assert re.search(r"0:\d\d, looking for 1 thing inside 12\.6 MB, .* taken out: box\.zip", said)
    left = [line for line in re.split(r"\r?\n", said) if re.search(r"\.bin  |\.jpg  ", line)]
    assert len(left) == 2
    for line in left:  # what was drawn there before was wiped first
        assert re.fullmatch(
            r"\s+\d+  \S+  d0v\d+ \S+.*", ESCAPES.sub("", line.rpartition("\x1b[2K")[2]).strip("\r")
        ), line


def test_where_nobody_looks_no_line_moves(
    found: tuple[Path, Path], seek: Seek, tmp_path: Path
) -> None:
    disk, bundle = found
    done = seek("extract", bundle, "--all", "--source", disk, "--out", tmp_path / "out")
    assert done.returncode == 0
    assert "looking for" not in done.stdout + done.stderr
    assert " of 25" not in done.stdout + done.stderr


def test_whoever_watches_is_told_while_nothing_comes(tmp_path: Path) -> None:
    stage = Stage()
    told: list[int] = []
    opened = OpenedDevice(device=_device(0, str(tmp_path), 9), descriptors=(), sizes=())
    with pool_on(stage) as pool:

        def watch(under_way: UnderWay) -> None:
            told.append(under_way.arrived)
            voice = stage.voices[-1]
            if len(told) == 1:
                voice.say(Ready(confinement=("seccomp",)))
            elif len(told) == 2:
                voice.asked(Copy)
                voice.say(NextBytes(data=b"12345"))
            elif len(told) == 5:
                voice.say(NextBytes(data=b"6789"), Copied(entry_id=7))

        copier = Copier(pool, [opened], [VOLUME], watch=watch)
        assert copier.copy(ENTRY, lambda _: None) == ""
    assert told[0] == 0
    assert told.count(5) >= 2
    assert told[-1] == 9


def test_a_suspect_s_path_does_nothing_to_the_terminal() -> None:
    hostile = replace(ENTRY, path="a\x1b[2J\u202egpj.exe")
    for parts in (0, 3):
        said = said_of(UnderWay(entry=hostile, parts=parts, arrived=1, seconds=3661))
        assert said.isprintable()
