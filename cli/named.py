"""What a profile names besides itself: hash sets, models, word lists; tried before the scene.

A scan refuses where one of them is not there or not what it should be; that is to be learnt in the
lab.
"""

from collections.abc import Iterator
from pathlib import Path

from cli.model import tried
from triage.bundle.format.shown import count
from triage.hashsets.file_names import shown
from triage.packs.word_lists import read_word_list
from triage.profile import Profile, named_at


def check_named(profile: Profile) -> Iterator[str]:
    """A line for each thing that it names, and that is whole.

    Raises SeekError, with the path inside the profile, at the first that a scan would refuse.
    """
    for number, choice in enumerate(profile.hash_sets):
        with named_at(f"$.hash_sets[{number}].file"):
            yield _hash_set(choice.file)
    for number, detector in enumerate(profile.detectors):
        for place, name in enumerate(detector.needs.word_lists):
            with named_at(f"$.detectors[{number}].lists[{place}]"):
                yield _word_list(name)
        if detector.needs.model:
            with named_at(f"$.detectors[{number}].model"):
                yield _model(detector.needs.model)


def _hash_set(file: str) -> str:
    from triage.hashsets.importing import ready  # noqa: PLC0415 - numpy, where a set is named

    with ready(Path(file)) as hash_set:
        if hash_set.locked:
            return f"hash set {shown(file)}: sealed, and opened only when a scan begins"
        return f"hash set {shown(file)}: {count(hash_set.header.entries, 'entry', 'entries')}"


def _word_list(name: str) -> str:
    words = read_word_list(name)
    return f"word list {words.name}: {count(len(words.words) + len(words.expressions), 'line')}"


def _model(name: str) -> str:
    return f"model {tried(name)}: runs"
