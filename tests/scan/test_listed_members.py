"""Where the profile wants it, each member has a line of its own, and `seek verify` counts them."""

import hashlib
import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from cli.resume import search_again
from tests.conftest import Seek
from tests.containers import making
from tests.disks import ext_volume
from tests.members.writing import archived
from tests.scan import cut_off
from tests.workers import scanning
from triage.bundle.checking import crosscheck
from triage.bundle.checking.entry_lines import lines_of
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.format.entries import AnyLine, EntryLine, MemberLine, decode_any
from triage.choices import HashSetUse, TypeUse
from triage.errors import VerificationError
from triage.findings import ListedMember, Outcome
from triage.members.tally import TOO_MANY
from triage.profile import Limits, MemberLimits, Profile, load
from triage.scan import Earlier, scan
from triage.scan.events import Event, FindingTold
from triage.workers.hashers import BLAKE3, digests_of

PICTURE = making.PNG + b"known"
INNER = making.zipped({"a.png": PICTURE, "b.txt": b"text"})


def _damaged() -> bytes:
    """A zip of two, of which the first has another byte than its checksum says."""
    content = making.zipped({"bad.txt": b"A" * 500, "good.txt": b"B"}, method=zipfile.ZIP_STORED)
    return content.replace(b"A" * 500, b"A" * 499 + b"x")


FILES = {
    "letters.zip": making.zipped({"2019/in.zip": INNER, "n.txt": b"n"}),
    "solid.7z": archived("7zip", {"one.png": PICTURE, "two.txt": b"two"}),
    "locked.zip": making.zip_crypto("secret.png", PICTURE),
    "inside.zip": making.zipped({"names.7z": making.real("7z-names-locked.7z")}),
    "mail.zip": making.zipped({"mail.nsf": b"\x1a\0\0\x04\0\0" + bytes(2000)}),
    "damaged.zip": _damaged(),
    "open.png": PICTURE,
}


def _profile(**limits: object) -> Profile:
    members = MemberLimits(listed=True, **limits)  # type: ignore[arg-type]
    return Profile(
        name="lab",
        description="",
        detectors=(HashSetUse(), TypeUse()),
        limits=Limits(entry_time="10 h", members=members),
    )


def _scan(
    tmp_path: Path, files: dict[str, bytes], profile: Profile | None = None
) -> scanning.Scanned:
    ext_volume(tmp_path / "disk.img", 64 << 20, files)
    known = tmp_path / "known.txt"
    known.write_text(hashlib.sha256(PICTURE).hexdigest() + "\n")
    return scanning.run(tmp_path / "disk.img", out=tmp_path / "out",
                        profile=profile or _profile(), hash_sets=(known,))  # fmt: skip


def _lines(bundle: Path) -> list[AnyLine]:
    return [decode_any(line) for line in (bundle / layout.ENTRIES).read_bytes().splitlines()]


def _members(bundle: Path) -> dict[str, list[ListedMember]]:
    """By the path of the entry that each lies in, in order."""
    paths = {e.entry.id: e.entry.path for e in _lines(bundle) if isinstance(e, EntryLine)}
    found: dict[str, list[ListedMember]] = {}
    for line in _lines(bundle):
        if isinstance(line, MemberLine):
            found.setdefault(paths[line.of], []).append(line.member)
    return found


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    return _scan(tmp_path_factory.mktemp("listed"), FILES)


@pytest.fixture(scope="module")
def members(scanned: scanning.Scanned) -> dict[str, list[ListedMember]]:
    return _members(scanned.bundle)


def test_every_member_has_a_line_behind_its_container(
    members: dict[str, list[ListedMember]],
) -> None:
    assert [(each.number, each.path) for each in members["letters.zip"]] == [
        (1, "2019/in.zip"), (2, "2019/in.zip » a.png"), (3, "2019/in.zip » b.txt"), (4, "n.txt"),
    ]  # fmt: skip
    assert {each.outcome for each in members["letters.zip"]} == {Outcome.EXAMINED}
    assert "open.png" not in members


