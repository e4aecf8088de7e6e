"""Model packs: a model and the card that says what it is and how it is fed.

A pack is a folder with `card.yaml` and the model beside it, or a card that names a file inside an
installed Python package. docs/formats/model-pack.md describes the card. The coordinator opens the
pack and passes the model's bytes to workers, which have no right to open files.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Annotated, Literal

import msgspec

from triage.errors import ModelError, UsageError, why

CARD = "card.yaml"
_MOST_CARD_BYTES = 1 << 16
_MOST_MODEL_BYTES = 1 << 30
_BLOCK = 1 << 20

Side = Annotated[int, msgspec.Meta(ge=8, le=2048)]
Score = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
ThreeNumbers = tuple[float, float, float]


class CardPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a card: a word that it does not know is an error, not ignored."""


class ModelFile(CardPart, frozen=True, kw_only=True):
    """Where the model is: beside the card, or inside an installed Python package."""

    file: str
    package: str = ""
    sha256: Digest


class AxisOrder(StrEnum):
    """Order of the input's axes."""

    NHWC = "nhwc"
    NCHW = "nchw"


class ModelInput(CardPart, frozen=True, kw_only=True):
    """How a picture becomes the model's input: float32, batch first."""

    layout: AxisOrder
    size: Side
    """Height and width of the input, pixels."""
    resize: Side | None = None
    """The picture is squashed to this square first, and the middle is cut out; default: `size`."""
    colour: Literal["bgr", "rgb"] = "rgb"
    mean: ThreeNumbers = (0.0, 0.0, 0.0)
    """Subtracted from samples of 0 to 255, in the order of `colour`."""
    scale: ThreeNumbers = (1.0, 1.0, 1.0)
    """What the difference is multiplied by."""
    jpeg_quality: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    """Saved as JPEG at this quality and read again after resizing; 0: not."""


class Output(CardPart, frozen=True, kw_only=True):
    """What the model's first output means."""

    activation: Literal["none", "softmax", "sigmoid"] = "none"
    labels: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    score: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    """The labels whose values are added up to the score."""


class ScoreThresholds(CardPart, frozen=True, kw_only=True):
    """From which score on a picture is a match."""

    default: Score


class Card(CardPart, frozen=True, kw_only=True):
    """A whole card."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: str
    licence: str
    origin: str
    description: str = ""
    model: ModelFile
    input: ModelInput
    output: Output
    thresholds: ScoreThresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPack:
    """A pack whose card is valid; its model has not been read yet."""

    card: Card
    where: str
    """What the agent gave: the shipped pack's name, or a path."""
    file: Traversable

    def model_bytes(self) -> bytes:
        """The model; raises ModelError if it is absent or not the one that the card names."""
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """The same in blocks, which are worth nothing until the last has come."""
        digest = hashlib.sha256()
        try:
            with self.file.open("rb") as stream:
                for block in _blocks(stream):
                    digest.update(block)
                    yield block
        except OSError as error:
            raise ModelError(
                f"The model of pack '{self.where}' cannot be read: {why(error)}.",
                hint="The card's `model.file` is looked for beside the card, "
                "or in the Python package that `model.package` names.",
            ) from error
        _check_digest(digest.hexdigest(), self)


def shipped() -> list[str]:
    """The names of the packs that seek brings along."""
    return sorted(pack.name for pack in _packs().iterdir() if pack.joinpath(CARD).is_file())


def load_pack(name_or_path: str) -> ModelPack:
    """The shipped pack of that name, or the one in the folder (or beside the card) at the path.

    Raises UsageError if there is none; ModelError, a message about the card carries the path
    inside it.
    """
    folder = _folder(name_or_path)
    card = _read_card(folder.joinpath(CARD), name_or_path)
    return ModelPack(card=card, where=name_or_path, file=_model_file(folder, card.model))


def _packs() -> Traversable:
    return resources.files("triage.packs").joinpath("shipped")


def _folder(name_or_path: str) -> Traversable:
    if name_or_path in shipped():
        return _packs().joinpath(name_or_path)
    path = Path(name_or_path)
    if path.name == CARD:
        path = path.parent
    if not path.is_dir():
        raise UsageError(
            f"No model pack '{name_or_path}'.",
            hint=f"Shipped packs: {', '.join(shipped())}. Or give a folder that holds {CARD}.",
        )
    return path


def _read_card(file: Traversable, where: str) -> Card:
    from triage import plain_yaml  # noqa: PLC0415 - workers are given cards, and never read one

    try:
        with file.open("rb") as stream:
            raw = plain_yaml.read(stream.read(_MOST_CARD_BYTES).decode("utf-8"))
        card = msgspec.convert(raw, Card)
    except OSError as error:
        raise ModelError(
            f"Model pack '{where}' has no {CARD}: {why(error)}.",
            hint="docs/formats/model-pack.md shows a whole card.",
        ) from error
    except (plain_yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ModelError(
            f"The card of model pack '{where}' is not understood: {why(error)}.",
            hint="docs/formats/model-pack.md shows a whole card.",
        ) from error
    _check_card(card, where)
    return card


def _check_card(card: Card, where: str) -> None:
    """What types cannot say: labels that exist and differ, a middle that fits, a file by name."""
    problem = ""
    if len(set(card.output.labels)) < len(card.output.labels):
        problem = "two labels are the same - at `$.output.labels`"
    elif not set(card.output.score) <= set(card.output.labels):
        problem = "it is not one of the labels - at `$.output.score`"
    elif card.input.resize is not None and card.input.resize < card.input.size:
        problem = "it is smaller than `size` - at `$.input.resize`"
    elif Path(card.model.file).name != card.model.file:
        problem = "it must be a plain file name - at `$.model.file`"
    if problem:
        raise ModelError(
            f"The card of model pack '{where}' is not understood: {problem}.",
            hint="docs/formats/model-pack.md shows a whole card.",
        )


def _model_file(folder: Traversable, model: ModelFile) -> Traversable:
    if not model.package:
        return folder.joinpath(model.file)
    try:
        found = find_spec(model.package)  # which runs none of the package's own code
    except (ImportError, ValueError):
        found = None
    places = found.submodule_search_locations if found else None
    if not places:
        raise ModelError(
            f"The Python package '{model.package}' that carries the model is not installed.",
            hint=f"Install it beside seek, or put {model.file} in the pack's folder.",
        )
    return Path(places[0]).joinpath(model.file)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """All of it, or more than a model may have; never with room for more than there is: a machine
    may have one gigabyte in all."""
    given = 0
    while given <= _MOST_MODEL_BYTES and (block := stream.read(_BLOCK)):
        yield block
        given += len(block)


def _check_digest(found: str, pack: ModelPack) -> None:
    if found != pack.card.model.sha256:
        raise ModelError(
            f"The model of pack '{pack.where}' is not the one that its card names: "
            f"SHA-256 {found}, the card says {pack.card.model.sha256}.",
            hint="Get the pack again from where it came from; do not change the card.",
        )
