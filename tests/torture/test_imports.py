"""A sample of the hundred kills of `seek lab import`."""

from pathlib import Path

from tests.torture import imports


def test_an_import_that_is_killed_again_and_again_leaves_a_store_that_is_whole_and_goes_on(
    tmp_path: Path,
) -> None:
    whole = imports.undisturbed(tmp_path, bundles=3, entries=40)
    done = imports.torment(whole, tmp_path / "tormented", 0, 8)
    assert (done.wrong, len(done.moments)) == ([], 8)
    assert done.stores
