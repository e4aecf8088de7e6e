"""Content that nobody looks into takes the short way, and gets what the long one says of it."""

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from hashlib import sha1
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.containers import making as containers
from tests.disks import ext_volume
from tests.guises import making as guises
from tests.parts import making as caches
from tests.parts import making_caches as web
from tests.parts.appending import encoded
from triage.choices import HashSetUse, NameUse, PerceptualUse, TypeUse, VideoUse
from triage.coordinator.listing import open_device
from triage.detectors.signatures import AT_ONCE, BY_BEGINNING
from triage.devices.attached import identify
from triage.evidence import FileEntry, VolumeState
from triage.findings import Outcome, Result
from triage.hashsets.importing import ready
from triage.packs.word_lists import read_word_list
from triage.profile import Family, LookAt, Profile, SetKind
from triage.sources import Source
from triage.wire.messages import (
    Examine,
    HashSetInHand,
    Results,
    Role,
    Setup,
    Spots,
    UseVolumes,
    WordListInHand,
)
from triage.workers import plain
from triage.workers.examine import ExamineTasks
from triage.workers.intake import NOT_IN_ANY_SET

CHANCE = random.Random(19)
NOISE = CHANCE.randbytes(5000)
LOOKED = (HashSetUse(), TypeUse(), NameUse(lists=("words",)), PerceptualUse(), VideoUse())
PHOTO = guises.jpeg_of(guises.photograph().resize((64, 48)))
ROWS = sorted({row.beginning for rows in (AT_ONCE, BY_BEGINNING) for each in rows.values()
               for row in each})  # fmt: skip
USUAL = {
    "noise.bin": NOISE,
    "large-noise.bin": CHANCE.randbytes(90_000),
    "note.txt": b"Bread and milk.\n" * 99,
    "known.txt": b"Bread and milk.\n" * 98,
    "noise.unknown": NOISE[:77],
    "program": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0" + NOISE,
}
"""What nobody looks into."""
ODD = {
    "notable.txt": b"Nothing but butter.\n" * 50,
    "butter-is-a-word.txt": b"Of a list.\n",
    "photo.jpg": PHOTO,
    "photo.dat": PHOTO,
    "noise.jpg": NOISE,
    "noise.tga": NOISE,
    "inside.bin": NOISE + PHOTO + NOISE,
    "inside.png": NOISE + PHOTO,
    "thumb.bin": NOISE + encoded(guises.photograph().resize((64, 48)), "PNG"),
    "thumbs.db": caches.thumbs_db({"1": PHOTO}),
    "thumbcache_96.db": caches.thumbcache({1: PHOTO}),
    "0a1b2c_0": web.chromium_entry("https://example.org/a.jpg", PHOTO, web.headers()),
    "F0E1D2": web.firefox_entry("https://example.org/a.jpg", PHOTO),
    ".thumbdata3--1967290299": web.thumbdata({1: PHOTO}),
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    "print.ps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "raw.cr2": b"II*\0\x10\0\0\0CR\x02\0" + NOISE,
    "tiff.bin": b"II*\0" + NOISE,
    "sound.m4a": b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0" + NOISE,
    "film.mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + NOISE,
    "picture.xpm": b"/* XPM */\nstatic char *a[] = {\n\"640 480 2 1\",\n",
}  # fmt: skip


def _files() -> dict[str, bytes]:
    files = {f"usual/{name}": content for name, content in USUAL.items()}
    files |= {f"odd/{name}": content for name, content in ODD.items()}
    behind = ((NOISE, "bin"), (bytes(600), "dat"), (b" of a text. " * 30, "txt"))
    for number, beginning in enumerate(ROWS):
        following, ending = behind[number % len(behind)]
        files[f"rows/{number}.{ending}"] = beginning + following
    return files


def _more() -> dict[str, bytes]:
    files = {f"guises/{name}": content for name, content in guises.guises().items()}
    for kind, samples in (containers.plain() | containers.locked()).items():
        for number, (name, content) in enumerate(samples):
            files[f"containers/{kind}/{number}/{name}"] = content
    return files


FILES = _files()
FEW = {path: content for path, content in FILES.items() if path.startswith("usual/")} | {
    f"odd/{name}": ODD[name] for name in ("notable.txt", "butter-is-a-word.txt", "inside.bin")
}


