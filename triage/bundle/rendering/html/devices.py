"""Devices and volumes, and what shows that nothing was written to them."""

from triage.bundle.format.document import Attestation, DeviceState, Document, Unlocking
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import (
    Html,
    facts,
    foreign,
    items,
    join,
    section,
    table,
    tag,
)
from triage.bundle.rendering.html.speaking import Say
from triage.evidence import Device, SourceKind, Volume
from triage.secret import is_locked, may_be_noise, what_to_ask_for


def section_of(say: Say, document: Document) -> Html:
    """Every device with its volumes, then the write block."""
    parts = [_device(say, document, device) for device in document.devices]
    parts.append(_encrypted(say, document))
    return section(say("Devices"), *parts, _write_block(say, document), id_="devices")


def _device(say: Say, document: Document, device: Device) -> Html:
    volumes = [volume for volume in document.volumes if volume.device_id == device.id]
    return join(
        [
            tag("h3", foreign(words.device_name(device))),
            facts(
                (
                    (say("Kind"), say(words.KINDS[device.kind])),
                    (say("Path"), foreign(device.path)),
                    (say("Parts"), _parts(say, device)),
                    (say("Model"), foreign(device.model)),
                    (say("Serial"), foreign(device.serial)),
                    ("WWN", foreign(device.wwn)),
                    (say("Size"), _size(say, device)),
                    (say("Sectors"), _sectors(say, device)),
                    (say("Transport"), foreign(device.transport)),
                    (say("Read-only flag"), _flag(say, device.read_only)),
                )
            ),
            _volumes(say, volumes),
        ]
    )


def _parts(say: Say, device: Device) -> str:
    return say("{n} file|{n} files", n=len(device.parts)) if device.parts else ""


def _size(say: Say, device: Device) -> str:
    if not device.size:
        return ""
    return say("{size} ({n} bytes)", size=say.size(device.size), n=device.size)


def _sectors(say: Say, device: Device) -> str:
    if device.kind is SourceKind.DIRECTORY:
        return ""
    logical, physical = device.sector_size, device.physical_sector_size
    return say("{logical} bytes, physical {physical}", logical=logical, physical=physical)


def _flag(say: Say, read_only: bool | None) -> str:
    if read_only is None:
        return ""
    if read_only:
        return say("set by the kernel")
    return say("NOT set: the kernel would have allowed writing")


def _volumes(say: Say, volumes: list[Volume]) -> Html:
    if not volumes:
        return tag("p", say("No volumes."), class_="note")
    rows = [
        (
            volume.id,
            foreign(volume.file_system),
            foreign(volume.label),
            foreign(volume.description),
            _offset(say, volume),
            join([say.number(volume.size), tag("small", say.size(volume.size))]),
            join([say(words.STATES[volume.state]), tag("small", say.noted(volume.told))])
            if volume.told
            else say(words.STATES[volume.state]),
        )
        for volume in volumes
    ]
    heads = (
        say("Volume"), say("File system"), say("Label"), say("Slot"), say("Offset"), say("Bytes"),
        say("State"),
    )  # fmt: skip
    total = (
        *[""] * 5,
        say.number(sum(volume.size for volume in volumes if not volume.inside)),
        "",
    )
    return table(heads, rows, numbers=(4, 5), total=total if len(volumes) > 1 else ())


def _offset(say: Say, volume: Volume) -> Html | str:
    """On the device; of a volume inside another, where in that, and where on the device if that can
    be said."""
    if not volume.inside:
        return say.number(volume.offset)
    lies = foreign(f"{volume.inside}, {volume.layer}")
    where = say("in {place}: {offset}", place=lies, offset=volume.offset)
    told = volume.on_device >= 0
    on_device = say("on the device: {offset}", offset=volume.on_device) if told else ""
    return join([where, tag("small", on_device)])


def _encrypted(say: Say, document: Document) -> Html:
    """What opened which volume, and what to ask for where nothing did."""
    tried = {each.volume_id: each for each in document.unlocking}
    locked = [
        volume
        for volume in document.volumes
        if volume.id in tried or (is_locked(volume) and not may_be_noise(volume))
    ]
    if not locked:
        return Html("")
    rows = [(volume.id, *_opened_by(say, volume, tried.get(volume.id))) for volume in locked]
    heads = (say("Volume"), say("Opened by"), say("When"), say("Wrong tries"), say("Ask for"))
    return join([tag("h3", say("Encrypted volumes")), table(heads, rows, numbers=(3,))])


def _opened_by(say: Say, volume: Volume, told: Unlocking | None) -> tuple[Html | str, ...]:
    ask_for = what_to_ask_for(volume.protectors, say.language)
    if told is None:
        return say("nothing was tried"), "", "", ask_for
    if told.protector is None:
        return (
            say.noted(told.reason) or say("nothing that was tried"),
            "",
            say.number(told.wrong_tries),
            ask_for,
        )
    name = say(words.PROTECTORS[told.protector.kind])
    where = say("found in {place}", place=foreign(told.found_in)) if told.found_in else ""
    by = join([name, " ", foreign(told.protector.id), tag("small", where)])
    return by, words.moment(told.at), say.number(told.wrong_tries), ""


def _write_block(say: Say, document: Document) -> Html:
    heading = tag("h3", say("Write block"))
    attested = document.write_block
    if attested is None:
        said = say(
            "Not attested: this scan did not run on the write-blocked image of the seek stick."
        )
        return join([heading, tag("p", said, class_="note")])
    parts = [heading, _counters(say, document, attested), _layers(say, attested)]
    if attested.refused_writes:
        lines = items((foreign(line) for line in attested.refused_writes), "log")
        parts += [tag("p", say("Writes that the kernel refused:")), lines]
    parts.append(facts((name, foreign(value)) for name, value in attested.facts.items()))
    return join(parts)


def _counters(say: Say, document: Document, attested: Attestation) -> Html:
    before, after = attested.before, attested.after
    if before is None or after is None:
        return tag("p", say("Counters were not read before and after the scan."), class_="note")
    then = {state.device_id: state for state in before.devices}
    rows = [
        (
            foreign(_name(document, state.device_id)),
            _flag(say, state.read_only),
            *(
                _change(say, then.get(state.device_id), state, name)
                for name in ("writes", "discards")
            ),
        )
        for state in after.devices
    ]
    heads = (
        say("Device"), say("Read-only flag after"), say("Writes during the scan"), say("Discards"),
    )  # fmt: skip
    return table(heads, rows, numbers=(2, 3))


def _change(say: Say, before: DeviceState | None, after: DeviceState, counter: str) -> str:
    if before is None or counter not in before.counters or counter not in after.counters:
        return say("not known")
    return say.number(after.counters[counter] - before.counters[counter])


def _layers(say: Say, attested: Attestation) -> Html:
    if not attested.layers:
        return Html("")
    rows = [
        (foreign(layer.name), say("on") if layer.on else say("OFF"), say.noted(layer.self_test),
         say.number(layer.refused))
        for layer in attested.layers
    ]  # fmt: skip
    return table((say("Layer"), say("State"), say("Self-test"), say("Refused")), rows, numbers=(3,))


def _name(document: Document, device_id: str) -> str:
    device = next((d for d in document.devices if d.id == device_id), None)
    return words.device_name(device) if device else device_id
