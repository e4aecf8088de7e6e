"""Harnesses for what `seek merge` reads of other people's bundles, and for what comes of it."""

import tempfile
from functools import cache
from pathlib import Path
from typing import cast

from tests.bundle import samples
from tests.fuzz.harness import Harness, in_a_file
from triage.bundle.checking import merged as merges
from triage.bundle.checking.entry_lines import findings_of
from triage.bundle.format import layout, merged
from triage.bundle.rendering import merged as rendering
from triage.bundle.writing.exports import read_document
from triage.bundle.writing.signing import Signer, open_signer
from triage.workshop.merging import GivenBundle, Merging, refuse_what_does_not_belong

AT = "2026-11-30T02:00:00Z"


class _Signs:
    """Signs without a program, in no time: nobody verifies it here."""

    def __init__(self) -> None:
        with open_signer(None) as signer:
            self.statement = signer.statement

    def sign(self, _: bytes, *, namespace: str) -> bytes:
        return namespace.encode()


@cache
def _signer() -> Signer:
    return cast("Signer", _Signs())


def bundles_of_others(data: bytes) -> None:
    """findings.json and entries.jsonl of a bundle that is taken whatever is wrong with it, put
    together with an honest one and with itself."""
    document, _, lines = data.partition(b"\x00")

    def use(folder: Path) -> None:
        (folder / layout.ENTRIES).write_bytes(lines)
        given = [_given(folder, 1), _given(_honest(), 2), _given(folder, 3)]
        refuse_what_does_not_belong(given, several_cases=True)
        made = Merging(given).write(folder / "out", _signer(), by="seek", at=AT)
        assert sum(len(each.places) for each in made.contents) == sum(
            each.findings - each.carried for each in made.sources
        )

    in_a_file(layout.FINDINGS, document, use)


def _given(folder: Path, number: int) -> GivenBundle:
    document = read_document(folder)
    return GivenBundle(
        name=f"bundle {number}",
        document=document,
        findings=tuple(findings_of(folder, document.volumes)),
        manifest_sha256=f"{number:064x}",
        preview=lambda _: b"",
    )


def merged_folder(data: bytes) -> None:
    """merged.json, as whoever verifies a merge reads it, and the report that is made of it."""
    said = merged.decode(data)
    merges.check_sums(said)
    for _ in rendering.files(said):
        pass


@cache
def _honest() -> Path:
    """A bundle, for as long as the process lives."""
    return samples.sealed(Path(tempfile.mkdtemp(prefix="seek-fuzz-")), findings=3)


def _bundle() -> tuple[bytes, ...]:
    names = (layout.FINDINGS, layout.ENTRIES)
    return (b"\x00".join((_honest() / name).read_bytes() for name in names),)


def _merged() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        made = Merging([_given(_honest(), 1), _given(_honest(), 2)]).write(
            Path(folder) / "out", _signer(), by="seek", at=AT
        )
    return (merged.encode(made),)


HARNESSES = (
    Harness(name="bundles_of_others", run=bundles_of_others, seeds=_bundle),
    Harness(name="merged_folder", run=merged_folder, seeds=_merged),
)
