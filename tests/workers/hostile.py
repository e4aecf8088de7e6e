"""A worker that was taken over: run in place of `triage.workers`, with the same sandbox.

What it tries is the name of the entry that it is given (`connect.try`, see attempts.py); what came
of it is the reason of the entry's outcome: the errno's name, or `DONE` if the sandbox let it.
"""

import os
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import msgspec
from msgspec.structs import replace

from tests.workers import attempts
from triage.evidence import FileEntry
from triage.findings import Match, Outcome, Result
from triage.hashsets.hash_set import HashSet
from triage.match_kinds import MatchKind
from triage.plan.rows import Rows
from triage.wire.messages import (
    EntriesMet,
    Examine,
    Failed,
    Glance,
    Glanced,
    LookUp,
    Ready,
    Reply,
    Request,
    Results,
    Settled,
    Setup,
    Spot,
    Spots,
    Surveyed,
    Volumes,
    frame,
)
from triage.workers import __main__ as worker
from triage.workers import examine, serving, survey

_channels: list[int] = []
_listed = [0]
"""The id after the last that was listed of this volume."""
_honest_work = serving.work


class HostileExaminer(examine.ExamineTasks):
    """Honest to most entries."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        for each in setup.hash_sets:
            opened_set = HashSet.from_fd(each.descriptor)
            told = {"set": opened_set.header.name, "set_sha256": opened_set.sha256}
            _sets.append(told)
        attempts.source.extend(fd for opened in setup.devices for fd in opened.descriptors)

    def answer(self, request: Request) -> Iterator[Reply]:
        if isinstance(request, Glance | LookUp):
            yield from self._glance(request.entries)
            return
        if not isinstance(request, Examine):
            yield from super().answer(request)
            return
        for entry in request.entries:
            if entry.path.endswith(".say"):
                self._say(entry.path.removesuffix(".say"), entry.id)
        *spotted, reply = super().answer(request)
        yield from spotted
        assert isinstance(reply, Results)
        reply = replace(reply, results=tuple(map(_flooded, request.entries, reply.results)))
        results = [
            Result(outcome=r.outcome, reason=attempts.tried(e.path.removesuffix(".try")))
            if e.path.endswith(".try")
            else r
            for e, r in zip(request.entries, reply.results, strict=True)
        ]
        yield replace(reply, results=tuple(results), seconds=0.0)

    def _glance(self, entries: tuple[FileEntry, ...]) -> Iterator[Reply]:
        """What the folder of the first entry asks for."""
        match entries[0].path.partition("/")[0]:
            case "die":
                os._exit(3)
            case "forge":
                yield Glanced(promising=(entries[-1].id + 1000,), seconds=0.0)
            case "settle":
                known = (Result(outcome=Outcome.KNOWN),) * len(entries)
                ids = tuple(entry.id for entry in entries)
                yield Results(entry_ids=ids, results=known, seconds=0.0)
            case "twice":
                yield Glanced(promising=(entries[0].id,) * (len(entries) + 1), seconds=0.0)
        yield Glanced(promising=(), seconds=0.0)

    def _say(self, what: str, number: int) -> None:
        if what == "die":
            os._exit(3)
        if what == "stall":
            time.sleep(10_000)
        said = memoryview(_said(what, number))
        while said:
            said = said[os.write(_channels[0], said) :]
        if what in {"made-up", "made-up-well"}:
            os._exit(3)


def _work(channel_number: int, complaints: int, given: Sequence[int]) -> int:
    _channels.append(channel_number)
    return _honest_work(channel_number, complaints, given)


def _said(what: str, number: int) -> bytes:
    """What breaks the protocol, as it travels."""
    own = Result(outcome=Outcome.EXAMINED)
    forged = Result(outcome=Outcome.EXAMINED, matches=(FORGED,))
    long = Result(outcome=Outcome.EXAMINED, reason="x" * 100_000)
    scored = Result(outcome=Outcome.EXAMINED, matches=(SCORED,))
    known = Result(outcome=Outcome.KNOWN, container="zip")
    held = [replace(own, container="x" * 900), replace(own, locked=True), known]
    messages: dict[str, Reply] = {
        "other-entry": _results(number + 1, forged),
        "many-results": _results(number, own, times=1000),
        "long-reason": _results(number, long),
        "no-number": _results(number, own, seconds=float("nan")),
        "no-end": _results(number, own, seconds=float("inf")),
        "before": _results(number, own, seconds=-1e300),
        "no-score": _results(number, scored),
        "no-kind": _results(number, held[0]),
        "locked-nothing": _results(number, held[1]),
        "known-container": _results(number, held[2]),
        "no-picture": _results(number, replace(own, undecoded="x" * 900)),
        "ready-again": Ready(confinement=("all of them",)),
        "volumes": Volumes(volumes=()),
        "entries": EntriesMet(rows={}),
        "glanced": Glanced(promising=(), seconds=0.0),
        "failed": Failed(message="\x1b[31mno"),
        "made-up": _spot(number, KNOWN),
        "made-up-well": _spot(number, _of_the_set()),
        "made-up-result": _results(number, replace(own, matches=(KNOWN,), digests=DIGEST_OF_KNOWN)),
        "made-up-score": _results(number, replace(own, matches=(SCORED_BY,))),
        "made-up-list": _results(number, replace(own, matches=(LISTED,))),
        "spotted-other": _spot(number + 1, KNOWN),
        "spotted-twice": Spots(spots=(*_spot(number, KNOWN).spots,) * 2),
        "spotted-nothing": _spot(number),
        "spotted-score": _spot(number, SCORED),
        "spotted-no-digest": _spot(number, FORGED),
    }
    if what.startswith("complain"):
        return frame(Failed(message=f"{what} in words of its own"))
    if what == "garbage":
        return struct.pack("<I", 9) + b"\xc1garbage!"
    if what == "oversized":
        return struct.pack("<I", 0xFFFFFFFF) + b"x" * 4096
    return frame(messages[what])


def _flooded(entry: FileEntry, honest: Result) -> Result:
    """Allowed by itself, and too much of it where many do so."""
    match entry.path.rpartition(".")[2]:
        case "reason":
            return Result(outcome=Outcome.UNREADABLE, reason=f"for {entry.path}")
        case "long":
            match = Match(kind=MatchKind.NAME, detector="x", reason="x" * 4000)
            return replace(honest, matches=(match,) * 200)
    return honest


def _results(number: int, result: Result, *, times: int = 1, seconds: float = 0.0) -> Results:
    ids = tuple(range(number, number + times))
    return Results(entry_ids=ids, results=(result,) * times, seconds=seconds)


def _spot(number: int, *matches: Match) -> Spots:
    return Spots(spots=(Spot(entry_id=number, matches=matches),))


DIGEST = {"algorithm": "md5", "digest": "0" * 32}
DIGEST_OF_KNOWN = {"md5": "0" * 32}
KNOWN = Match(kind=MatchKind.HASH_SET, detector="hash_set", reason="forged", provenance=DIGEST)
FORGED = Match(kind=MatchKind.HASH_SET, detector="hash_set", reason="forged")
SCORED_BY = Match(
    kind=MatchKind.CLASSIFIER, detector="model", reason="forged", score=1.0,
    provenance={"model": "mine", "version": "1", "sha256": "0" * 64},
)  # fmt: skip
LISTED = Match(kind=MatchKind.NAME, detector="names", reason="forged", provenance={"list": "mine"})
_sets: list[dict[str, str]] = []


def _of_the_set() -> Match:
    """Of the one that it was given."""
    return msgspec.structs.replace(KNOWN, provenance=DIGEST | (_sets[0] if _sets else {}))


SCORED = Match(kind=MatchKind.CLASSIFIER, detector="model", reason="forged", score=float("nan"))


class HostileSurveyor(survey.SurveyTasks):
    """Says, in the end, what the volume's label asks for."""

    def answer(self, request: Request) -> Iterator[Reply]:
        _listed[0] = getattr(request, "first_id", 0)
        label = getattr(getattr(request, "volume", None), "label", "")
        for reply in super().answer(request):
            if isinstance(reply, EntriesMet):
                _listed[0] += len(Rows.from_bytes(reply.rows).columns["sizes"]) + len(reply.settled)
            if isinstance(reply, Surveyed):
                yield from _surveyor_says(label, reply)
            yield reply


