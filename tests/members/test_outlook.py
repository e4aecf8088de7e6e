"""What is attached to messages in an Outlook store comes out; what is broken hides nothing."""

import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.members import making_outlook as making
from tests.members.making_outlook import Form, Mail
from triage.bundle.rendering.by_hand import by_hand
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.media.window import InMemory
from triage.members import outlook
from triage.members.member import DamagedError, LockedError, Opening
from triage.members.outlook_blocks import OutlookBlocks
from triage.members.outlook_ciphers import PLAIN

PICTURE = random.Random(22).randbytes(50_000) + bytes(9000)
FOLDERS = {
    "Inbox": [
        Mail(attached={"a.jpg": PICTURE, "b.jpg": PICTURE[:3000], "empty": b""}),
        Mail(subject="Fwd/1", attached={"letter": Mail(attached={"c.jpg": PICTURE[5:]})}),
        *(Mail() for _ in range(60)),
    ],
    "Sent": [Mail(attached={"grüße.png": PICTURE[7:]})],
}
HELD = {
    "Inbox/pictures/a.jpg": PICTURE,
    "Inbox/pictures/b.jpg": PICTURE[:3000],
    "Inbox/pictures/empty": b"",
    "Inbox/Fwd_1/pictures/c.jpg": PICTURE[5:],
    "Sent/pictures/grüße.png": PICTURE[7:],
}


def _members(content: bytes) -> tuple[dict[str, bytes], str]:
    """What came out, and why it ended."""
    found: dict[str, bytes] = {}
    try:
        for member in outlook.members(InMemory(content), Opening(kind="pst")):
            try:
                found[member.name] = b"".join(member.chunks())
            except DamagedError as error:
                found[member.name] = error.reason.encode()
            else:
                assert member.size == len(found[member.name])
    except DamagedError as error:
        return found, error.reason
    return found, ""


@pytest.mark.parametrize("way", making.WAYS)
@pytest.mark.parametrize("form", making.FORMS.values(), ids=making.FORMS)
def test_every_form_gives_what_was_attached(form: Form, way: int) -> None:
    assert _members(making.store(FOLDERS, form, way)) == (HELD, "")


def test_what_is_short_lies_in_the_properties_themselves() -> None:
    content = making.store({"Inbox": [Mail(attached={"a.jpg": b"short"})]})
    assert _members(content)[0] == {"Inbox/pictures/a.jpg": b"short"}


def test_a_message_that_no_folder_has_is_found() -> None:
    content = making.store(FOLDERS, way=PLAIN)
    name = "Inbox".encode("utf-16-le")
    assert content.count(name) == 1
    lost = making.resealed(content.replace(name, name[::-1]))
    assert {path.rpartition("/")[2] for path in _members(lost)[0]} == {
        path.rpartition("/")[2] for path in HELD
    }


def test_what_is_attached_to_a_message_that_no_program_shows_is_found() -> None:
    mails = [Mail(of_folder=True, subject="view", attached={"a.jpg": PICTURE})]
    assert _members(making.store({"Inbox": mails})) == ({"Inbox/view/a.jpg": PICTURE}, "")


@pytest.mark.parametrize(
    "how", ["fewer blocks than it is long", "its node is gone", "two of a number"]
)
def test_what_an_attachment_lacks_is_damage(how: str) -> None:
    held = {"a.jpg": PICTURE, "b.jpg": PICTURE[:9000]}
    content = making.store({"Inbox": [Mail(attached=held)]}, way=PLAIN)
    was, is_now = {
        "fewer blocks than it is long": (
            struct.pack("<BBHI", 1, 1, 8, len(PICTURE)),
            struct.pack("<BBHI", 1, 1, 7, len(PICTURE)),
        ),
        "its node is gone": (struct.pack("<QQ", 0x10DF, 0)[:8], struct.pack("<Q", 0x10FF)),
        "two of a number": (struct.pack("<Q", 0x8045), struct.pack("<Q", 0x8025)),
    }[how]  # fmt: skip
    assert was in content
    at = content.index(was)
    changed = making.resealed(content[:at] + is_now + content[at + len(was) :])
    assert _members(changed)[1] or "hold together" in str(
        _members(changed)[0]["Inbox/pictures/a.jpg"]
    )


def test_a_flipped_bit_damages_that_one_alone() -> None:
    content = bytearray(making.store(FOLDERS, way=PLAIN))
    at = content.index(PICTURE[:5000])
    content[at + 3] ^= 1
    found, reason = _members(bytes(content))
    assert reason == ""
    assert found.pop("Inbox/pictures/a.jpg") == b"the checksum of a block in it is wrong"
    assert found == {name: held for name, held in HELD.items() if not name.endswith("/a.jpg")}


def test_a_message_that_makes_no_sense_hides_no_other_and_is_damage() -> None:
    content = bytearray(making.store(FOLDERS, way=PLAIN))
    at = content.index("Fwd/1".encode("utf-16-le"))
    content[at] ^= 1
    found, reason = _members(bytes(content))
    assert found == {name: held for name, held in HELD.items() if "Fwd_1" not in name}
    assert reason == "it does not hold together as an Outlook store"


def test_half_of_one_gives_what_is_there_and_is_damaged() -> None:
    content = making.store(FOLDERS)
    found, reason = _members(content[: len(content) // 2])
    assert (found, reason) == ({}, "it does not hold together as an Outlook store")


@pytest.mark.parametrize("target", ["nodes", "blocks"])
def test_a_page_that_leads_to_itself_ends(target: str) -> None:
    content = bytearray(making.store({"a": [Mail(attached={"a.jpg": PICTURE})] * 30}))
    at = int.from_bytes(content[224:232] if target == "nodes" else content[240:248], "little")
    for entry in range(at, at + 48, 24):
        content[entry + 16 : entry + 24] = at.to_bytes(8, "little")
    _, reason = _members(bytes(content))
    assert reason


def test_a_store_that_windows_encrypts_is_locked() -> None:
    with pytest.raises(LockedError):
        next(outlook.members(InMemory(b""), Opening(kind="pst", locked=True)))


def test_what_is_no_store_is_damaged() -> None:
    with pytest.raises(DamagedError):
        OutlookBlocks(InMemory(b"!BDN" + bytes(600)))


@pytest.mark.skipif(not shutil.which("readpst"), reason="readpst is not installed")
def test_readpst_takes_out_the_same_as_the_report_says(tmp_path: Path) -> None:
    (tmp_path / "mail.pst").write_bytes(making.store(FOLDERS))
    told = {"member": "Inbox/pictures/a.jpg", "part": "pst member"}
    match = Match(detector="hash_set", kind=MatchKind.HASH_SET, reason="r", provenance=told)
    (command,) = by_hand(match, "home/mail.pst", "pst")
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path, capture_output=True)
    assert PICTURE in {each.read_bytes() for each in tmp_path.rglob("*a.jpg")}
