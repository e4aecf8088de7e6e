"""Every list of the field has its right count and categories, or is refused: none loses in silence.

In every encoding and with every line end that programs write.
"""

from pathlib import Path

import pytest

from tests.hashsets.dialects import FIELD, MD5, SHA1, SHA256, Dialect
from triage.errors import HashSetError
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import ready

DIGESTS = {"md5": MD5, "sha1": SHA1, "sha256": SHA256}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252")
LINE_ENDS = ("\n", "\r\n", "\r")


def guises(dialect: Dialect) -> dict[str, bytes]:
    """The same list in other encodings and with other line ends."""
    content = dialect.content
    if isinstance(content, bytes):
        return {"as it is": content}
    ended = {end: content.replace("\n", end) for end in LINE_ENDS}
    return {
        f"{encoding}, {end!a}": text.encode(encoding, errors="replace")
        for encoding in ENCODINGS
        for end, text in ended.items()
    }


def told(hash_set: HashSet) -> list[str]:
    """All that is said of what was not used, apart from bad lines."""
    imported = hash_set.imported
    assert imported is not None
    return [
        *imported.unused,
        *imported.notes,
        *hash_set.header.dropped,
        *hash_set.header.kept_without,
    ]


def test_there_are_as_many_as_were_tried_in_the_field() -> None:
    assert len(FIELD) >= 121


@pytest.mark.parametrize("name", FIELD)
def test_it_is_read_as_it_is_or_refused_in_words(name: str, tmp_path: Path) -> None:
    dialect = FIELD[name]
    path = tmp_path / "in.txt"
    for guise, content in guises(dialect).items():
        path.write_bytes(content)
        if dialect.refused:
            with pytest.raises(HashSetError, match=dialect.refused):
                ready(path)
            continue
        with ready(path) as hash_set:
            found = [hash_set.find(dialect.by, bytes.fromhex(each)) for each in DIGESTS[dialect.by]]
            assert [each.category if each else "absent" for each in found] == dialect.categories, (
                guise
            )
            assert {each.size for each in found if each} == {dialect.size}, guise
            assert hash_set.header.entries == dialect.entries, guise
            assert hash_set.imported is not None
            assert hash_set.imported.bad == dialect.bad, guise
            said = told(hash_set)
            for word in dialect.said:
                assert any(word in each for each in said), (guise, word, said)
