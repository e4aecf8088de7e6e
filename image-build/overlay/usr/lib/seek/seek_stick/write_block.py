"""The state of the six write-block layers: which is on, its self-test, and what was refused so far."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import fcntl
import grp
import json
import os
import pwd
import stat
import struct
from collections.abc import Callable
from pathlib import Path

from seek_stick import block_devices, programs, security_keys
from seek_stick.block_devices import BlockDevice, text

RUN = Path("/run/seek")
LAYERS_OFF = RUN / "layers-off"
OVERRIDE = RUN / "override.json"
TEST_IMAGE = Path("/usr/lib/seek/test-image")
BUILD = Path("/usr/lib/seek/build")
SELF_TEST_COUNT = RUN / "self-test-refusals"
BLKROSET = 0x125D
MS_RDONLY = 1
A_SETTING = "/sys/power/state"
HARMLESS_FILE_SYSTEMS = {"iso9660", "squashfs", "exfat", "vfat", "msdos", "fuseblk"}
WRITERS = frozenset(
    {"ext4", "jbd2", "xfs", "btrfs", "f2fs", "ntfs3", "jfs", "nilfs2", "bcachefs", "gfs2", "ocfs2", "hfsplus", "hfs", "udf"}
    | {"md-mod", "raid0", "raid1", "raid10", "raid456", "dm-mirror", "dm-snapshot", "dm-thin-pool", "dm-cache", "dm-raid"}
    | {"dm-crypt", "sg", "st", "nbd", "zram"}
)
REFUSAL_IN_KERNEL_LOG = ("read-only block-device", "read-only block device")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer: on when its self-test passed."""

    name: str
    purpose: str
    on: bool
    self_test: str
    troubles: list[str]


def report() -> dict[str, object]:
    """Test every layer and tell what was refused; the answer of seek-writeblock."""
    devices = block_devices.attached()
    may_be_written = programs.allowed()
    layers = [
        layer("read-only-flag", "every device carries the kernel's read-only flag", lambda: flag_troubles(devices)),
        layer(
            "bpf-programs",
            "no disk opens for writing or takes a command, no way past; no risky mount",
            lambda: bpf_troubles(devices),
        ),
        layer("no-writers", "no file system or array driver that writes is in the image", writer_troubles),
        layer("unprivileged-reading", "seek runs as a user who cannot write to a device", node_troubles),
        layer("kernel-command-line", "no resume, no swap, no automatic mounts", command_line_troubles),
        layer("verified-root", "every byte of the running system is checked", verity_troubles),
    ]
    return {
        "format": "seek-writeblock 1",
        "blocked": all(each.on for each in layers),
        "test_image": TEST_IMAGE.exists(),
        "override": json.loads(text(OVERRIDE) or "null"),
        "layers": [dataclasses.asdict(each) for each in layers],
        "refused": refusals(devices),
        "changing_requests": named(programs.changing_requests(), {device.number: device.node for device in devices}),
        "security_keys": security_keys.let_in(),
        "devices": [device_state(device, may_be_written) for device in devices],
        "kernel_log": kernel_refusals(),
        "build": build_facts(),
    }


def layer(name: str, purpose: str, troubles_of: Callable[[], list[str]]) -> Layer:
    """Run one layer's self-test."""
    troubles = ["left out on this test image"] if (LAYERS_OFF / name).exists() else []
    troubles += troubles_of()
    passed = not troubles
    return Layer(name=name, purpose=purpose, on=passed, self_test="passed" if passed else "failed", troubles=troubles)


def flag_troubles(devices: list[BlockDevice]) -> list[str]:
    """Layer 1: every device is flagged read-only, but the evidence partition that is open, and its disk."""
    excused = excused_from_flag(devices)
    return [f"{each.node} is not flagged read-only" for each in devices if not each.read_only and each.name not in excused]


def excused_from_flag(devices: list[BlockDevice]) -> set[str]:
    """The open evidence partition, and its disk: a disk's flag would hold for the partition too."""
    numbers = programs.allowed()
    return {name for each in devices if each.number in numbers for name in (each.name, each.disk)}


