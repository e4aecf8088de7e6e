"""The descriptors that a set-up names: listed to be handed over, and renamed where they arrive."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from triage.wire.messages import Setup


def descriptors_of(setup: Setup) -> tuple[int, ...]:
    """Every descriptor that a worker with this set-up needs, besides its channel."""
    devices = [fd for opened in setup.devices for fd in opened.descriptors]
    sets = [hash_set.descriptor for hash_set in setup.hash_sets]
    files = [setup.files] if setup.files >= 0 else []
    keys = [setup.keys] if setup.keys >= 0 else []
    return (*devices, *sets, *(model.descriptor for model in setup.models), *files, *keys)


def arrived(setup: Setup, numbers: Sequence[int]) -> Setup:
    """The set-up with the numbers that its descriptors have here, in the order of the above."""
    here: Iterator[int] = iter(numbers)
    return replace(
        setup,
        devices=tuple(
            replace(opened, descriptors=tuple(next(here) for _ in opened.descriptors))
            for opened in setup.devices
        ),
        hash_sets=tuple(replace(each, descriptor=next(here)) for each in setup.hash_sets),
        models=tuple(replace(each, descriptor=next(here)) for each in setup.models),
        files=next(here) if setup.files >= 0 else -1,
        keys=next(here) if setup.keys >= 0 else -1,
    )
