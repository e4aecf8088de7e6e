"""What a scan would do, in which order, told from metadata alone: no content is read."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from triage.bundle.format.reckoning import NOT_LOOKED_INTO
from triage.coordinator.checking import Listed
from triage.coordinator.foreman import Foreman
from triage.coordinator.listing import open_device
from triage.coordinator.pool import Pool
from triage.errors import WorkerError, why
from triage.evidence import HEAD_BYTES, Device, Volume, VolumeState
from triage.findings import Outcome, Tally
from triage.plan.look_ups import is_look_up
from triage.plan.order import Batch
from triage.plan.tiers import Tier
from triage.profile import Profile
from triage.scan import setups
from triage.scan.earlier import IDS_FOR_A_VOLUME
from triage.scan.equipment import read_words
from triage.wire.messages import OpenedDevice, Surveyed

Tell = Callable[[int], None]
"""Hears how many entries have been listed."""


@dataclass(slots=True, kw_only=True)
class Forecast:
    """Counts and bytes: what would be looked at, by tier, and what would not, and why."""

    tiers: dict[Tier, Tally] = field(default_factory=dict)
    glances: Tally = field(default_factory=Tally)
    """Pictures whose beginnings are looked at first, for the thumbnails inside."""
    left_out: dict[tuple[Outcome, str], Tally] = field(default_factory=dict)
    """By outcome and reason."""
    volumes: list[Volume] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What may be missed."""
    notes: list[str] = field(default_factory=list)
    """What else is to be said of the listings."""
    entries: int = 0

    @property
    def in_part(self) -> list[Volume]:
        """Volumes that cannot be looked into, or not into all that they hold."""
        return [each for each in self.volumes if each.state in NOT_LOOKED_INTO or each.unread]


def forecast(
    devices: tuple[Device, ...], profile: Profile, *, tell: Tell = lambda _: None
) -> Forecast:
    """Walk the file systems as a scan does, and rank what they list. Raises SeekError."""
    told = Forecast()
    with ExitStack() as held:
        opened = [open_device(device, held) for device in devices]
        foreman = _foreman(held.enter_context(Pool()), opened, profile)
        for device in devices:
            _list_volumes(foreman, device, told)
        for news in foreman.work(Batch, lambda: False):
            if isinstance(news, Listed):
                _count(told, news)
                tell(told.entries)
            elif isinstance(news, Surveyed):
                told.troubles += [f"{news.volume_id}: {cap}" for cap in news.caps]
                told.notes += [f"{news.volume_id}: {note}" for note in news.notes]
    return told


def _foreman(pool: Pool, opened: list[OpenedDevice], profile: Profile) -> Foreman:
    surveys = setups.for_surveys(opened, profile, read_words(profile))
    return Foreman(pool=pool, survey_setups=surveys, examiners_wanted=0, entry_seconds=0)


def _list_volumes(foreman: Foreman, device: Device, told: Forecast) -> None:
    try:
        volumes = foreman.list_volumes(device)
    except WorkerError as error:
        told.troubles.append(f"{device.path}: its volumes cannot be listed: {why(error)}")
        return
    for volume in volumes:
        told.volumes.append(volume)
        if volume.state is VolumeState.READABLE:
            foreman.queue_survey(volume, (len(told.volumes) - 1) * IDS_FOR_A_VOLUME)


def _count(told: Forecast, news: Listed) -> None:
    columns = news.rows.columns
    for tier, size in zip(columns["tiers"], columns["sizes"], strict=True):
        told.tiers.setdefault(Tier(tier), Tally()).add(size)
    glanced_at = zip(columns["glances"], columns["sizes"], strict=True)
    glances = sum(wanted and not is_look_up(size) for wanted, size in glanced_at)
    told.glances.add_all(glances, glances * HEAD_BYTES)
    for each in news.settled:
        told.left_out.setdefault((each.outcome, each.reason), Tally()).add(each.entry.size)
    told.entries += len(news.rows) + len(news.settled)
