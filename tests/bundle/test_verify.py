import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bundle import samples
from tests.bundle.samples import sign_again
from triage.bundle.checking.steps import StepOutcome
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.bundle.writing.signing import new_key, open_signer
from triage.errors import BundleError, ExitCode, UsageError, VerificationError

SEALED, MANIFEST, SIGNATURE, ON_LIST, DIGESTS, BESIDES = 1, 2, 3, 4, 5, 6
SCHEMA, NAMED, LOG, COVERAGE, FINDINGS, REPORT = 7, 8, 9, 10, 11, 12


def failing_step(bundle: Path, signers: Path | None = None) -> int:
    """The number of the step that fails, having checked that it is told as it should be."""
    result = verify(bundle, signers=signers)
    assert result.failed is not None
    with pytest.raises(VerificationError) as raised:
        result.raise_if_failed()
    assert int(raised.value.exit_code) == int(ExitCode.NOT_VERIFIED) == 20
    assert f"step {result.failed.number}, {result.failed.title}" in raised.value.message
    assert raised.value.message.isprintable()
    later = [step for step in result.steps if step.number > result.failed.number]
    assert all(step.outcome is StepOutcome.NOT_REACHED for step in later)
    return result.failed.number


def test_an_untouched_bundle_verifies(bundle: Path) -> None:
    result = verify(bundle)
    assert result.failed is None
    outcomes = [step.outcome for step in result.steps]
    assert outcomes.count(StepOutcome.PASSED) == 16
    assert outcomes[ON_LIST - 1] is StepOutcome.NOT_CHECKED


def test_each_step_is_told_before_it_is_taken_and_none_behind_one_that_failed(bundle: Path) -> None:
    told: list[tuple[int, int, str]] = []
    steps = verify(bundle, tell=lambda *step: told.append(step)).steps
    assert told == [(step.number, len(steps), step.title) for step in steps]
    (bundle / "scan.json").write_bytes(b"{}")
    told.clear()
    verify(bundle, tell=lambda *step: told.append(step))
    assert [number for number, _, _ in told] == [1, 2, 3, 4, 5]


def test_the_stock_commands_verify_it_too(bundle: Path) -> None:
    command = (
        "ssh-keygen -Y verify -f allowed_signers -I signer -n seek-bundle@v1"
        " -s manifest.sha256.sig < manifest.sha256"
    )
    subprocess.run(["sh", "-c", command], cwd=bundle, check=True)
    subprocess.run(["sha256sum", "--strict", "-c", "manifest.sha256"], cwd=bundle, check=True)


STEP_FOR = {layout.MANIFEST: {MANIFEST, SIGNATURE}, layout.SIGNATURE: {SIGNATURE}}
"""Every other file: the step of the digests."""


def test_one_changed_byte_in_any_file_is_caught_at_its_step(bundle: Path) -> None:
    caught = 0
    for file in sorted(f for f in bundle.rglob("*") if f.is_file()):
        whole = file.read_bytes()
        expected = STEP_FOR.get(file.name, {DIGESTS})
        for position in sorted({0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1}):
            for flip in (0x01, 0x20, 0x80):
                spoiled = bytearray(whole)
                spoiled[position] ^= flip
                file.write_bytes(spoiled)
                assert failing_step(bundle) in expected, (file.name, position, flip)
                caught += 1
        file.write_bytes(whole)
    assert caught >= 100
    assert verify(bundle).failed is None


def test_every_byte_of_the_signature_counts(bundle: Path) -> None:
    file = bundle / layout.SIGNATURE
    whole = file.read_bytes()
    for position in range(len(whole)):
        spoiled = bytearray(whole)
        spoiled[position] ^= 0x01
        file.write_bytes(spoiled)
        assert failing_step(bundle) == SIGNATURE, position


def test_a_byte_more_or_less_at_the_end_of_any_file_is_caught(bundle: Path) -> None:
    for file in sorted(f for f in bundle.rglob("*") if f.is_file()):
        whole = file.read_bytes()
        for spoiled in (whole[:-1], whole + b"\n", b""):
            file.write_bytes(spoiled)
            assert failing_step(bundle) in STEP_FOR.get(file.name, {DIGESTS}), file.name
        file.write_bytes(whole)