def _examiner(
    folder: Path,
    held: ExitStack,
    files: Mapping[str, bytes],
    *,
    sizes: bool = False,
    look_at: LookAt | None = None,
) -> tuple[ExamineTasks, tuple[FileEntry, ...]]:
    image = folder / "suspect.img"
    ext_volume(image, 96 << 20, files)
    opened = open_device(identify(str(image), "d0"), held)
    source = Source(opened.device, opened.descriptors)
    (volume,) = (each for each in source.volumes if each.state is VolumeState.READABLE)
    sets = []
    for kind, name in ((SetKind.NOTABLE, "odd/notable.txt"), (SetKind.KNOWN, "usual/known.txt")):
        listed = folder / f"{kind}.csv"
        digest = sha1(files[name], usedforsecurity=False).hexdigest()
        listed.write_text(f"sha1,size\n{digest},{len(files[name])}\n" if sizes else f"{digest}\n")
        hash_set = held.enter_context(ready(listed, kind))
        sets.append(HashSetInHand(descriptor=hash_set.descriptor, kind=kind))
    (folder / "words.txt").write_text("butter\n")
    words = WordListInHand(named="words", words=read_word_list(str(folder / "words.txt")))
    profile = Profile(name="pictures", description="", detectors=LOOKED)
    if look_at is not None:
        profile = replace(profile, look_at=look_at)
    tasks = ExamineTasks(
        Setup(
            role=Role.EXAMINE,
            devices=(opened,),
            profile=profile,
            hash_sets=tuple(sets),
            word_lists=(words,),
        )
    )
    list(tasks.answer(UseVolumes(volumes=(volume,))))
    return tasks, tuple(entry for entry in source.walk(volume) if entry.size)


@pytest.fixture(scope="module", params=[False, True], ids=["any size", "sizes"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Result], dict[str, Result]]]:
    """By path: what the short way says, and what the long way says of all."""
    with ExitStack() as held:
        folder = tmp_path_factory.mktemp("plain")
        files = FILES if request.param else FILES | _more()
        tasks, entries = _examiner(folder, held, files, sizes=request.param)
        assert len(entries) == len(files)
        assert tasks._digesting is not None
        short = tasks._digesting.results(entries)
        settled = {e.path: result for e, result in zip(entries, short, strict=True) if result}
        tasks._digesting = None
        yield settled, _results(tasks, entries)


def _results(tasks: ExamineTasks, entries: tuple[FileEntry, ...]) -> dict[str, Result]:
    *spotted, reply = tasks.answer(Examine(entries=entries))
    assert all(isinstance(each, Spots) for each in spotted)
    assert isinstance(reply, Results)
    return {entry.path: result for entry, result in zip(entries, reply.results, strict=True)}


def test_both_ways_say_the_same(
    both: tuple[dict[str, Result], dict[str, Result]],
) -> None:
    settled, long = both
    assert {path for path in settled if settled[path] != long[path]} == set()


def test_a_batch_gets_the_results_of_both_in_its_order(tmp_path: Path) -> None:
    with ExitStack() as held:
        tasks, entries = _examiner(tmp_path, held, FEW)
        batch = _results(tasks, entries)
        tasks._digesting = None
        assert _results(tasks, entries) == batch
        assert batch["odd/notable.txt"].matches
        assert batch["odd/butter-is-a-word.txt"].matches
        assert batch["odd/inside.bin"].parts == 1


def test_what_is_usual_takes_the_short_way_and_what_is_looked_into_does_not(
    both: tuple[dict[str, Result], dict[str, Result]],
) -> None:
    settled, long = both
    short = {path.partition("/")[2] for path in settled if path.startswith("usual/")}
    assert short >= USUAL.keys() - {"large-noise.bin"}
    assert not any(path.startswith("odd/") for path in settled), settled.keys()
    for path, result in long.items():
        if result.matches or result.parts or result.opened or result.frames or result.capture:
            assert path not in settled
    assert long["usual/known.txt"].outcome is Outcome.KNOWN


def test_what_has_a_size_of_no_set_is_said_not_to_be_looked_up(
    both: tuple[dict[str, Result], dict[str, Result]],
) -> None:
    settled, _ = both
    noise = settled["usual/noise.bin"]
    assert (noise.reason == NOT_IN_ANY_SET) == (set(noise.digests) == {"blake3"})


def test_what_makes_a_library_fail_is_left_to_the_long_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise ValueError

    with ExitStack() as held:
        tasks, entries = _examiner(tmp_path, held, FEW)
        monkeypatch.setattr(plain, "type_of", fails)
        assert tasks._digesting is not None
        assert set(tasks._digesting.results(entries)) == {None}
        long = _results(tasks, entries)
        assert long["usual/noise.bin"].outcome is Outcome.EXAMINED


def test_a_profile_for_some_families_settles_nothing(tmp_path: Path) -> None:
    with ExitStack() as held:
        pictures = LookAt(content=(Family.PICTURES,))
        tasks, entries = _examiner(tmp_path, held, FEW, look_at=pictures)
        results = _results(tasks, entries)
        assert results["usual/noise.bin"].outcome is Outcome.EXCLUDED
        assert results["odd/notable.txt"].matches
