"""A model's estimate of a picture: raw score, threshold, and which model said so.

Pictures are fed exactly as the model's authors do (Pillow's bilinear reduction, the middle cut
out, saved as JPEG once more), so that the scores are the published model's own.
"""

import io
import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from triage.detectors.item import frames_of
from triage.detectors.onnx_content import OddModelError, refuse_odd
from triage.detectors.seen_before import SeenBefore, told_by
from triage.errors import ModelError
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.packs.models import AxisOrder, Card

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from triage.choices import ClassifierUse
    from triage.detectors.equipment import OpenedEquipment
    from triage.detectors.item import Frame, Item, Picture, Pixels

    Floats = npt.NDArray[np.float32]

BATCH = 4
"""Pictures in one run of the model: more is no faster on one thread, and takes more memory."""
_SCORES_KEPT = 20_000
"""Of pictures scored before: some 4 MB. A run of the model takes longer than all else together."""


class Classifier:
    """Scores pictures with one model pack; one thread, whose memory stays as it is."""

    def __init__(
        self,
        card: Card,
        model_bytes: bytes,
        *,
        threshold: float | None = None,
        smallest_side: int = 64,
    ) -> None:
        """Keep the model's bytes: `begin` loads it.

        Pictures whose shorter side is below `smallest_side` pixels are icons and not scored.
        `threshold`: the card's own if it is None.
        """
        self.name = f"classifier:{card.name} {card.version}"
        self.threshold = card.thresholds.default if threshold is None else threshold
        self._card = card
        self._smallest_side = smallest_side
        self._columns = [card.output.labels.index(label) for label in card.output.score]
        self._content = model_bytes
        self._session: Any = None
        self._input = self._output = ""
        self._scored: SeenBefore[float] = SeenBefore(_SCORES_KEPT)
        onnx_runtime()

    def begin(self) -> None:
        """Load the model: a parser of hundreds of thousands of lines meets what somebody sent, so
        this is asked of a worker that has given up its rights.

        Raises ModelError if it is not ONNX, not whole in itself, or not the card's.
        """
        content, self._content = self._content, b""
        try:
            refuse_odd(content)
        except OddModelError as error:
            raise _unfit(self._card, str(error)) from error
        self._session = _session(self._card, content)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name
        self._try_out()

    def matches_of(self, items: Sequence["Item"]) -> list[tuple[Match, ...]]:
        """A match for each item whose picture, or any frame, scores at or above the threshold.

        Leaves each score in `Item.scores`.
        """
        wanted = [
            (index, frame)
            for index, item in enumerate(items)
            for frame in frames_of(item)
            if min(frame.picture.width, frame.picture.height) >= self._smallest_side
        ]
        scores = self.scores([frame.picture for _, frame in wanted])
        best: dict[int, tuple[float, Frame]] = {}
        for (index, frame), score in zip(wanted, scores, strict=True):
            if index not in best or score > best[index][0]:
                best[index] = score, frame
                items[index].scores[self._card.name] = score
        return [self._match(*best[index]) if index in best else () for index in range(len(items))]

    def scores(self, pictures: Sequence["Picture"]) -> list[float]:
        """The raw score of each picture, 0 to 1; the same pixels are scored once."""
        told = [told_by(picture.pixels) for picture in pictures]
        scores: dict[bytes, float] = {}
        new: dict[bytes, Picture] = {}
        for each, picture in zip(told, pictures, strict=True):
            score = self._scored.get(each)
            if score is None:
                new[each] = picture
            else:
                scores[each] = score
        for each, score in zip(new, self._scores([*new.values()]), strict=True):
            scores[each] = score
            self._scored.put(each, score)
        return [scores[each] for each in told]

    def _scores(self, pictures: Sequence["Picture"]) -> Iterator[float]:
        for start in range(0, len(pictures), BATCH):
            inputs = [
                prepared(picture.pixels, self._card) for picture in pictures[start : start + BATCH]
            ]
            yield from (float(score) for score in self._run(inputs))

    def _run(self, inputs: list["Floats"]) -> "Floats":
        import numpy as np  # noqa: PLC0415

        (output,) = self._session.run([self._output], {self._input: np.stack(inputs)})
        values = _activated(output.reshape(len(inputs), -1), self._card.output.activation)
        scores: Floats = values[:, self._columns].sum(axis=1)
        return np.nan_to_num(scores, nan=0.0).clip(0.0, 1.0)

    def _match(self, score: float, frame: "Frame") -> tuple[Match, ...]:
        if score < self.threshold:
            return ()
        card = self._card
        where = {"frame": frame.part, "at": "" if frame.at is None else f"{frame.at:.1f}"}
        provenance = {
            "model": card.name,
            "version": card.version,
            "sha256": card.model.sha256,
            "labels": "+".join(card.output.score),
            "reduced_by": str(frame.picture.reduced_by),
        }
        return (
            Match(
                kind=MatchKind.CLASSIFIER,
                detector=self.name,
                reason=f"A model scored {_said(frame)} {score:.2f} "
                f"(threshold {self.threshold:.2f}); it is an estimate, not proof.",
                score=round(score, 6),
                threshold=self.threshold,
                provenance=provenance | {name: text for name, text in where.items() if text},
            ),
        )

    def _try_out(self) -> None:
        """One run on grey, so that a card that does not fit its model is refused at the start."""
        import numpy as np  # noqa: PLC0415

        side = self._card.input.size
        grey = prepared(np.full((side, side, 3), 128, np.uint8), self._card)
        try:
            (output,) = self._session.run([self._output], {self._input: grey[None]})
        except Exception as error:  # onnxruntime's errors have no narrower parent
            raise _unfit(self._card, str(error)) from error
        if output.size != len(self._card.output.labels):
            labels = len(self._card.output.labels)
            raise _unfit(self._card, f"it gives {output.size} values, the card has {labels} labels")