def test_a_file_that_is_taken_out_is_missed(bundle: Path) -> None:
    for file in sorted(f for f in bundle.rglob("*") if f.is_file()):
        own = file.name in (layout.MANIFEST, layout.SIGNATURE)
        whole = file.read_bytes()
        file.unlink()
        assert failing_step(bundle) == (SEALED if own else DIGESTS), file.name
        file.write_bytes(whole)


@pytest.mark.parametrize("name", ["note.txt", "media/f000009.jpg", "media/x", ".hidden"])
def test_a_file_that_is_put_in_is_seen(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"")
    assert failing_step(bundle) == BESIDES


def test_a_bundle_that_was_never_sealed_is_said_to_be_so(bundle: Path) -> None:
    (bundle / layout.MANIFEST).unlink()
    (bundle / layout.SIGNATURE).unlink()
    assert failing_step(bundle) == SEALED
    failed = verify(bundle).failed
    assert failed
    assert "cut off before it was signed" in failed.detail


@pytest.mark.parametrize("names", [(), ("letter.txt",), ("a", "b/c")])
def test_a_folder_of_other_things_is_no_bundle_that_was_cut_off(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("dear all")
    result = verify(tmp_path)
    assert result.failed is not None
    assert "no bundle" in result.failed.detail
    with pytest.raises(VerificationError) as caught:
        result.raise_if_failed()
    assert "CASE-EXHIBIT-UTC" in caught.value.hint


def test_another_keys_signature_is_refused(bundle: Path) -> None:
    text = (bundle / layout.MANIFEST).read_bytes()
    with open_signer(None) as attacker:
        (bundle / layout.SIGNATURE).write_bytes(attacker.sign(text))
    assert failing_step(bundle) == NAMED


def test_another_keys_signature_with_its_public_key_is_refused(bundle: Path) -> None:
    with open_signer(None) as attacker:
        public = attacker.statement.public_key
        (bundle / layout.SIGNER).write_text(f"{public}\n")
        (bundle / layout.SIGNATURE).write_bytes(
            attacker.sign((bundle / layout.MANIFEST).read_bytes())
        )
        assert failing_step(bundle) == DIGESTS
        sign_again(bundle, attacker)
        assert failing_step(bundle) == NAMED


def test_a_signature_for_another_purpose_is_refused(bundle: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "key", comment="test", ask=False)
    text = (bundle / layout.MANIFEST).read_bytes()
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", tmp_path / "key", "-n", "file"],
        input=text, capture_output=True, check=True,
    )  # fmt: skip
    (bundle / layout.SIGNATURE).write_bytes(done.stdout)
    assert failing_step(bundle) == SIGNATURE
    failed = verify(bundle).failed
    assert failed
    assert failed.detail == "the signature was made for another purpose"


def forged(tmp_path: Path) -> Path:
    """A bundle that agrees with itself, made from first to last by somebody else."""
    (tmp_path / "forger").mkdir()
    return samples.sealed(tmp_path / "forger")


def test_only_the_labs_own_list_catches_a_bundle_made_anew(tmp_path: Path) -> None:
    new_key(tmp_path / "key", comment="examiner", ask=False)
    with open_signer(tmp_path / "key") as signer:
        (tmp_path / "true").mkdir()
        true = samples.sealed(tmp_path / "true", signer=signer)
        listed = f"j.doe@police {signer.statement.public_key}\n"
    signers = tmp_path / "signers"
    signers.write_text(listed)
    result = verify(true, signers=signers)
    assert (result.failed, result.principal) == (None, "j.doe@police")
    false = forged(tmp_path)
    assert verify(false).failed is None
    assert failing_step(false, signers) == ON_LIST


def test_a_list_that_limits_the_key_to_another_purpose_does_not_count(tmp_path: Path) -> None:
    bundle = forged(tmp_path)
    public = (bundle / layout.SIGNER).read_text()
    signers = tmp_path / "signers"
    signers.write_text(f'a@b namespaces="git" {public}')
    assert failing_step(bundle, signers) == ON_LIST
    signers.write_text(f'a@b valid-before="20200101" {public}')
    assert failing_step(bundle, signers) == ON_LIST
    signers.write_text(f'a@b namespaces="seek-bundle@v1,git" {public}')
    assert verify(bundle, signers=signers).failed is None


