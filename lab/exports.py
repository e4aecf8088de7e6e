"""Back to the scene: what the store's findings are, as a sealed set for the next search.

A set holds digests and categories. Nothing in it says which case, which place or which machine.
"""

from collections.abc import Iterator
from pathlib import Path

from lab.engines.duck import Connection
from triage.hashsets.importing import BuildOrder, Built, Given, Seal, build
from triage.hashsets.records import UNCATEGORISED, UNKNOWN_SIZE, Imported, SetRecord
from triage.profile import SetKind


def export_hash_set(
    held: Connection, out: Path, *, name: str, seal: Seal, expires: str = "", models: bool = False
) -> Built:
    """A new sealed set of all contents that are findings by a notable set; `models`: of those that
    a model alone made one, too. Raises UsageError if `out` is there, HashSetError."""

    def records(_: Imported) -> Iterator[SetRecord]:
        for md5, sha1, sha256, pdq, size, category in held.ask("known_again", {"models": models}):
            yield SetRecord(
                md5=md5 or b"", sha1=sha1 or b"", sha256=sha256 or b"", pdq=pdq or b"",
                size=UNKNOWN_SIZE if size is None else size, category=category or UNCATEGORISED,
            )  # fmt: skip

    order = BuildOrder(
        given=[Given(name="earlier findings", format="a lab's store", records=records)],
        name=name,
        kind=SetKind.NOTABLE,
        source="earlier findings",
        expires=expires,
        seal=seal,
    )
    return build(order, out)
