"""Devices and volumes, and what shows that nothing was written to them."""

from triage.bundle.format.document import Attestation, DeviceState, Document, Unlocking
from triage.bundle.format.shown import size
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
from triage.evidence import Device, SourceKind, Volume
from triage.secret import is_locked, what_to_ask_for


def section_of(document: Document) -> Html:
    """Every device with its volumes, then the write block."""
    parts = [_device(document, device) for device in document.devices]
    parts.append(_encrypted(document))
    return section("Devices", *parts, _write_block(document), id_="devices")


def _device(document: Document, device: Device) -> Html:
    volumes = [volume for volume in document.volumes if volume.device_id == device.id]
    return join(
        [
            tag("h3", foreign(words.device_name(device))),
            facts(
                (
                    ("Kind", words.KINDS[device.kind]),
                    ("Path", foreign(device.path)),
                    ("Parts", f"{len(device.parts):,} files" if device.parts else ""),
                    ("Model", foreign(device.model)),
                    ("Serial", foreign(device.serial)),
                    ("WWN", foreign(device.wwn)),
                    ("Size", f"{size(device.size)} ({device.size:,} bytes)" if device.size else ""),
                    ("Sectors", _sectors(device)),
                    ("Transport", foreign(device.transport)),
                    ("Read-only flag", _flag(device.read_only)),
                )
            ),
            _volumes(volumes),
        ]
    )


def _sectors(device: Device) -> str:
    if device.kind is SourceKind.DIRECTORY:
        return ""
    return f"{device.sector_size} bytes, physical {device.physical_sector_size}"


def _flag(read_only: bool | None) -> str:
    if read_only is None:
        return ""
    return "set by the kernel" if read_only else "NOT set: the kernel would have allowed writing"


def _volumes(volumes: list[Volume]) -> Html:
    if not volumes:
        return tag("p", "No volumes.", class_="note")
    rows = [
        (
            volume.id,
            foreign(volume.file_system),
            foreign(volume.label),
            foreign(volume.description),
            _offset(volume),
            join([f"{volume.size:,}", tag("small", size(volume.size))]),
            join([words.STATES[volume.state], tag("small", foreign(volume.told))])
            if volume.told
            else words.STATES[volume.state],
        )
        for volume in volumes
    ]
    heads = ("Volume", "File system", "Label", "Slot", "Offset", "Bytes", "State")
    total = (
        "",
        "",
        "",
        "",
        "",
        f"{sum(volume.size for volume in volumes if not volume.inside):,}",
        "",
    )
    return table(heads, rows, numbers=(4, 5), total=total if len(volumes) > 1 else ())


def _offset(volume: Volume) -> Html | str:
    """On the device; of a volume inside another, where in that, and where on the device if that can
    be said."""
    if not volume.inside:
        return f"{volume.offset:,}"
    where = foreign(f"in {volume.inside}, {volume.layer}: {volume.offset:,}")
    on_device = f"on the device: {volume.on_device:,}" if volume.on_device >= 0 else ""
    return join([where, tag("small", on_device)])


def _encrypted(document: Document) -> Html:
    """What opened which volume, and what to ask for where nothing did."""
    tried = {each.volume_id: each for each in document.unlocking}
    locked = [v for v in document.volumes if v.id in tried or is_locked(v)]
    if not locked:
        return Html("")
    rows = [(volume.id, *_opened_by(volume, tried.get(volume.id))) for volume in locked]
    heads = ("Volume", "Opened by", "When", "Wrong tries", "Ask for")
    return join([tag("h3", "Encrypted volumes"), table(heads, rows, numbers=(3,))])


def _opened_by(volume: Volume, told: Unlocking | None) -> tuple[Html | str, ...]:
    ask_for = what_to_ask_for(volume.protectors)
    if told is None:
        return "nothing was tried", "", "", ask_for
    if told.protector is None:
        return (
            foreign(told.reason or "nothing that was tried"),
            "",
            f"{told.wrong_tries:,}",
            ask_for,
        )
    name = told.protector.kind.replace("_", " ")
    where = f"found in {told.found_in}" if told.found_in else ""
    by = join([foreign(f"{name} {told.protector.id}"), tag("small", foreign(where))])
    return by, told.at, f"{told.wrong_tries:,}", ""


def _write_block(document: Document) -> Html:
    heading = tag("h3", "Write block")
    attested = document.write_block
    if attested is None:
        said = "Not attested: this scan did not run on the write-blocked image of the seek stick."
        return join([heading, tag("p", said, class_="note")])
    parts = [heading, _counters(document, attested), _layers(attested)]
    if attested.refused_writes:
        lines = items((foreign(line) for line in attested.refused_writes), "log")
        parts += [tag("p", "Writes that the kernel refused:"), lines]
    parts.append(facts((name, foreign(value)) for name, value in attested.facts.items()))
    return join(parts)


def _counters(document: Document, attested: Attestation) -> Html:
    before, after = attested.before, attested.after
    if before is None or after is None:
        return tag("p", "Counters were not read before and after the scan.", class_="note")
    then = {state.device_id: state for state in before.devices}
    rows = [
        (
            foreign(_name(document, state.device_id)),
            _flag(state.read_only),
            *(_change(then.get(state.device_id), state, name) for name in ("writes", "discards")),
        )
        for state in after.devices
    ]
    heads = ("Device", "Read-only flag after", "Writes during the scan", "Discards")
    return table(heads, rows, numbers=(2, 3))


def _change(before: DeviceState | None, after: DeviceState, counter: str) -> str:
    if before is None or counter not in before.counters or counter not in after.counters:
        return "not known"
    return f"{after.counters[counter] - before.counters[counter]:,}"


def _layers(attested: Attestation) -> Html:
    if not attested.layers:
        return Html("")
    rows = [
        (foreign(layer.name), "on" if layer.on else "OFF", foreign(layer.self_test),
         f"{layer.refused:,}")
        for layer in attested.layers
    ]  # fmt: skip
    return table(("Layer", "State", "Self-test", "Refused"), rows, numbers=(3,))


def _name(document: Document, device_id: str) -> str:
    device = next((d for d in document.devices if d.id == device_id), None)
    return words.device_name(device) if device else device_id