def test_a_list_that_is_not_there_is_wrong_use(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        verify(bundle, signers=tmp_path / "none")


def test_a_folder_that_is_not_there_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as raised:
        verify(tmp_path / "none")
    assert not isinstance(raised.value, VerificationError)


def test_links_pipes_and_folders_are_not_followed(bundle: Path) -> None:
    moved = bundle.parent / "moved.json"
    shutil.move(bundle / layout.FINDINGS, moved)
    (bundle / layout.FINDINGS).symlink_to(moved)
    assert failing_step(bundle) == SEALED
    (bundle / layout.FINDINGS).unlink()
    os.mkfifo(bundle / layout.FINDINGS)
    assert failing_step(bundle) == SEALED
    (bundle / layout.FINDINGS).unlink()
    (bundle / layout.FINDINGS).mkdir()
    assert failing_step(bundle) == SEALED


def test_a_linked_media_folder_is_not_followed(bundle: Path) -> None:
    shutil.move(bundle / layout.MEDIA, bundle.parent / "elsewhere")
    (bundle / layout.MEDIA).symlink_to(bundle.parent / "elsewhere")
    assert failing_step(bundle) == SEALED


@pytest.mark.parametrize("name", [b"\x1b[2Jgone", b"a\nb", b"\xff\xfe", "\u202eevil".encode()])
def test_names_with_control_characters_are_never_told_raw(bundle: Path, name: bytes) -> None:
    (Path(os.fsdecode(os.fsencode(bundle) + b"/" + name))).write_bytes(b"")
    assert failing_step(bundle) == BESIDES


@pytest.mark.parametrize("name", [layout.FINDINGS, layout.MANIFEST, layout.SIGNATURE, layout.LOG])
def test_files_of_absurd_length_are_refused_unread(bundle: Path, name: str) -> None:
    os.truncate(bundle / name, 8 * 1024**4)
    step = failing_step(bundle)
    assert step in {MANIFEST, SIGNATURE, DIGESTS}
    failed = verify(bundle).failed
    assert failed
    assert "no bundle holds so much" in failed.detail


@pytest.mark.parametrize(
    "line",
    [
        b"0" * 64 + b"  ../outside\n",
        b"0" * 64 + b"  /etc/passwd\n",
        b"0" * 64 + b"  media/../findings.json\n",
        b"0" * 64 + b" *findings.json\n",
        b"\\" + b"0" * 64 + b"  a\\nb\n",
        b"0" * 64 + b"  manifest.sha256\n",
        b"0" * 63 + b"  findings.json\n",
        b"\n",
    ],
)
def test_a_manifest_that_names_anything_else_is_refused(bundle: Path, line: bytes) -> None:
    with open_signer(None) as attacker:
        text = (bundle / layout.MANIFEST).read_bytes() + line
        (bundle / layout.MANIFEST).write_bytes(text)
        (bundle / layout.SIGNATURE).write_bytes(attacker.sign(text))
    assert failing_step(bundle) == MANIFEST


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines, lines[-1]],
        lambda lines: lines[::-1],
        lambda lines: [line.upper() for line in lines],
        *(lambda lines, gone=name: [line for line in lines if gone not in line]
          for name in (b"entries.jsonl", b"log.jsonl", b"report.html", b"signer.pub")),
    ],
)  # fmt: skip
def test_a_manifest_that_is_signed_but_not_as_we_write_it_is_refused(
    bundle: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    lines = (bundle / layout.MANIFEST).read_bytes().splitlines(keepends=True)
    text = b"".join(change(lines))
    (bundle / layout.MANIFEST).write_bytes(text)
    with open_signer(None) as attacker:
        (bundle / layout.SIGNATURE).write_bytes(attacker.sign(text))
    assert failing_step(bundle) == MANIFEST


def test_a_partial_scan_is_told(tmp_path: Path) -> None:
    result = verify(samples.sealed(tmp_path, partial="time limit"))
    assert (result.failed, result.partial) == (None, "time limit")


LEFT = [".DS_Store", "Thumbs.db", "thumbs.db", "desktop.ini", "._findings.json", "media/.DS_Store",
        "media/._f000001.jpg", "media/Thumbs.db"]  # fmt: skip


def test_what_a_labs_computer_left_there_is_named_and_not_read(bundle: Path) -> None:
    for name in LEFT:
        (bundle / name).write_bytes(b"x")
        (bundle / name).chmod(0)
    result = verify(bundle)
    assert result.failed is None
    assert sorted(result.left_by_computers) == sorted(LEFT)


@pytest.mark.parametrize("name", ["DS_Store", ".DS_Store.txt", "_findings.json", "Thumbs.db.exe"])
def test_a_file_that_is_named_almost_so_is_seen(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"")
    assert failing_step(bundle) == BESIDES


def test_a_link_or_folder_under_such_a_name_is_not_a_computers(bundle: Path) -> None:
    (bundle / ".DS_Store").symlink_to("/etc/passwd")
    assert failing_step(bundle) == SEALED
    (bundle / ".DS_Store").unlink()
    (bundle / "._media").mkdir()
    assert failing_step(bundle) == SEALED


def test_no_manifest_names_what_a_computer_left(bundle: Path) -> None:
    (bundle / ".DS_Store").write_bytes(b"")
    with open_signer(None) as attacker:
        text = b"0" * 64 + b"  .DS_Store\n" + (bundle / layout.MANIFEST).read_bytes()
        (bundle / layout.MANIFEST).write_bytes(text)
        (bundle / layout.SIGNATURE).write_bytes(attacker.sign(text))
    assert failing_step(bundle) == MANIFEST


def test_what_a_bundle_is_of_is_told_by_what_was_signed_inside_it(bundle: Path) -> None:
    subject = verify(bundle).subject
    assert subject is not None
    assert subject.case == samples.CASE
    assert [device.serial for device in subject.devices] == ["S2ABNX0H123456"]
    assert (subject.findings, subject.would_be_named) == (3, "")


def test_a_renamed_folder_does_not_verify_as_another_case(bundle: Path) -> None:
    named = bundle.name
    renamed = bundle.rename(bundle.with_name("9999_1-B7-20200101T000000Z"))
    result = verify(renamed)
    assert result.failed is None
    assert result.subject is not None
    assert (result.subject.case, result.subject.would_be_named) == (samples.CASE, named)
    numbered = verify(renamed.rename(bundle.with_name(f"{named}-2"))).subject
    assert numbered is not None
    assert numbered.would_be_named == ""


def test_nothing_is_told_of_a_bundle_that_is_not_what_was_signed(bundle: Path) -> None:
    text = (bundle / layout.FINDINGS).read_bytes()
    (bundle / layout.FINDINGS).write_bytes(text.replace(b"2026/0417", b"9999/1234"))
    assert failing_step(bundle) == DIGESTS
    assert verify(bundle).subject is None


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "file",
    ["README.md", "docs/verifying.md", "docs/procedure.md",
     "triage/bundle/rendering/html/method.py", "tests/sessions/16-verify-with-stock-tools.txt"],
)  # fmt: skip
def test_everywhere_the_signature_is_checked_before_anything_the_manifest_names(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    first = text.index("ssh-keygen -Y verify")
    assert first < text.index("sha256sum --strict -c manifest.sha256")
    assert "sha256sum -c manifest" not in text


def test_no_other_page_tells_the_stock_commands() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("cli/**/*.py")]
    telling = {
        str(page.relative_to(ROOT))
        for page in pages
        if "-c manifest.sha256" in page.read_text(encoding="utf-8")
    }
    assert telling == {"README.md", "docs/verifying.md", "docs/procedure.md"}


def test_a_manifest_that_names_a_device_without_end_is_stopped_by_the_signature(
    bundle: Path,
) -> None:
    """In the other order sha256sum reads /dev/zero, and never comes back."""
    with (bundle / layout.MANIFEST).open("ab") as manifest:
        manifest.write(b"0" * 64 + b"  /dev/zero\n")
    report = (bundle / layout.REPORT).read_text(encoding="utf-8")
    commands = report[report.index("ssh-keygen -Y verify") :]
    first = commands[: commands.index("sha256sum")].replace("&lt;", "<").replace("\\\n", " ")
    assert subprocess.run(["sh", "-c", first], cwd=bundle, check=False).returncode != 0
    assert failing_step(bundle) == MANIFEST
