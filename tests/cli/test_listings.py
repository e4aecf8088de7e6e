"""What a bundle found, when that came to be, and what two bundles have in common."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.compare import compare
from cli.findings import findings
from cli.timeline import timeline
from tests.bundle import samples
from tests.conftest import Seek
from triage.bundle.format import layout
from triage.errors import BundleError, UsageError


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.sealed(tmp_path_factory.mktemp("cli"))


def _run(command: Any, *arguments: object) -> str:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False).output


def _json(command: Any, *arguments: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _run(command, *arguments, "--json").splitlines()]


def test_every_finding_has_a_line_with_its_place(bundle: Path) -> None:
    shown = _run(findings, bundle)
    assert "3 findings." in shown
    assert "Users/someone/Pictures/IMG_0000.JPG" in "".join(shown.split())
    assert "\x1b[31m" not in shown
    assert "\u202e" not in shown


def test_findings_are_chosen_by_any_of_their_kinds(bundle: Path) -> None:
    kinds = [[match["kind"] for match in each["result"]["matches"]]
             for each in _json(findings, bundle)]  # fmt: skip
    wanted = _json(findings, bundle, "--kind", "name")
    assert len(kinds) == 3
    assert len(wanted) == sum("name" in each for each in kinds) == 2


def test_findings_for_which_the_document_has_no_room_are_listed_too(
    bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / layout.ENTRIES).write_bytes((bundle / layout.ENTRIES).read_bytes())
    told = json.loads((bundle / layout.FINDINGS).read_bytes())
    told["findings_left_out"], told["findings"] = len(told["findings"]), []
    (tmp_path / layout.FINDINGS).write_text(json.dumps(told))
    assert len(_json(findings, tmp_path)) == 3


def test_moments_stand_in_the_order_of_time_the_cameras_among_them(bundle: Path) -> None:
    moments = _json(timeline, bundle)
    assert [each["at"] for each in moments] == sorted(each["at"] for each in moments)
    assert {each["what"] for each in moments} == {"taken", "created", "modified"}
    assert sum(each["what"] == "taken" for each in moments) == 3
    shown = _run(timeline, bundle)
    assert f"{len(moments)} moments" in shown
    assert "\u202e" not in shown


def _bundle_of(seek: Seek, folder: Path, files: dict[str, bytes], known: bytes = b"none") -> Path:
    source, listed = folder / "source", folder / "known.csv"
    source.mkdir(parents=True)
    for name, content in files.items():
        (source / name).write_bytes(content)
    listed.write_text(f"{hashlib.sha256(known).hexdigest()}\n")
    profile = folder / "digests.yaml"
    profile.write_text("name: d\ndescription: d\ndetectors: [{use: hash_set}]\n")
    done = seek("scan", source, "--hash-set", listed, "--profile", profile, "--out", folder / "out")
    assert done.returncode in (0, 3), done.stderr
    return next((folder / "out").iterdir())


def test_two_bundles_are_compared_whatever_sets_they_were_scanned_with(
    seek: Seek, tmp_path: Path
) -> None:
    files = {"a.jpg": b"in both", "b.jpg": b"here", "c": b"found"}
    one = _bundle_of(seek, tmp_path / "1", files, known=b"found")
    files = {"z.jpg": b"in both", "x": b"there", "y": b"in both", "empty": b"", "f": b"found"}
    other = _bundle_of(seek, tmp_path / "2", files)
    places = [[each["path"] for each in told["in"]] for told in _json(compare, one, other)]
    assert sorted(first for first, _ in places) == ["a.jpg", "c"]
    assert dict(places)["c"] == "f"
    (told,) = _json(compare, one, other, "--findings")
    assert [each["finding"] for each in told["in"]] == [1, None]
    assert "2 contents in both" in _run(compare, one, other)


def test_what_has_no_digest_in_common_with_any_other_is_said(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no digest that other bundles have"):
        _run(compare, bundle, bundle)
    with pytest.raises(BundleError, match=r"findings\.json is missing"):
        _run(compare, tmp_path, bundle)