def test_it_says_size_type_and_digests_of_what_came_out(
    members: dict[str, list[ListedMember]],
) -> None:
    picture = members["letters.zip"][1]
    assert (picture.size, picture.type) == (len(PICTURE), "image/png")
    assert picture.digests["sha256"] == hashlib.sha256(PICTURE).hexdigest()
    assert picture.digests[BLAKE3] == digests_of([PICTURE], [BLAKE3])[BLAKE3].hex()
    assert members["solid.7z"][0].digests == picture.digests


def test_it_says_what_stayed_closed_and_what_is_damaged(
    members: dict[str, list[ListedMember]],
) -> None:
    (secret,) = members["locked.zip"]
    assert (secret.outcome, secret.digests) == (Outcome.ENCRYPTED, {})
    (closed,) = members["inside.zip"]
    assert (closed.outcome, closed.container, closed.locked) == (Outcome.EXAMINED, "7z", True)
    (unopened,) = members["mail.zip"]
    assert (unopened.container, unopened.locked) == ("notes", False)
    bad, good = members["damaged.zip"]
    assert (bad.outcome, bad.digests, good.outcome) == (Outcome.UNREADABLE, {}, Outcome.EXAMINED)
    assert bad.reason.startswith("damaged")


def test_coverage_counts_them_and_so_does_verify(
    scanned: scanning.Scanned, members: dict[str, list[ListedMember]]
) -> None:
    (volume,) = scanned.document.coverage.volumes.values()
    listed = [each.outcome for those in members.values() for each in those]
    assert volume.members == {each: listed.count(each) for each in set(listed)}
    assert volume.listed.entries == len([*lines_of(scanned.bundle)])
    assert verify(scanned.bundle).failed is None


def test_a_match_is_said_once_by_the_entry_that_holds_it(scanned: scanning.Scanned) -> None:
    found = {each.entry.path for each in scanned.document.findings}
    assert found == {"letters.zip", "solid.7z", "open.png"}


def test_numbers_are_the_same_whatever_the_limits_are(
    tmp_path: Path, members: dict[str, list[ListedMember]]
) -> None:
    again = _members(_scan(tmp_path, FILES, _profile(at_most=3)).bundle)
    assert again["letters.zip"] == members["letters.zip"][:3]


