"""Sets that somebody with a stick changed: none is used without a word."""

import hashlib
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile

import msgspec
import pytest

from tests.disks import ext_volume
from tests.hashsets.forging import Parts, forge, zero_rows
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse, PerceptualUse
from triage.ending import How, Reason
from triage.errors import HashSetError, UnsignedSetError
from triage.findings import Outcome
from triage.hashsets import importing
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, Seal, build
from triage.hashsets.sealing import SetKey
from triage.hashsets.signing import sign
from triage.hashsets.wrapping import wrap_for_passphrase
from triage.profile import HashSetChoice, Profile, SetKind, SetSignature, SetSignatures
from triage.scan import scan
from triage.scan.events import Event, SetLoaded, TroubleTold

WARN = Profile(name="digests", description="digests alone", detectors=(HashSetUse(),))
REQUIRED = msgspec.structs.replace(WARN, set_signatures=SetSignatures.REQUIRED)
FILES = {f"home/f{n}.bin": random.Random(n).randbytes(9000 + n) for n in range(6)}
PASSPHRASE = "correct horse"  # noqa: S105 - of a test


@dataclass(frozen=True)
class Lab:
    """A volume whose files are all in the lab's sets; the lab's list of signers."""

    place: Path
    signers: Path

    def copy(self, name: str, folder: Path) -> Path:
        return Path(copyfile(self.place / name, folder / name))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        ext_volume(place / "disk.img", 8 << 20, FILES)
        found = [hashlib.md5(content, usedforsecurity=False) for content in FILES.values()]
        others = [random.Random(n).randbytes(16).hex() for n in range(20_000)]
        listed = "".join(f"{each}\n" for each in [*(md5.hexdigest() for md5 in found), *others])
        (place / "lab.md5").write_text(listed)
        for key in ("lab", "other"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place / key], check=True
            )
        public = (place / "lab.pub").read_text()
        (place / "signers").write_text(f'lab namespaces="seek-hash-set@v1" {public}')
        for out, signer in (("open", ""), ("signed", "lab"), ("strange", "other"), ("both", "lab")):
            _build(
                place, f"{out}.seekset", place / signer if signer else None, sealed=out == "both"
            )
        yield Lab(place, place / "signers")


def _build(place: Path, out: str, key: Path | None, *, sealed: bool) -> None:
    own = SetKey.fresh()
    seal = Seal(key=own, stanzas=(wrap_for_passphrase(own, PASSPHRASE),)) if sealed else None
    build(
        BuildOrder(inputs=[place / "lab.md5"], name="lab", kind=SetKind.NOTABLE, seal=seal),
        place / out,
    )
    if key:
        sign(place / out, key)


@dataclass(frozen=True)
class Done:
    scanned: scanning.Scanned
    told: list[Event]

    @property
    def loaded(self) -> list[tuple[SetSignature, str]]:
        return [(e.signature, e.signed_by) for e in self.told if isinstance(e, SetLoaded)]

    @property
    def troubles(self) -> str:
        return "; ".join(e.message for e in self.told if isinstance(e, TroubleTold))