def build_one(choice: "ClassifierUse", equipment: "OpenedEquipment") -> Classifier:
    """The choice's detector. Raises ModelError if its model is none, or has not been read."""
    model = equipment.models.get(choice.model)
    if model is None:
        raise ModelError(
            f"The profile's model '{choice.model}' has not been read.",
            hint="`seek model list` names the shipped packs.",
        )
    return Classifier(
        model.card, model.content, threshold=choice.threshold, smallest_side=choice.smallest_side
    )


def _said(frame: "Frame") -> str:
    if frame.at is not None:
        return f"a frame of this video, at {frame.at:.0f} s,"
    return f"its {frame.part}" if frame.part else "this picture"


def prepared(pixels: "Pixels", card: Card) -> "Floats":
    """The model's input for one picture: float32, laid out as the card says, no batch axis.

    `pixels`: height x width x 3, blue green red.
    """
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    wanted = card.input
    side = wanted.resize or wanted.size
    edge = (side - wanted.size) // 2
    # Each colour is resized by itself, so their order is changed when there are few pixels left.
    small = Image.fromarray(pixels).resize((side, side), resample=Image.Resampling.BILINEAR)
    middle = small.crop((edge, edge, edge + wanted.size, edge + wanted.size))
    image = Image.fromarray(np.ascontiguousarray(np.asarray(middle)[:, :, ::-1]))
    if wanted.jpeg_quality:
        image = _saved_once_more(image, wanted.jpeg_quality)
    rgb = np.asarray(image)
    samples = (rgb[:, :, ::-1] if wanted.colour == "bgr" else rgb).astype(np.float32, order="C")
    samples -= np.array(wanted.mean, np.float32)
    samples *= np.array(wanted.scale, np.float32)
    if wanted.layout is AxisOrder.NCHW:
        samples = samples.transpose(2, 0, 1)
    return np.ascontiguousarray(samples)


def _saved_once_more(image: Any, quality: int) -> Any:
    from PIL import Image  # noqa: PLC0415

    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=quality)
    stream.seek(0)
    return Image.open(stream)


@cache
def onnx_runtime() -> Any:
    """The module onnxruntime, which from 1.31 on would open a database in the user's home, start a
    thread and report to its maker, unless it is told not to before it is imported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415

    return onnxruntime


def _session(card: Card, model_bytes: bytes) -> Any:
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnx_runtime().InferenceSession(
            model_bytes, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors have no narrower parent
        raise _unfit(card, str(error)) from error


def _activated(values: "Floats", activation: str) -> "Floats":
    import numpy as np  # noqa: PLC0415

    if activation == "softmax":
        values = np.exp(values - values.max(axis=1, keepdims=True))
        values = values / values.sum(axis=1, keepdims=True)
    elif activation == "sigmoid":
        values = np.float32(1.0) / (np.float32(1.0) + np.exp(-values))
    return values


def _unfit(card: Card, why: str) -> ModelError:
    said = " ".join(why.split())[:300].rstrip(".")
    return ModelError(
        f"Model '{card.name}' cannot be run as its card says: {said}.",
        hint="`seek model check PATH` tells what is wrong with a pack.",
    )
