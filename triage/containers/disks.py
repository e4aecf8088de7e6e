"""Disk images that lie in a file, and backups.

Formats: QEMU's docs/interop/qcow2; Microsoft's VHD 1.0; UDIF, as libdmg describes it; boot sectors
of FAT and NTFS, superblocks of ext and HFS+; adb's backup header.
"""

from triage.containers.probe import Container, Probe, big_number, number

SMALLEST = 360 * 1024
"""Bytes of a disk image that has no header of its own: the smallest floppy disk."""
_BOOT_SECTORS = (b"NTFS    ", b"EXFAT   ", b"ReFS\0\0\0\0")
_BITLOCKER = b"-FVE-FS-"


def raw_disk(probe: Probe) -> Container | None:
    """A disk or a volume, byte by byte; recognised by more than a boot sector's two bytes."""
    is_one = _is_boot_sector(probe) or _is_partitioned(probe) or _is_file_system(probe)
    if not is_one or probe.size < SMALLEST:
        return None
    kind = "vhd" if probe.end(512).startswith(b"conectix") else "disk image"
    return Container(kind, locked=probe.head[3:11] == _BITLOCKER)


def vdi(probe: Probe) -> Container | None:
    """VirtualBox: a line of text, the signature at byte 64."""
    return Container("vdi") if probe.head[64:68] == b"\x7f\x10\xda\xbe" else None


def qcow2(probe: Probe) -> Container:
    """Encryption method 0: none."""
    return Container("qcow2", big_number(probe.head, 32, 4) != 0)


def android_backup(probe: Probe) -> Container:
    """Four lines: magic, version, whether it is compressed, how it is encrypted."""
    lines = probe.head[:64].split(b"\n")
    return Container("android backup", len(lines) < 4 or lines[3] != b"none")


def _is_boot_sector(probe: Probe) -> bool:
    head = probe.head
    if head[510:512] != b"\x55\xaa":
        return False
    return (
        head[3:11] in (*_BOOT_SECTORS, _BITLOCKER)
        or head[54:57] == b"FAT"
        or head[82:87] == b"FAT32"
    )


def _is_partitioned(probe: Probe) -> bool:
    """An MBR whose entries could all be true, and one of which is in use."""
    head = probe.head
    if head[510:512] != b"\x55\xaa":
        return False
    entries = [head[at : at + 16] for at in range(446, 510, 16)]
    used = [entry for entry in entries if any(entry)]
    return bool(used) and all(
        entry[0] in (0, 0x80)
        and entry[4] != 0
        and number(entry, 12, 4) > 0
        and 0 < number(entry, 8, 4) * 512 < probe.size
        for entry in used
    )


def _is_file_system(probe: Probe) -> bool:
    head = probe.head
    if head[1024:1028] in (b"H+\0\4", b"HX\0\5") or head[32:36] == b"NXSB":
        return True
    return (
        head[1080:1082] == b"\x53\xef"
        and number(head, 1024 + 76, 4) <= 1
        and number(head, 1024 + 24, 4) <= 6
        and 0 < (number(head, 1024 + 4, 4) << (10 + number(head, 1024 + 24, 4))) <= 2 * probe.size
    )