def run(
    lab: Lab,
    out: Path,
    *sets: Path,
    folder: Path | None = None,
    signers: Path | None = None,
    profile: Profile = WARN,
) -> Done:
    search = scanning.search_of(
        lab.place / "disk.img", out=out / "out", profile=profile, hash_sets=sets
    )
    told: list[Event] = []

    def unlock(hash_set: HashSet) -> bytes:
        return hash_set.unlock(PASSPHRASE)

    folders = (folder,) if folder else ()
    search = replace(search, unlock=unlock, hash_sets_in=folders, set_signers=signers)
    return Done(scanning.Scanned(scan(search, tell=told.append)), told)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every set is as one of gigabytes, which is not read whole when it is opened."""
    monkeypatch.setattr(importing, "_CHECKED_WHOLE", 0)


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_signed_and_sealed_set_with_zeroed_rows_is_not_used(
    lab: Lab, tmp_path: Path, size: str, request: pytest.FixtureRequest
) -> None:
    """Every digest that can be made without a key is right: the header's, the parts', the pieces'.

    Once it was used without a word: no findings, exit code 0.
    """
    if size == "large":
        request.getfixturevalue("large")
    forged = lab.copy("both.seekset", tmp_path)
    forge(forged, zero_rows)
    for signers in (None, lab.signers):
        with pytest.raises(HashSetError, match="altered: its signature"):
            run(lab, tmp_path, forged, signers=signers)


@pytest.mark.parametrize("signature", ["kept", "cut off"])
def test_a_sealed_sets_header_is_bound_to_its_key(lab: Lab, tmp_path: Path, signature: str) -> None:
    """Even if nobody asked for signatures, and no canary were tried."""
    forged = lab.copy("both.seekset", tmp_path)
    forge(forged, zero_rows)
    if signature == "cut off":
        forged.write_bytes(forged.read_bytes().partition(b"-----BEGIN SSH SIGNATURE")[0])
    with (
        open_set(forged) as hash_set,
        pytest.raises(HashSetError, match="altered: its part 'header'"),
    ):
        hash_set.unlock(PASSPHRASE)


def test_an_open_set_with_zeroed_rows_does_not_find_its_canaries(
    lab: Lab, tmp_path: Path, large: None
) -> None:
    """Nobody signed it, so nothing but look-up itself can tell."""
    forged = lab.copy("open.seekset", tmp_path)
    forge(forged, zero_rows)
    with pytest.raises(HashSetError, match="what was put in to try it is not found"):
        run(lab, tmp_path, forged)


def test_what_was_overwritten_in_a_large_set_shows_at_the_start(
    lab: Lab, tmp_path: Path, large: None
) -> None:
    forged = lab.copy("signed.seekset", tmp_path)
    forge(forged, zero_rows, digests=False)
    with pytest.raises(HashSetError, match="was altered: its part 'md5"):
        run(lab, tmp_path, forged, signers=lab.signers)


def test_one_digest_taken_out_of_a_large_set_is_noticed_when_it_is_looked_for(
    lab: Lab, tmp_path: Path, large: None
) -> None:
    """Of sixteen pieces that are read at the start it may be in none."""
    forged = lab.copy("signed.seekset", tmp_path)
    wanted = hashlib.md5(FILES["home/f3.bin"], usedforsecurity=False).digest()

    def take_out(parts: Parts) -> None:
        at = parts["md5.rows"].find(wanted[1:])
        assert at >= 0
        parts["md5.rows"][at : at + 15] = bytes(15)

    forge(forged, take_out, digests=False)
    with open_set(forged) as hash_set:
        assert hash_set.sha256 == open_set(lab.place / "signed.seekset").sha256
        for look in (lambda: hash_set.find("md5", wanted),
                     lambda: hash_set.numbers_of("md5", [wanted] * 100)):  # fmt: skip
            with pytest.raises(HashSetError, match=r"was altered: its part 'md5\.rows'"):
                look()


def test_who_signed_a_set_is_looked_up_at_every_scan(lab: Lab, tmp_path: Path) -> None:
    done = run(lab, tmp_path, lab.place / "signed.seekset", signers=lab.signers)
    assert done.loaded == [(SetSignature.LISTED, "lab")]
    assert "sign" not in done.troubles
    (used,) = done.scanned.document.hash_sets
    assert (used.signature, used.signed_by) == (SetSignature.LISTED, "lab")
    assert len(done.scanned.document.findings) == len(FILES)


@pytest.mark.parametrize(
    ("name", "listed", "said"),
    [
        ("open.seekset", True, SetSignature.NONE),
        ("lab.md5", True, SetSignature.NONE),
        ("strange.seekset", True, SetSignature.UNLISTED),
        ("signed.seekset", False, SetSignature.UNCHECKED),
    ],
)
def test_a_set_that_nobody_listed_signed_is_used_and_said(
    lab: Lab, tmp_path: Path, name: str, listed: bool, said: SetSignature
) -> None:
    done = run(lab, tmp_path, lab.place / name, signers=lab.signers if listed else None)
    assert done.loaded == [(said, "")]
    assert ("sign" in done.troubles) == listed
    assert done.scanned.document.hash_sets[0].signature is said
    assert len(done.scanned.document.findings) == len(FILES)


@pytest.mark.parametrize("name", ["open.seekset", "lab.md5", "strange.seekset", "signed.seekset"])
def test_a_profile_refuses_what_nobody_listed_signed(lab: Lab, tmp_path: Path, name: str) -> None:
    signers = None if name == "signed.seekset" else lab.signers
    with pytest.raises(UnsignedSetError) as raised:
        run(lab, tmp_path, lab.place / name, signers=signers, profile=REQUIRED)
    assert raised.value.code == "unsigned_set"
    assert not (tmp_path / "out").exists()


def test_in_a_folder_it_is_left_out_and_said(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    folder.mkdir()
    for name in ("open.seekset", "signed.seekset", "strange.seekset"):
        lab.copy(name, folder)
    forge(lab.copy("both.seekset", folder), zero_rows)
    done = run(lab, tmp_path, folder=folder, signers=lab.signers, profile=REQUIRED)
    assert done.loaded == [(SetSignature.LISTED, "lab")]
    left_out = {each.file: each.why for each in done.scanned.document.sets_left_out}
    assert left_out.keys() == {"open.seekset", "strange.seekset", "both.seekset"}
    assert "not signed" in left_out["open.seekset"]
    assert "altered" in left_out["both.seekset"]
    ending = done.scanned.sealed.ending
    assert ending.how is How.NOT_ALL
    assert Reason.SET_LEFT_OUT in {each.reason for each in ending.unseen}


def test_canaries_are_no_entries(lab: Lab, tmp_path: Path) -> None:
    """Nobody sees them: they are not counted, merged, exported, or found."""
    with open_set(lab.place / "open.seekset") as hash_set:
        assert hash_set.header.entries == 20_006
        assert hash_set.layout.records == 20_006
        assert hash_set.header.digests == {"md5": 20_006}
    again = tmp_path / "again.seekset"
    order = BuildOrder(inputs=[lab.place / "open.seekset"], name="again", kind=SetKind.NOTABLE)
    built = build(order, again)
    assert built.inputs[0].records == 20_006
    with open_set(again) as hash_set:
        hash_set.prove()
        assert hash_set.header.entries == 20_006


@pytest.fixture
def unproved(large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read at the start is not where it is altered: of sets so small all would be read."""
    monkeypatch.setattr(HashSet, "prove", lambda _: None)