def _surveyor_says(label: str, honest: Surveyed) -> Iterator[Reply]:
    match label:
        case "COLUMNS":
            yield EntriesMet(rows={"sizes": b"12345678"})
        case "REPEAT":
            yield Surveyed(volume_id="d0v99", content_bytes=0)
        case "RESULTS":
            yield Results(entry_ids=(), results=(), seconds=0.0)
        case "LONGNAMES":
            yield from _absurd(honest.volume_id, 64)
        case "MANYNAMES":
            yield from _many(honest.volume_id)
        case "WORDS":
            yield replace(honest, caps=("x" * 4000,) * 256)
        case "DIES":
            os._exit(1)


def _settled(number: int, volume_id: str, path: str) -> Settled:
    entry = FileEntry(id=number, volume_id=volume_id, path=path, size=0)
    return Settled(entry=entry, outcome=Outcome.NO_CONTENT, reason="")


def _absurd(volume_id: str, count: int) -> Iterator[Reply]:
    """Names of a million letters."""
    for number in range(count):
        named = _settled(_listed[0] + number, volume_id, f"{number:06d}" + "x" * 1_000_000)
        yield EntriesMet(rows=Rows().to_bytes(), settled=(named,))


def _many(volume_id: str) -> Iterator[Reply]:
    """More of them than the volume has room for."""
    for start in range(0, 4_000_000, 10_000):
        numbers = range(_listed[0] + start, _listed[0] + start + 10_000)
        named = tuple(_settled(number, volume_id, "a") for number in numbers)
        yield EntriesMet(rows=Rows().to_bytes(), settled=named)


if __name__ == "__main__":
    examine.ExamineTasks = HostileExaminer  # type: ignore[misc]
    survey.SurveyTasks = HostileSurveyor  # type: ignore[misc]
    serving.work = _work
    sys.exit(worker.main())
