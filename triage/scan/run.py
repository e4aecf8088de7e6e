"""The main path. `scan` reads as the list of what happens; each verb is below, in that order."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from os import cpu_count

from triage.bundle.format import auditlog
from triage.bundle.format.custody import unproven
from triage.bundle.writing.scan_key import ScanKey
from triage.bundle.writing.signing import Signer, open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.coordinator.checking import Listed
from triage.coordinator.foreman import Foreman
from triage.coordinator.keyring import Keyring
from triage.coordinator.listing import open_device
from triage.coordinator.news import (
    DecoderGivenUp,
    Examined,
    GlancedAt,
    LeftOut,
    OutOfWorkers,
    SetsAltered,
    Spotting,
)
from triage.coordinator.pool import Pool
from triage.coordinator.secrets_tried import Secrets
from triage.ending import Reason, Stopped
from triage.errors import SeekError, WorkerError, why
from triage.evidence import Device, FileEntry, Volume, VolumeState
from triage.findings import Outcome, is_notable
from triage.plan.order import Batch
from triage.profile import parse_duration
from triage.scan import setups, unforeseen
from triage.scan.agenda import Agenda
from triage.scan.equipment import Equipment
from triage.scan.equipping import equip, read_words
from triage.scan.events import DeviceSeen, ScanKeyMade, Sealed, Stage, TroubleTold, VolumeSeen
from triage.scan.gone import GONE, Gone
from triage.scan.ledger import Ledger
from triage.scan.passwords import passwords_in
from triage.scan.pause import Pause
from triage.scan.resuming.carrying import carry_over
from triage.scan.resuming.earlier import IDS_FOR_A_VOLUME, Earlier
from triage.scan.search import Search
from triage.scan.statement import document_of, sealed_as, terms_of, utc
from triage.scan.telling import Tell, Telling
from triage.scan.terms import check_equipment, check_volumes, ends
from triage.scan.terms import encode as encode_terms
from triage.scan.unlocking import Unlocker
from triage.scan.witness import Witness
from triage.wire.messages import OpenedDevice, Surveyed

Stop = Callable[[], bool]
ALTERED = (
    "this hash set was found ALTERED while it was looked up; files that could not be compared with "
    "it are counted as unreadable. Copy it again and search again"
)


def scan(
    search: Search,
    *,
    tell: Tell,
    wants_stop: Stop = lambda: False,
    earlier: Earlier | None = None,
) -> Sealed:
    """Search the devices and leave a signed bundle; `tell` hears everything on the way.

    `earlier`: a run of the same scan that was cut off; what it did is not done again.

    Raises SeekError for what stops a scan; trouble with one device or entry is in the bundle.
    """
    with ExitStack() as held:
        run = Course(search, tell, wants_stop, held, earlier)
        with run.fence_against_defects():
            run.open_evidence()
            run.wake_surveyors()
            run.choose_signer()
            run.load_equipment()
            run.wake_examiners()
            run.open_bundle()
            run.list_volumes()
            run.carry_over()
            run.survey_and_examine()
            run.settle_the_rest()
            return run.seal()


class Course:
    """One scan under way."""

    def __init__(
        self,
        search: Search,
        tell: Tell,
        wants_stop: Stop,
        held: ExitStack,
        earlier: Earlier | None = None,
    ) -> None:
        self.search = search
        self._started = datetime.now(UTC)
        self._begun = time.monotonic()
        self._tell = Telling(tell)
        self._wants_stop = wants_stop
        self._earlier = earlier
        self._held = held
        self._opened: list[OpenedDevice] = []
        self._keyring = held.enter_context(Keyring()) if search.secrets is not None else None
        self._keys = self._keyring.descriptor if self._keyring is not None else -1
        self._gone = Gone(self._opened)
        self._altered: set[str] = set()
        """Hash sets of which it was told that they were."""
        self._agenda = Agenda(
            search.devices,
            self._gone,
            workers=self._examiners,
            decodes=any(each.needs.pixels for each in search.profile.detectors),
        )
        held.callback(self._agenda.close)

    @contextmanager
    def fence_against_defects(self) -> Iterator[None]:
        """What nobody foresaw leaves its traceback in the audit log, and a bundle to resume."""
        try:
            yield
        except SeekError:
            raise
        except Exception as error:
            if told := unforeseen.logged(error, getattr(self, "writer", None)):
                raise told from error
            raise

    def open_evidence(self) -> None:
        """Read-only descriptors of every device; workers inherit them."""
        self.witness = Witness(self.search.devices)
        for device in self.search.devices:
            self._opened.append(open_device(device, self._held))

    def wake_surveyors(self) -> None:
        """One a device, before anything else is loaded: the first finding waits for them."""
        profile = self.search.profile
        self.equipment: Equipment = read_words(profile)
        self._held.callback(self.equipment.close)
        self._foreman = Foreman(
            pool=self._held.enter_context(Pool()),
            survey_setups=setups.for_surveys(self._opened, profile, self.equipment, self._keys),
            examiners_wanted=self._examiners,
            entry_seconds=parse_duration(profile.limits.entry_time),
        )
        self._foreman.start_surveyors()
        self._foreman.expect_examiners(profile)

    def choose_signer(self) -> None:
        """Now, not after an hour: a wrong passphrase should show before the scan."""
        self.signer: Signer = self._held.enter_context(open_signer(self.search.key))
        after = self._earlier.after if self._earlier else auditlog.START
        self._scan_key = ScanKey.vouched_for(self.signer, after=after)
        self._tell(ScanKeyMade(fingerprint=self._scan_key.fingerprint))

    def load_equipment(self) -> None:
        """Hash sets and models; whatever is wrong with them shows before the scan."""
        equip(self.equipment, self.search)
        for loaded in self.equipment.told:
            self._tell(loaded)
        if self._earlier is not None:
            equipment = self.equipment
            check_equipment(self._earlier.terms, equipment.hash_sets_used, equipment.models_used)

    def wake_examiners(self) -> None:
        """One a core; they load what they were given while the volumes are listed."""
        profile = self.search.profile
        if self.equipment.hash_sets:
            self._agenda.look_up_first()
        passwords = passwords_in(self.search.passwords)
        setup = setups.for_examiners(
            self._opened, profile, self.equipment, passwords, keys=self._keys
        )
        self._foreman.start_examiners(setup, self.equipment.used.doubt)

    def open_bundle(self) -> None:
        """A writer that refuses the devices that are scanned, and the books that use it."""
        self.writer = self._pause.writer = self._new_writer()
        self._held.callback(self.writer.abandon)
        most = self.search.profile.previews.at_most
        self.ledger = Ledger(
            self.writer,
            self._tell,
            self._begun,
            most,
            started=self._started,
            continues=self._continues,
        )
        self.writer.log(auditlog.STARTED, profile=self.search.profile.name)
        if to := self.writer.recipients:
            self.writer.log("closed for the lab", keys=[each.name for each in to])
        for note in self.equipment.notes:
            self.ledger.trouble("hash set", note)

    def _new_writer(self) -> BundleWriter:
        search, earlier = self.search, self._earlier
        journal = earlier.in_place if earlier else None
        resumed = earlier.resumed(utc(self._started), self.signer) if earlier else ()
        self._pause = Pause(self._tell, self._reason_to_stop)
        self._held.callback(self._pause.close)
        if journal is not None:
            return BundleWriter.taken_up(
                journal,
                search.case,
                search.devices,
                begun=self._begun,
                resumed=resumed,
                scan_key=self._scan_key,
                patience=self._pause,
            )
        writer = BundleWriter(
            search.out,
            search.case,
            search.devices,
            started=self._started,
            begun=self._begun,
            continues=earlier.bundle if earlier else None,
            resumed=resumed,
            scan_key=self._scan_key,
            recipients=search.recipients,
            patience=self._pause,
        )
        writer.check_room()
        return writer

    def list_volumes(self) -> None:
        """Every device's volumes; a device that gives none is named and left."""
        if self._keyring is not None:
            self._list_and_unlock(self._keyring)
            return
        self._note_volumes(self._listed())

    def _listed(self) -> dict[str, tuple[Volume, ...]]:
        """All are listed first: an array may lie on several devices."""
        devices = self.search.devices
        listed = {device.id: self._volumes_of(device) for device in devices}
        return self._foreman.put_together(devices, listed)

    def _note_volumes(self, listed: Mapping[str, tuple[Volume, ...]]) -> None:
        for device in self.search.devices:
            self._tell(DeviceSeen(device=device))
            for volume in listed[device.id]:
                self._note_volume(volume)

    def _list_and_unlock(self, keyring: Keyring) -> None:
        """All are listed first: what opens a volume may lie on another device."""
        secrets = self.search.secrets or Secrets()
        unlocker = Unlocker(
            secrets,
            self._foreman,
            keyring,
            self._opened,
            stops=lambda: bool(self._reason_to_stop()),
        )
        listed = unlocker.opened(self._listed(), self.writer.log)
        self.ledger.unlocking = unlocker.told
        self._note_volumes(listed)

    def _volumes_of(self, device: Device) -> tuple[Volume, ...]:
        """None of a device that gives none."""
        self.writer.log(auditlog.OPENED, device=device.id, path=device.path)
        try:
            return self._foreman.list_volumes(device)
        except WorkerError as error:
            self.ledger.trouble(device.path, f"its volumes cannot be listed: {why(error)}")
            return ()

    def carry_over(self) -> None:
        """Write down what this scan is; take over what an earlier run of it did."""
        self.writer.terms = encode_terms(
            terms_of(self.search, self.equipment, self.ledger, ends(self._opened))
        )
        earlier = self._earlier
        if earlier is None:
            return
        check_volumes(earlier.terms.volumes, self.ledger.volumes)
        told = carry_over(earlier, self.writer, self.ledger)
        for finding in filter(lambda each: is_notable(each.matches), self.writer.found.listed):
            self._agenda.promote_neighbours(finding.entry)
        self._tell(told)
        doubts = unproven(self.writer.resumed)
        if not doubts:  # else somebody may have written what is to be looked at no more
            self._foreman.give_up_decoding(earlier.given_up)
            for kind in sorted(earlier.given_up):
                self._note_given_up(kind, "in the scan's earlier part")
        for said in doubts:
            self._tell(TroubleTold(message=said))

    def survey_and_examine(self) -> None:
        """Walk the file systems and look at content, the likeliest first, until done or stopped."""
        self._foreman.all_are_queued()
        self._agenda.begin()
        for news in self._foreman.work(self._next_batch, self._agenda.waits):
            match news:
                case Listed():
                    self._place(news)
                case Surveyed():
                    self._note_walk(news)
                case Spotting():
                    self._spot(news)
                case Examined():
                    self._record(news)
                case GlancedAt():
                    self._agenda.seen(news)
                case LeftOut():
                    self._note_left_out(news)
                case SetsAltered():
                    self._note_altered(news)
                case DecoderGivenUp(type=kind, reason=why):
                    self._note_given_up(kind, why)
                case OutOfWorkers(reason=why):
                    self._stop(Stopped.NO_WORKERS, why)
                    return
            self._show_progress()
            self._log_complaint()
            self._make_up_for_pause()
            if reason := self._reason_to_stop():
                self._stop(reason)
                return

    def settle_the_rest(self) -> None:
        """What was listed and not examined is said to be so, entry by entry."""
        self.writer.give_back_room()
        for device_id in self._foreman.surveying:
            for volume in self._foreman.unfinished(device_id):
                self._note_unfinished(volume.id, self.ledger.stopped)
        for entry in (*self._foreman.in_hand, *self._agenda.rest()):
            self.ledger.close_without_content(entry, Outcome.NOT_REACHED, self.ledger.partial, ())
        if not self.ledger.left_undone and self.ledger.stopped is not Stopped.BY_HAND:
            self.ledger.stopped = Stopped.NOT  # it was about to end by itself

    def seal(self) -> Sealed:
        """Close, sign, and say how it ended."""
        self._show_the_last()
        self._log_complaint()
        self._log_deaths()
        document = document_of(
            self.search,
            self.equipment,
            self.ledger,
            sandbox=self._foreman.roll.sandbox,
            libraries=self._foreman.roll.libraries,
            write_block=self.witness.statement(),
        )
        folder = self.writer.seal(document, self.signer)
        sealed = sealed_as(
            document,
            self.ledger,
            folder,
            signer=self.signer.statement.fingerprint,
            key_made_for_scan=self.search.key is None,
            recipients=tuple(each.name for each in self.writer.recipients),
        )
        self._tell(sealed)
        return sealed

    @property
    def _continues(self) -> str:
        """Folder of the bundle with the scan's earlier part, if that is another one."""
        earlier = self._earlier
        if earlier is None:
            return ""
        return earlier.terms.continues if earlier.in_place else earlier.bundle.name

    @property
    def _examiners(self) -> int:
        return self.search.workers or cpu_count() or 1

    def _stop(self, reason: Stopped, why: str = "") -> None:
        self.ledger.stopped, self.ledger.why_stopped = reason, why
        self.writer.log(auditlog.STOPPED, reason=self.ledger.partial)

    def _note_volume(self, volume: Volume) -> None:
        self.ledger.volumes.append(volume)
        self.ledger.coverage.volume(volume.id).outside_files_bytes = volume.size
        self._tell(VolumeSeen(volume=volume))
        self.writer.log(
            auditlog.VOLUME, id=volume.id, state=str(volume.state), reason=volume.reason
        )
        if volume.state is VolumeState.READABLE:
            self._foreman.queue_survey(volume, (len(self.ledger.volumes) - 1) * IDS_FOR_A_VOLUME)

    def _place(self, news: Listed) -> None:
        if self._earlier is not None:
            news = self._earlier.new_in(news)
        self.writer.expect((*news.entries, *(each.entry for each in news.settled)))
        sizes = news.rows.columns["sizes"]
        self.ledger.enter(news.volume.id, len(sizes), sum(sizes))
        self._agenda.add(news.rows, news.entries, news.volume.device_id)
        for each in news.settled:
            self.ledger.enter(news.volume.id, 1, each.entry.size)
            self.ledger.close_without_content(each.entry, each.outcome, each.reason, each.matches)

    def _note_walk(self, news: Surveyed) -> None:
        coverage = self.ledger.coverage.volume(news.volume_id)
        volume = next(v for v in self.ledger.volumes if v.id == news.volume_id)
        coverage.content_bytes = min(news.content_bytes, volume.size)
        coverage.outside_files_bytes = volume.size - coverage.content_bytes
        coverage.notes = (*coverage.notes, *news.notes)
        self._note_caps(news.volume_id, news.caps)
        if not self._foreman.surveying:
            self.ledger.stage = Stage.EXAMINE
            self._agenda.sort()

    def _note_caps(self, volume_id: str, caps: tuple[str, ...]) -> None:
        coverage = self.ledger.coverage.volume(volume_id)
        coverage.caps = (*coverage.caps, *caps)
        for cap in caps:
            self.ledger.trouble(volume_id, cap)

    def _note_unfinished(self, volume_id: str, why: str) -> None:
        self.ledger.coverage.volume(volume_id).unfinished = True
        self.ledger.trouble(volume_id, f"not all of it was listed: {why}")

    def _note_left_out(self, news: LeftOut) -> None:
        what = f"it does not run on this machine ({news.reason}); all else is looked at without it"
        self.ledger.trouble(news.detector, what, unseen=Reason.DETECTOR_LEFT_OUT)

    def _note_altered(self, news: SetsAltered) -> None:
        """Told once of each, however many workers find it so."""
        for named in news.named:
            if named not in self._altered:
                self._altered.add(named)
                self.ledger.trouble(named, ALTERED, unseen=Reason.SET_ALTERED)

    def _note_given_up(self, kind: str, how: str) -> None:
        """Ten of a type ended their reader, one after the other."""
        self.writer.log(auditlog.GAVE_UP, type=kind, reason=how)
        self.ledger.make_durable()  # what no signed commit covers, whoever resumes does not go by
        more = ", and compared by digest alone" if self.equipment.hash_sets else ""
        what = f"its decoder failed on ten of them ({how}); further ones are not decoded{more}"
        self.ledger.trouble(kind, what)

    def _next_batch(self) -> Batch:
        return self._agenda.next_batch(self._foreman.surveying, self._let_go)

    def _let_go(self, entry: FileEntry) -> None:
        self.ledger.close_without_content(entry, Outcome.NOT_REACHED, GONE, ())

    def _note_gone(self, news: Examined) -> None:
        """A device that does not answer at all any more ends its part of the scan."""
        for device_id in self._gone.hear(news.entries, news.results):
            what = f"{GONE}; what was known by then is in the report"
            self.ledger.trouble(device_id, what, unseen=Reason.DEVICE_GONE)
            for volume in self._foreman.abandon(device_id):
                self._note_unfinished(volume.id, GONE)

    def _spot(self, news: Spotting) -> None:
        for entry in self.ledger.spot(self._agenda.unsettled(news)):
            self._agenda.promote_neighbours(entry)

    def _record(self, news: Examined) -> None:
        self._note_gone(news)
        tiers = self._agenda.examined(news)
        for entry in self.ledger.settle_all(news, tiers):
            self._agenda.promote_neighbours(entry)

    def _show_progress(self) -> None:
        if self.ledger.due:
            agenda = self._agenda
            left = agenda.left
            self.ledger.progress(
                left.entries, left.bytes, agenda.doing, seconds_left=agenda.seconds_left
            )

    def _show_the_last(self) -> None:
        """What was done, and what was not reached: the picture that stays on the screen."""
        left = self.ledger.coverage.total(Outcome.NOT_REACHED)
        self.ledger.stage = Stage.SEAL
        self.ledger.progress(
            left.entries, left.bytes, listed_all=not self._foreman.surveying, last=True
        )

    def _log_complaint(self) -> None:
        """What whoever listens raised, once; here, because other threads tell too."""
        if complaint := self._tell.complaint():
            error, told = complaint
            self.writer.log("whoever listens failed; the scan goes on", error=error, at=told)

    def _log_deaths(self) -> None:
        deaths = self._foreman.roll.deaths
        for death in deaths.told:
            self.writer.log("worker replaced", reason=death)
        if deaths.untold:
            self.writer.log("more workers were replaced", count=deaths.untold)

    def _make_up_for_pause(self) -> None:
        if seconds := self._pause.ended():
            self._foreman.pool.postpone(seconds)
            self.writer.log("went on after waiting for the medium", seconds=round(seconds, 1))

    def _reason_to_stop(self) -> Stopped:
        if self._wants_stop() or self._tell.stop_wished:
            return Stopped.BY_HAND
        limit = self.search.time_limit
        late = limit and time.monotonic() - self._begun > limit
        return Stopped.TIME if late else Stopped.NOT
