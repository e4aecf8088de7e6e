"""What the machine says of its write block before the scan and after it, for the bundle."""

from collections.abc import Sequence

import msgspec

from triage import attestation
from triage.bundle.format.document import Attestation, DeviceState, Snapshot, WriteBlockLayer
from triage.evidence import Device, SourceKind


class Witness:
    """Looks once before anything is read, and once when all has been."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._ids = {d.path: d.id for d in devices if d.kind is SourceKind.DEVICE}
        self._before = attestation.attest(self._ids)

    def statement(self) -> Attestation | None:
        """Both looks; None where no block device was scanned and there is nothing to say."""
        if not self._ids:
            return None
        after = attestation.attest(self._ids)
        writes = attestation.writes_between(self._before, after)
        return Attestation(
            before=self._snapshot(self._before),
            after=self._snapshot(after),
            layers=_layers(after),
            refused_writes=after.kernel_log,
            facts=_facts(after, writes),
        )

    def _snapshot(self, state: attestation.BlockState) -> Snapshot:
        return Snapshot(
            at=state.taken,
            devices=tuple(
                DeviceState(
                    device_id=self._ids[device.path],
                    read_only=device.read_only,
                    counters=_counters(device.counters),
                )
                for device in state.devices
            ),
        )


def _layers(state: attestation.BlockState) -> tuple[WriteBlockLayer, ...]:
    return tuple(
        WriteBlockLayer(
            name=layer.name,
            on=layer.on,
            self_test="; ".join((layer.self_test, *layer.troubles)),
        )
        for layer in state.layers
    )


def _counters(counters: attestation.Counters | None) -> dict[str, int]:
    return {} if counters is None else msgspec.to_builtins(counters)


def _facts(state: attestation.BlockState, writes: Sequence[str]) -> dict[str, str]:
    facts = {
        "write block": f"{state.write_block}: {state.said_plainly}",
        "writes between the two looks": "; ".join(writes) or "none: no counter moved",
        "requests that could change a disk, since power-on": _watched(state),
        "opens for writing refused": _counted(state.refused_opens),
        "commands refused": _counted(state.refused_commands),
        "other ways to a device refused": _counted(state.refused_characters),
        "settings refused": str(state.refused_settings or ""),
        "security keys let in": ", ".join(state.security_keys),
        "Thunderbolt devices": _thunderbolt(state),
        "posed as the evidence stick": "; ".join(attestation.posed()),
        "of which by self-tests": str(state.refused_by_self_test),
        "image build": state.build,
        "verity root hash": state.root_hash,
        "Secure Boot": state.secure_boot,
        "test image": "yes" if state.test_image else "",
        "override": state.override,
        "not covered": " ".join(state.limits),
    }
    return {name: said for name, said in facts.items() if said}


def _thunderbolt(state: attestation.BlockState) -> str:
    kept_out = "kept out by this machine's firmware, so no disk in it was looked at"
    return "; ".join(
        f"{each.name}: {'let in' if each.let_in else kept_out}" for each in state.thunderbolt
    )


def _watched(state: attestation.BlockState) -> str:
    """By whole disk, the evidence stick's among them; a controller's own (0:0) go to no disk."""
    if state.changing_requests is None:
        return ""
    return _counted([each for each in state.changing_requests if each.number != "0:0"]) or "none"


def _counted(refusals: Sequence[attestation.Refusal]) -> str:
    return ", ".join(f"{each.node or each.number}: {each.count}" for each in refusals)
