"""The report says how to take out what matched in a container; a hostile name is no command."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.containers.making import zipped
from triage.bundle.rendering.by_hand import by_hand
from triage.findings import Match
from triage.match_kinds import MatchKind


def way(path: str, kind: str, member: str, innermost: str) -> list[str]:
    told = {"member": member, "part": f"{innermost} member"}
    match = Match(detector="hash_set", kind=MatchKind.HASH_SET, reason="r", provenance=told)
    return by_hand(match, path, kind)


def test_each_container_has_its_command_the_outermost_first() -> None:
    assert way("home/a letter.eml", "eml", "b.zip » 2019/c.pdf » object 9.jpg", "pdf") == [
        "munpack -t './a letter.eml'",
        "bsdtar -xOf ./b.zip -- 2019/c.pdf > ./c.pdf",
        "qpdf --raw-stream-data --show-object=9 ./c.pdf > './object 9.jpg' "
        "(or, if its digest is another: pdfimages -all ./c.pdf picture)",
    ]


def test_what_outlook_sends_is_no_archive_though_its_ending_says_nothing() -> None:
    assert way("a.eml", "eml", "winmail.dat » letter » b.jpg", "tnef") == [
        "munpack -t ./a.eml",
        "tnef ./winmail.dat",
        "tail -c +17 ./letter | tnef",
    ]


def test_what_lies_in_a_member_is_cut_out_of_it() -> None:
    told = {"member": "a.jpg", "part": "EXIF thumbnail", "member_kind": "zip member",
            "member_offset": "20", "member_length": "9"}  # fmt: skip
    match = Match(detector="x", kind=MatchKind.THUMBNAIL, reason="r", provenance=told)
    assert by_hand(match, "b.zip", "zip") == [
        "bsdtar -xOf ./b.zip -- a.jpg > ./a.jpg",
        "tail -c +21 ./a.jpg | head -c 9 > ./part",
    ]


@pytest.mark.parametrize(
    ("member", "innermost", "begins"),
    [
        ("object 3, rendered.png", "pdf", "pdfimages -all "),
        ("Grüße.jpg", "pdf", "qpdf --show-attachment='Grüße.jpg' "),
        ("Pictures, picture 1.jpg", "ppt", "7z e "),
        ("Inbox/hello/a.jpg", "pst", "readpst -S "),
        ("a.jpg", "tnef", "tnef ./a"),
        ("a b/c.jpg", "disk image", "fcat -o 0 '/a b/c.jpg' ./a > ./c.jpg"),
        ("sector 2048/c.jpg", "ewf", "fcat -o 2048 /c.jpg ./a > ./c.jpg"),
        ("sector 63/c.jpg", "vmdk", "qemu-img convert -O raw ./a ./a.raw && fcat -o 63 /c.jpg "),
        ("sector 0, in lvm root/c.jpg", "disk image", "losetup -r -P -f --show ./a"),
        ("thumbs/row 7, data.jpg", "sqlite", "sqlite3 ./a "),
        ("page 7, record 2, column 3.jpg", "sqlite", "sqlite3 ./a .recover | "),
        ("b/c.jpg", "7z", "7z e -so -spd ./a -- b/c.jpg > ./c.jpg"),
        ("b.jpg", "rar", "bsdtar -xOf ./a -- b.jpg > ./b.jpg (or, if it is encrypted: unrar p "),
        ("bytes 9-20.jpg", "plist", "tail -c +10 ./a | head -c 12 > "),
    ],
)
def test_every_family_has_a_tool(member: str, innermost: str, begins: str) -> None:
    (command,) = way("a", innermost, member, innermost)
    assert command.startswith(begins)


@pytest.mark.parametrize("member", ["", "a\n.jpg", "\u202egpj.a", "\x1b[2J.jpg"])
def test_what_no_shell_should_be_given_has_no_command(member: str) -> None:
    assert way("a.zip", "zip", member, "zip") == []


@pytest.mark.skipif(not shutil.which("bsdtar"), reason="bsdtar is not installed")
@pytest.mark.parametrize("name", ["2019/a.jpg", "-x; rm a.jpg", "$(id).jpg", "it's.jpg"])
def test_what_a_command_takes_out_is_what_was_there(tmp_path: Path, name: str) -> None:
    content = b"picture " * 99
    (tmp_path / "-a b.zip").write_bytes(zipped({name: content, "other": b"other"}))
    (command,) = way("home/-a b.zip", "zip", name, "zip")
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    (out,) = (each for each in tmp_path.iterdir() if each.name != "-a b.zip")
    assert hashlib.sha256(out.read_bytes()).digest() == hashlib.sha256(content).digest()


@pytest.mark.skipif(not shutil.which("7z"), reason="7z is not installed")
@pytest.mark.parametrize("name", ["a.jpg", "-x [1]*.jpg", "$(id).jpg", "it's.jpg"])
def test_what_is_encrypted_by_7z_comes_out_by_a_tool_that_asks_for_the_password(
    tmp_path: Path, name: str
) -> None:
    content = b"picture " * 99
    (tmp_path / name).write_bytes(content)
    (tmp_path / "other -x 1.jpg").write_bytes(b"other")
    packed = ["7z", "a", "-psecret", "-mhe=on", "a.7z", "--", name, "other -x 1.jpg"]
    subprocess.run(packed, check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
    (tmp_path / name).unlink()
    (command,) = way("home/a.7z", "7z", name, "7z")
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, input=b"secret\n")
    assert (tmp_path / name).read_bytes() == content
