"""A bundle for the lab alone: stock `age` opens it, nobody else reads anything, whatever is cut."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bundle import samples
from tests.bundle.medium import Medium
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.verify import verify
from triage.bundle.envelope import identities, recipients
from triage.bundle.envelope.identities import Identity
from triage.bundle.envelope.recipients import Recipient
from triage.bundle.format import layout
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.opening import open_envelope
from triage.bundle.writing.signing import open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.errors import BundleError, SeekError, UsageError, VerificationError
from triage.findings import Coverage, Outcome, Result

SAID = (b"Pictures/", b"2026/0417", b"A. Examiner", b"2026_0417",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"sample set", b"SAMSUNG MZ7LN256",
        b"ustar\x0000", b"signer.pub", b"\"findings\"")  # fmt: skip
"""Case, names, findings, pictures, and what any file of a bundle begins with; each so long that
chance does not write it."""
SEALED = 10**9


class Lab:
    """Keys of a lab, made by the stock tools."""

    def __init__(self, folder: Path) -> None:
        self.age, self.ssh = folder / "lab.agekey", folder / "lab_ed25519"
        subprocess.run(["age-keygen", "-o", self.age], check=True, capture_output=True)
        ssh = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "Somebody", "-f"]
        subprocess.run([*ssh, self.ssh], check=True)
        public = subprocess.run(
            ["age-keygen", "-y", self.age], check=True, capture_output=True, text=True
        ).stdout.strip()
        (folder / "lab-keys").write_text(f"# the lab\n{public}\n{_public(self.ssh)}\n")
        self.recipients = recipients.of([str(folder / "lab-keys")])
        self.by_age = identities.of_file(self.age)
        self.by_ssh = identities.of_file(self.ssh)


def _public(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text().strip()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


def _sealed(folder: Path, to: tuple[Recipient, ...], findings: int = 12) -> Path:
    folder.mkdir(exist_ok=True)
    device = samples.image(folder)
    writer = samples.begun(folder / "out", device, recipients=to)
    coverage = samples.fill(writer, findings, others=300)
    with open_signer(None) as signer:
        return writer.seal(samples.document(device, coverage), signer)


@pytest.fixture(scope="module")
def envelope(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _sealed(tmp_path_factory.mktemp("sealed"), lab.recipients)


def _in_clear(folder: Path) -> list[tuple[str, bytes]]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    names = [("a name", str(file.relative_to(folder)).encode()) for file in folder.rglob("*")]
    contents = [(file.name, file.read_bytes()) for file in files]
    return [(where, word) for where, text in [*names, *contents] for word in SAID if word in text]


def test_nothing_of_case_or_findings_is_in_it_in_clear(envelope: Path) -> None:
    assert sorted(file.name for file in envelope.iterdir()) == [
        layout.ENVELOPE,
        layout.ENVELOPE_SAYS,
    ]
    assert _in_clear(envelope.parent) == []


def test_the_same_words_are_in_a_bundle_that_is_open(tmp_path: Path) -> None:
    """The control: they would be found."""
    found = {word for _, word in _in_clear(_sealed(tmp_path, ()).parent)}
    assert found == {*SAID} - {b"ustar\x0000"}


@pytest.mark.parametrize("key", ["age", "ssh"])
def test_stock_age_and_tar_give_a_folder_that_verifies(
    envelope: Path, lab: Lab, key: str, tmp_path: Path
) -> None:
    """As docs/verifying.md says it."""
    page = (Path(__file__).parents[2] / "docs/verifying.md").read_text()
    typed = page.partition("```sh\nage -d")[2].partition("```")[0]
    (tmp_path / "open.sh").write_text(f"age -d{typed}")
    env = {"PATH": "/usr/bin:/bin", "KEY": str(getattr(lab, key)), "ENVELOPE": str(envelope)}
    subprocess.run(["sh", "-e", "open.sh"], check=True, cwd=tmp_path, env=env)
    (bundle,) = (each for each in tmp_path.iterdir() if each.is_dir())
    assert verify(bundle).failed is None
    assert bundle.name.startswith("2026_0417-EX_3-")


@pytest.mark.parametrize("by", ["by_age", "by_ssh"])
def test_the_lab_opens_it_by_either_key(envelope: Path, lab: Lab, by: str, tmp_path: Path) -> None:
    keys: tuple[Identity, ...] = getattr(lab, by)
    folder, told = open_envelope(envelope, keys, tmp_path)
    assert told.finished
    assert verify(folder).failed is None
    names = BundleFolder(folder).names()
    assert [name for name in names if layout.longest(name) is None] == []


def test_another_key_opens_nothing(envelope: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="does not open"):
        open_envelope(envelope, Lab(tmp_path).by_age, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_whatever_byte_is_changed_it_does_not_open_as_if_it_were_whole(
    envelope: Path, lab: Lab, tmp_path: Path
) -> None:
    chance = random.Random(23)
    whole = (envelope / layout.ENVELOPE).read_bytes()
    for number in range(40):
        copy = tmp_path / f"altered{number}"
        shutil.copytree(envelope, copy)
        at = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[at] ^= 1 << chance.randrange(8)
        (copy / layout.ENVELOPE).write_bytes(changed if number % 2 else whole[: max(at, 1)])
        with pytest.raises(BundleError):
            open_envelope(copy, lab.by_age, tmp_path / f"out{number}")
        assert not [*(tmp_path / f"out{number}").glob("*")], "half a bundle was left"


class Told:
    """An envelope that was written on a medium that remembers."""

    def __init__(self, folder: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.lab = folder / "medium", lab
        self.root.mkdir()
        self.device = samples.image(folder)
        self.medium = Medium(self.root)
        with open_signer(None) as signer, self.medium.recorded(monkeypatch):
            writer = samples.begun(self.root, self.device, recipients=lab.recipients)
            self._write(writer)
            writer.seal(samples.document(self.device, self.coverage), signer)
            self.medium.say(SEALED)

    def _write(self, writer: BundleWriter) -> None:
        self.coverage = Coverage()
        self.count = 60
        for number in range(self.count):
            entry = samples.entry(number, "Pictures/" + "n" * 3000 * (number % 3))
            plain = Result(outcome=Outcome.EXAMINED)
            result = samples.found(number) if number % 4 == 0 else plain
            self.coverage.list_entry(entry.volume_id, entry.size)
            self.coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
            preview = samples.preview(number) if result.matches else b""
            writer.entry(entry, result, preview=preview)
            if number % 3 == 0:
                writer.commit()
                self.medium.say(number + 1)

    def judge(self, calls: int, place: Path, chance: random.Random | None) -> str:
        """What is wrong with what a power cut after so many calls leaves; empty if nothing is."""
        place.mkdir()
        said = self.medium.after_power_cut(calls, place, chance)
        if clear := _in_clear(place):
            return f"in clear: {clear}"
        (envelope, *_) = [*place.iterdir(), place / "none"]
        try:
            folder, told = open_envelope(envelope, self.lab.by_age, place / "out")
        except SeekError as error:
            return f"{said} were said, and: {error.message}" if said else ""
        if told.finished and (folder / layout.MANIFEST).exists():
            failed = verify(folder).failed
            return f"whole, and step {failed.number}: {failed.detail}" if failed else ""
        if said == SEALED:
            return "it was said to be sealed, and is not"
        if not said:
            return ""
        journal = Journal(folder)
        lines = sum(1 for _ in journal.entries())
        return f"{said} were said, and {lines} are certain" if lines < said else ""


@pytest.fixture
def told(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(tmp_path, lab, monkeypatch)


def test_a_power_cut_shows_nothing_and_takes_nothing_that_was_said(
    told: Told, tmp_path: Path
) -> None:
    count = len(told.medium.calls)
    chance = random.Random(50)
    moments = sorted({*chance.sample(range(count + 1), 50), *range(count - 12, count + 1)})
    wrong = {
        calls: why
        for calls in moments
        if (why := told.judge(calls, tmp_path / f"cut{calls}", None))
    }
    assert wrong == {}


def test_whatever_chance_kept_of_what_was_not_synced_is_as_secret_and_does_no_harm(
    told: Told, tmp_path: Path
) -> None:
    count = len(told.medium.calls)
    moments = random.Random(51).sample(range(count + 1), 50)
    wrong = [
        (calls, seed, why)
        for seed, calls in enumerate(moments)
        if (why := told.judge(calls, tmp_path / f"torn{seed}", random.Random(seed)))
    ]
    assert wrong == []


def test_what_was_cut_off_goes_on_in_the_lab(lab: Lab, tmp_path: Path) -> None:
    device = samples.image(tmp_path)
    writer = samples.begun(tmp_path / "out", device, recipients=lab.recipients)
    coverage = samples.fill(writer, 5)
    writer.commit()
    writer.abandon()
    folder, told = open_envelope(writer.folder, lab.by_ssh, tmp_path / "opened")
    assert not told.finished
    again = BundleWriter.taken_up(Journal(folder), samples.CASE, [device])
    document = samples.document(device, coverage)
    samples.log_start(again, document)
    with open_signer(None) as signer:
        assert verify(again.seal(document, signer)).failed is None


def test_on_scene_nobody_can_read_or_go_on_with_it(envelope: Path) -> None:
    with pytest.raises(BundleError, match="only the lab can open") as refused:
        BundleFolder(envelope)
    assert "seek open" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "said",
    [
        "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
        "no-such-file",
        "",
    ],
)
def test_what_is_no_key_of_a_lab_is_refused(said: str) -> None:
    with pytest.raises(UsageError):
        recipients.of([said])


def test_a_private_key_is_refused_and_not_shown(lab: Lab) -> None:
    with pytest.raises(UsageError) as refused:
        recipients.of([str(lab.age)])
    assert "AGE-SECRET" not in refused.value.message


def test_what_a_stranger_closed_for_the_lab_writes_nothing_outside_a_new_folder(
    lab: Lab, tmp_path: Path
) -> None:
    """The lab's key is public: anybody can fill an envelope."""
    for number, name in enumerate(
        ("../x", "B/../x", "B/x", "B/entries.jsonl", "/etc/x", "B/media/")
    ):
        folder = tmp_path / f"forged{number}"
        _forge(folder, lab, [(name, b"x")])
        with pytest.raises(VerificationError):
            open_envelope(folder, lab.by_age, tmp_path / "out")
    _forge(tmp_path / "twice", lab, [("B/report.html", b"x"), ("B/report.html", b"y")])
    _forge(tmp_path / "order", lab, [("B/log.jsonl.000000002", b"x")])
    _forge(tmp_path / "two", lab, [("B/report.html", b"x"), ("C/scan.json", b"y")])
    for which in ("twice", "order", "two"):
        with pytest.raises(VerificationError):
            open_envelope(tmp_path / which, lab.by_age, tmp_path / "out")
    assert not [*(tmp_path / "out").glob("*")]


def _forge(folder: Path, lab: Lab, members: list[tuple[str, bytes]]) -> None:
    import io
    import tarfile

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o600
            tar.addfile(info, io.BytesIO(content))
    folder.mkdir()
    (folder / "plain").write_bytes(plain.getvalue())
    to = lab.recipients[0].name
    subprocess.run(["age", "-r", to, "-o", folder / layout.ENVELOPE, folder / "plain"], check=True)