@pytest.fixture(scope="module")
def bundle(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By the command, with a key of ours, so that another bundle can be signed as it is."""
    folder = tmp_path_factory.mktemp("sealed")
    ext_volume(folder / "disk.img", 16 << 20, FILES)
    profile = folder / "lab.yaml"
    profile.write_text("name: t\ndescription: t\ndetectors: [{use: type}, {use: hash_set}]\n"
                       "limits: {members: {listed: true}}\n")  # fmt: skip
    done = seek("scan", folder / "disk.img", "--profile", profile, "--out", folder / "out")
    assert done.returncode in (0, 3), done.stderr
    return cut_off.bundle_in(folder / "out")


@pytest.mark.parametrize(
    "what", ["one is gone", "the last is gone", "one is another's", "one more", "another outcome"]
)
def test_a_bundle_that_lists_others_does_not_count_up(bundle: Path, what: str) -> None:
    lines = (bundle / layout.ENTRIES).read_bytes().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(b'{"member"'))
    said = json.loads(lines[at])
    other = said | {"member": said["member"] | {"outcome": "excluded"}}
    if what == "one is gone":
        del lines[at]
    elif what == "the last is gone":
        after = zip(lines[at:], [*lines[at + 1 :], b""], strict=True)
        del lines[at + next(n for n, (_, other) in enumerate(after) if b'"entry"' in other[:8])]
    elif what == "one is another's":
        lines[at] = json.dumps(said | {"of": said["of"] + 1}, separators=(",", ":")).encode()
    elif what == "one more":
        lines.append(lines[at])
    else:
        lines[at] = json.dumps(other, separators=(",", ":")).encode()
    document = schema.decode((bundle / layout.FINDINGS).read_bytes())
    if what != "another outcome":
        with pytest.raises(VerificationError, match=r"entries\.jsonl lists"):
            crosscheck.tally(lines)
        return
    with pytest.raises(VerificationError, match="has other counts"):
        crosscheck.compare_coverage(document, crosscheck.tally(lines))


def test_exports_and_lists_of_entries_have_entries_alone(seek: Seek, bundle: Path) -> None:
    for form in ("dfxml", "body"):
        out = bundle.parent / f"entries.{form}"
        done = seek("report", bundle, "--export", form, "--out", out)
        assert done.returncode == 0, done.stderr
        assert "b.txt" not in out.read_text()
        assert "letters.zip" in out.read_text()


def test_a_profile_that_does_not_ask_has_no_such_line(tmp_path: Path) -> None:
    plain = Profile(name="p", description="", detectors=(HashSetUse(), TypeUse()),
                    limits=Limits(entry_time="10 h"))  # fmt: skip
    scanned = _scan(tmp_path, FILES, plain)
    assert not _members(scanned.bundle)
    assert all(not load(name).limits.members.listed for name in ("quick", "standard", "thorough"))


def _of_many(count: int, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for number in range(count):
            file.writestr(f"{number}{name}", b"")
    return out.getvalue()


def test_empty_members_are_listed_up_to_the_limit_which_is_said(tmp_path: Path) -> None:
    files = {"many.zip": _of_many(2_000, "é" * 200), "small.zip": INNER}
    scanned = _scan(tmp_path, files, _profile(at_most=1_500))
    line = scanned.line_of("many.zip")
    assert line.result.opened is not None
    assert (line.result.opened.listed, line.result.reason) == (1_500, TOO_MANY)
    members = _members(scanned.bundle)
    assert [each.number for each in members["many.zip"]] == list(range(1, 1_501))
    assert [each.path for each in members["small.zip"]] == ["a.png", "b.txt"]
    assert verify(scanned.bundle).failed is None


def test_names_without_end_come_through_and_are_cut(tmp_path: Path) -> None:
    inner = making.zip_crypto("b" * 1200 + ".png", PICTURE)
    outer = making.zipped({"a" * 1200 + ".zip": inner})
    scanned = _scan(tmp_path, {"long.zip": outer})
    line = scanned.line_of("long.zip")
    assert line.result.outcome is Outcome.EXAMINED, line.result.reason
    assert line.result.opened is not None
    (name,) = line.result.opened.locked_names
    first, second = _members(scanned.bundle)["long.zip"]
    assert name == second.path
    assert (len(second.path), second.path[:1], len(first.path)) == (1000, "…", 1000)
    assert not [said for said in scanned.log if "ended its reader" in said]


@pytest.mark.parametrize("sealing", [True, False])
def test_a_scan_that_goes_on_keeps_the_lines_of_members(tmp_path: Path, *, sealing: bool) -> None:
    files = FILES | {f"usr/lib/{n}.zip": making.zipped({"late": b"%d" % n}) for n in range(3)}
    told: list[Event] = []

    def is_enough() -> bool:
        return sum(isinstance(event, FindingTold) for event in told) == 3

    def tell(event: Event) -> None:
        told.append(event)
        if not sealing and is_enough():
            raise KeyboardInterrupt

    whole = _scan(tmp_path, files)
    search = scanning.search_of(tmp_path / "disk.img", out=tmp_path / "cut", profile=_profile(),
                                hash_sets=(tmp_path / "known.txt",))  # fmt: skip
    with suppress(KeyboardInterrupt):
        scan(search, tell=tell, wants_stop=lambda: sealing and is_enough())
    earlier = Earlier(cut_off.bundle_in(tmp_path / "cut"))
    sealed = scan(search_again(earlier), tell=told.append, earlier=earlier)
    assert 0 < earlier.carried < len([*lines_of(whole.bundle)])
    bundle = Path(sealed.bundle)
    assert _members(bundle) == _members(whole.bundle)
    document = schema.decode((bundle / layout.FINDINGS).read_bytes())
    assert document.coverage == whole.document.coverage
    assert verify(bundle).failed is None