def bpf_troubles(devices: list[BlockDevice]) -> list[str]:
    """Layer 2: opening any device for writing fails, so does lifting a read-only flag, and so does a risky mount."""
    numbers = programs.allowed()
    before = programs.all_refused()
    troubles = [f"{guard} is not loaded" for guard in programs.missing_guards()]
    for device in devices:
        if device.number not in numbers:
            troubles += opens_for_writing(device) + flag_can_be_lifted(device)
    troubles += security_keys.strangers() + can_be_mounted("fuseblk") + memory_can_be_read() + setting_can_be_changed()
    tried = programs.all_refused() - before
    remember_own_refusals(tried)
    if devices and not tried:
        troubles.append("the programs counted no refusal")
    return troubles


def opens_for_writing(device: BlockDevice) -> list[str]:
    """Try to open a device for writing, which must fail; nothing is written in either case."""
    try:
        os.close(os.open(device.node, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return [] if error.errno == errno.EPERM else [f"{device.node}: {error.strerror}"]
    return [f"{device.node} opens for writing"]


def flag_can_be_lifted(device: BlockDevice) -> list[str]:
    """Try to lift a device's read-only flag, which must fail; set it again if it did not and was set before."""
    try:
        descriptor = os.open(device.node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return [] if error.errno in (errno.ENOMEDIUM, errno.ENXIO) else [f"{device.node}: {error.strerror}"]
    try:
        fcntl.ioctl(descriptor, BLKROSET, struct.pack("i", 0))
        if device.read_only:
            fcntl.ioctl(descriptor, BLKROSET, struct.pack("i", 1))
    except OSError as error:
        return [] if error.errno == errno.EPERM else [f"{device.node}: {error.strerror}"]
    finally:
        os.close(descriptor)
    return [f"{device.node}: the read-only flag can be lifted"]


def can_be_mounted(file_system: str) -> list[str]:
    """Try to mount a file system that is not one of the stick's own, of no device at all: the guard must be what refuses."""
    ctypes.set_errno(0)
    ctypes.CDLL(None, use_errno=True).mount(b"/dev/null", b"/mnt", file_system.encode(), MS_RDONLY, None)
    return [] if ctypes.get_errno() == errno.EPERM else [f"the mount guard does not refuse {file_system}"]


def memory_can_be_read() -> list[str]:
    """Try to open a character device that is not known to be harmless, which the device guard must refuse and count."""
    before = sum(programs.refused_characters().values())
    with contextlib.suppress(OSError):
        os.close(os.open("/dev/mem", os.O_RDONLY | os.O_CLOEXEC))
    after = sum(programs.refused_characters().values())
    return [] if after > before else ["the device guard does not refuse /dev/mem"]


def setting_can_be_changed() -> list[str]:
    """Try to open a setting for writing, which must fail; nothing is written in either case."""
    try:
        os.close(os.open(A_SETTING, os.O_WRONLY | os.O_CLOEXEC))
    except OSError as error:
        return [] if error.errno == errno.EPERM else [f"{A_SETTING}: {error.strerror}"]
    return [f"{A_SETTING} opens for writing"]


def writer_troubles() -> list[str]:
    """Layer 3: no driver that writes is loaded or could be."""
    there = {path.name.split(".ko")[0] for path in Path("/lib/modules").rglob("*.ko*")}
    loaded = {line.split()[0].replace("_", "-") for line in text(Path("/proc/modules")).splitlines()}
    lines = text(Path("/proc/filesystems")).splitlines()
    known = {line.strip() for line in lines if not line.startswith("nodev")}
    troubles = [f"the driver {name} is in the image" for name in sorted(WRITERS) if {name, name.replace("-", "_")} & there]
    troubles += [f"the driver {name} is loaded" for name in sorted(WRITERS) if name in loaded]
    return troubles + [f"the kernel can mount {name}" for name in sorted(known - HARMLESS_FILE_SYSTEMS)]


def node_troubles() -> list[str]:
    """Layer 4: the user seek is in one group only, and every block device's node is 0440 root:seek."""
    user = pwd.getpwnam("seek")
    others = [group.gr_name for group in grp.getgrall() if "seek" in group.gr_mem]
    troubles = [f"the user seek is in the group {name}" for name in others]
    for path in sorted(Path("/dev").iterdir()):
        facts = path.lstat()
        if stat.S_ISBLK(facts.st_mode) and (stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid) != (
            0o440,
            0,
            user.pw_gid,
        ):
            troubles.append(f"{path} has the mode {stat.S_IMODE(facts.st_mode):04o} {facts.st_uid}:{facts.st_gid}")
    return troubles


def command_line_troubles() -> list[str]:
    """Layer 5: every word of the recipe is on the kernel command line, and no swap space is in use."""
    given = text(Path("/proc/cmdline")).split()
    wanted = text(Path("/usr/lib/seek/kernel-command-line")).split()
    swaps = text(Path("/proc/swaps")).splitlines()[1:]
    troubles = [f"{word} is not on the kernel command line" for word in wanted if word not in given]
    return troubles + [f"swap space in use: {line.split()[0]}" for line in swaps]


def verity_troubles() -> list[str]:
    """Layer 6: the root file system comes from a verity device with the root hash of the kernel command line."""
    table = programs.run("dmsetup", "table", "seek-root").stdout.split()
    status = programs.run("dmsetup", "status", "seek-root").stdout.split()
    if table[2:3] != ["verity"]:
        return ["the root file system is not on a verity device"]
    troubles = [] if root_hash() in table else ["the verity device has another root hash"]
    return troubles + ([] if "V" in status else ["a block of the running system does not verify"])


def root_hash() -> str:
    """The root hash on the kernel command line."""
    words = text(Path("/proc/cmdline")).split()
    return next((word.split("=", 1)[1] for word in words if word.startswith("seek.roothash=")), "none")


def refusals(devices: list[BlockDevice]) -> dict[str, object]:
    """What the programs refused so far, and how much of it was our own self-test."""
    opens, commands, characters = programs.refused_opens(), programs.refused_commands(), programs.refused_characters()
    nodes = {"0:0": "mounts", **{device.number: device.node for device in devices}}
    return {
        "opens": named(opens, nodes),
        "commands": named(commands, nodes),
        "characters": named(characters, character_nodes()),
        "settings": programs.refused_settings(),
        "total": programs.all_refused(),
        "of_which_self_test": int(text(SELF_TEST_COUNT) or 0),
    }


def named(counts: dict[str, int], nodes: dict[str, str]) -> list[dict[str, object]]:
    """Refusals by device, with the node where the device is still there."""
    return [{"number": number, "node": nodes.get(number, ""), "count": count} for number, count in sorted(counts.items())]


def character_nodes() -> dict[str, str]:
    """The name that the kernel gives to each number of a character device."""
    return {path.name: path.resolve().name for path in Path("/sys/dev/char").glob("*")}


def remember_own_refusals(count: int) -> None:
    """Keep count of what the self-tests themselves made the programs refuse."""
    SELF_TEST_COUNT.write_text(str(int(text(SELF_TEST_COUNT) or 0) + count))


def device_state(device: BlockDevice, may_be_written: set[str]) -> dict[str, object]:
    """One device's flag and counters."""
    return {
        "node": device.node,
        "number": device.number,
        "disk": f"/dev/{device.disk}",
        "serial": device.serial,
        "read_only": device.read_only,
        "may_be_written": device.number in may_be_written,
        "counters": block_devices.counters(device.name),
    }


def kernel_refusals() -> list[str]:
    """The kernel's own lines about writes that it refused."""
    lines = programs.run("dmesg", "--notime").stdout.splitlines()
    return [line for line in lines if any(words in line for words in REFUSAL_IN_KERNEL_LOG)][-200:]


def build_facts() -> dict[str, str]:
    """Which image this is and how the machine started it."""
    facts = dict(line.split("=", 1) for line in text(BUILD).splitlines() if "=" in line)
    return {**facts, "root_hash": root_hash(), "secure_boot": secure_boot()}


def secure_boot() -> str:
    """Whether the firmware says that Secure Boot is on."""
    if not Path("/sys/firmware/efi").exists():
        return "no UEFI: started by BIOS"
    folder = Path("/sys/firmware/efi/efivars")
    for variable in folder.glob("SecureBoot-*"):
        return "on" if variable.read_bytes()[-1:] == b"\x01" else "off"
    return "not told by the firmware"
