"""What an unsealed bundle says for certain, and in which order a bundle comes to be sealed."""

from pathlib import Path

import pytest

from tests.bundle import samples
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.bundle.format.entries import EntryLine
from triage.bundle.writing import files
from triage.bundle.writing.durable import Patience, write_once
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.signing import open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.errors import BundleError, EvidenceStickError
from triage.findings import Outcome, Result


def _write(made: BundleWriter, first: int, count: int) -> None:
    for number in range(first, first + count):
        made.entry(samples.entry(number), Result(outcome=Outcome.EXAMINED))


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    """Thirty entries in three commits, and four that none vouches for."""
    made = BundleWriter(tmp_path / "out", samples.CASE, [samples.image(tmp_path)])
    for first in (0, 10, 20):
        _write(made, first, 10)
        made.commit()
    made.abandon()
    with (made.folder / layout.ENTRIES).open("ab") as file:
        file.write(b'{"id": 31}\n' * 3 + b'{"id"')
    return made.folder


def test_all_that_the_last_record_vouches_for_is_believed_and_nothing_more(cut_off: Path) -> None:
    journal = Journal(cut_off)
    assert journal.lines == 30
    assert [line.entry.id for line in journal.entries() if isinstance(line, EntryLine)] == list(
        range(30)
    )
    assert journal.dropped == 4


def test_what_a_record_vouches_for_and_does_not_hold_is_not_believed(cut_off: Path) -> None:
    """A byte of the second commit is another: what came before it stands."""
    file = cut_off / layout.ENTRIES
    lines = file.read_bytes().splitlines(keepends=True)
    lines[14] = lines[14].replace(b"examined", b"excluded")
    file.write_bytes(b"".join(lines))
    assert Journal(cut_off).lines == 10


def test_previews_that_were_exchanged_are_refused(tmp_path: Path) -> None:
    """Their names are the same, and each is a whole picture."""
    made = BundleWriter(tmp_path / "out", samples.CASE, [samples.image(tmp_path)])
    samples.fill(made, 3)
    made.commit()
    made.abandon()
    journal = Journal(made.folder)
    lines = [line for line in journal.entries() if isinstance(line, EntryLine)]
    names = [line.found.preview for line in lines if line.found]
    assert len(names) == 3
    assert [*journal.previews(names)] == names
    one, other = (made.folder / name for name in names[:2])
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    with pytest.raises(BundleError, match="previews are not those that were written"):
        BundleWriter.taken_up(Journal(made.folder), samples.CASE, [])


def test_a_commit_of_nothing_new_writes_nothing(tmp_path: Path) -> None:
    made = BundleWriter(tmp_path / "out", samples.CASE, [samples.image(tmp_path)])
    _write(made, 0, 1)
    made.commit()
    before = {file: file.read_bytes() for file in made.folder.iterdir() if file.is_file()}
    made.commit()
    assert {file: file.read_bytes() for file in before} == before
    made.abandon()


def test_a_sealed_bundle_is_never_taken_up(sealed_once: Path) -> None:
    before = {file: file.read_bytes() for file in sealed_once.rglob("*") if file.is_file()}
    with pytest.raises(BundleError, match="sealed"):
        BundleWriter.taken_up(Journal(sealed_once), samples.CASE, [])
    assert {file: file.read_bytes() for file in sealed_once.rglob("*") if file.is_file()} == before


def test_a_bundle_that_has_a_manifest_has_all_else_wherever_sealing_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest is what tells a sealed bundle from one that can be gone on with."""
    for left in range(2 * len(layout.LISTED)):
        folder = tmp_path / str(left)
        folder.mkdir()
        device = samples.image(folder)
        with monkeypatch.context() as whole:  # scan.json is there since the scan began
            whole.setattr(files, "write_once", write_once)
            made = samples.begun(folder / "out", device)
            document = samples.document(device, samples.fill(made, 1))
        monkeypatch.setattr(files, "write_once", _Medium(left))
        with open_signer(None) as signer:
            try:
                made.seal(document, signer)
            except EvidenceStickError:
                made.abandon()
                assert not (made.folder / layout.MANIFEST).exists()
            else:
                assert verify(made.folder).failed is None
                return
    raise AssertionError("it was never sealed")


class _Medium:
    """Takes so many more files, and is then pulled out."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, path: Path, content: bytes, *, shown: str, patience: Patience) -> str:
        if not self.left:
            raise EvidenceStickError("pulled out")
        self.left -= 1
        return write_once(path, content, shown=shown, patience=patience)