def _without_f3(lab: Lab, folder: Path) -> Path:
    """The signed set with one digest zeroed, whose piece then is not what was written."""
    forged = lab.copy("signed.seekset", folder)
    wanted = hashlib.md5(FILES["home/f3.bin"], usedforsecurity=False).digest()

    def take_out(parts: Parts) -> None:
        at = parts["md5.rows"].find(wanted[1:])
        parts["md5.rows"][at : at + 15] = bytes(15)

    forge(forged, take_out, digests=False)
    return forged


@pytest.mark.parametrize("kind", SetKind)
@pytest.mark.parametrize("profile", ["digests alone", "pictures too"])
def test_a_set_found_altered_in_mid_scan_is_named_and_is_no_all_clear(
    lab: Lab, tmp_path: Path, unproved: None, kind: SetKind, profile: str
) -> None:
    """Wherever people read how it ended it is said which set, and of which files; no worker ends,
    and what else the set holds is found."""
    forged, plain = _without_f3(lab, tmp_path), tmp_path / "plain.md5"
    plain.write_text("0" * 31 + "1\n")
    only = {name: FILES[f"home/{name}"] for name in ("f3.bin",)} | {"x.bin": b"unknown" * 900}
    ext_volume(tmp_path / "disk.img", 8 << 20, only)
    asked = WARN
    if profile == "pictures too":
        asked = msgspec.structs.replace(WARN, detectors=(HashSetUse(), PerceptualUse()))
    choice = HashSetChoice(file=str(forged), kind=kind)
    asked = msgspec.structs.replace(asked, hash_sets=(choice,))
    done = run(replace(lab, place=tmp_path), tmp_path, plain, signers=lab.signers, profile=asked)
    assert done.troubles.count("lab: this hash set was found ALTERED") == 1
    ending = done.scanned.sealed.ending
    assert ending.how is How.NOT_ALL
    named = {each.reason: each.named for each in ending.unseen}
    assert named[Reason.SET_ALTERED] == ("lab",)
    why = "not compared with the hash set lab, which was altered"
    assert f"{why}: 1" in named[Reason.ENTRY_UNREADABLE]
    lines = {line.entry.path: line.result for line in done.scanned.lines}
    assert (lines["f3.bin"].outcome, lines["f3.bin"].reason) == (Outcome.UNREADABLE, why)
    assert lines["x.bin"].outcome is Outcome.EXAMINED
    assert not any("worker replaced" in line for line in done.scanned.log)
    bundle = done.scanned.bundle
    assert "hash sets found ALTERED" in (bundle / "report.html").read_text()
    assert "set_altered" in (bundle / "findings.json").read_text()
    verification = verify(bundle)
    assert verification.failed is None
    assert "hash sets found ALTERED, not all compared with them: 1 (lab)" in verification.not_seen


def test_what_else_an_altered_set_holds_is_found(lab: Lab, tmp_path: Path, unproved: None) -> None:
    """Its other pieces hold; of whose digest would be in the one that does not, it is said."""
    done = run(lab, tmp_path, _without_f3(lab, tmp_path))
    lines = {
        line.entry.path: line.result for line in done.scanned.lines if line.entry.path in FILES
    }
    found = {path for path, result in lines.items() if result.matches}
    not_compared = {path for path, r in lines.items() if r.outcome is Outcome.UNREADABLE}
    assert "home/f3.bin" in not_compared
    assert found == FILES.keys() - not_compared
    assert len(found) > len(not_compared)
