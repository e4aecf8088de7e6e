"""Single workers for tests: real ones, in a pool of their own."""

from contextlib import ExitStack
from pathlib import Path

from tests.disks import ext_volume
from triage import profile
from triage.coordinator.listing import open_device
from triage.coordinator.pool import Died, Pool, Worker
from triage.devices.attached import identify
from triage.scan import setups
from triage.scan.equipping import equip, read_words
from triage.scan.search import Search
from triage.wire.messages import Reply, Role, Setup


def setup_of(folder: Path, held: ExitStack, role: Role, named: str = "quick") -> Setup:
    """What a worker for a small image is given."""
    image = folder / "suspect.img"
    ext_volume(image, 8 << 20, {"a.txt": b"a" * 500})
    opened = open_device(identify(str(image), "d0"), held)
    return Setup(role=role, devices=(opened,), profile=profile.load(named))


def equipped(folder: Path, held: ExitStack, role: Role, named: str) -> Setup:
    """The same, with the models and word lists that the profile asks for."""
    setup = setup_of(folder, held, role, named)
    equipment = read_words(setup.profile)
    held.callback(equipment.close)
    devices = tuple(each.device for each in setup.devices)
    equip(
        equipment,
        Search(devices=devices, profile=setup.profile, profile_file=named, out=folder / "out"),
    )
    if role is Role.SURVEY:
        return setups.for_surveys(setup.devices, setup.profile, equipment)["d0"]
    return setups.for_examiners(setup.devices, setup.profile, equipment)


def heard(pool: Pool, worker: Worker, kind: type[Reply | Died]) -> Reply | Died:
    """The next of that kind that the worker says."""
    said_before: list[object] = []
    for _ in range(600):
        for who, said in pool.poll(0.1):
            if who is worker and isinstance(said, kind):
                return said
            said_before.append(said)
    raise AssertionError(f"no {kind.__name__} came, but {said_before}")
