"""Every way to write to a disk that we could think of, as a root shell would type it.

`$D` is the disk of the attempt, found by its serial number, or the partition of that name, or the drive on that kind of bus. An attempt may fail in any way it likes: what counts is
whether something arrived at the disk: the emulator counts writes, and what it does not count shows in the disk's bytes.
"""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

PRELUDE = r"""
disk() { case $1 in CARD) ls /dev/mmcblk0 2>/dev/null; return;; RAID) H=$(grep -l megaraid_sas /sys/class/scsi_host/*/proc_name) && echo /dev/$(ls ${H%/proc_name}/device/target*/*/block | tail -1); return;; esac; named "$1" || named "$1DRIVE"; }
named() { { lsblk -ndo PATH,SERIAL; lsblk -nro PATH,PARTLABEL; } | awk -v s="$1" '$2 == s { print $1; exit }' | grep .; }
number() { lsblk -ndo MAJ:MIN "$1" | tr -d ' '; }
generic() { echo /dev/$(ls /sys/block/${1#/dev/}/device/scsi_generic); }
bsg() { echo /dev/bsg/$(basename $(readlink -f /sys/block/${1#/dev/}/device)); }
write_10() { sg_raw -s 512 -i /tmp/block "$1" 2a 00 00 00 00 10 00 00 01 00; }
head -c 4096 /dev/zero | tr '\0' 'W' >/tmp/block
mkdir -p /tmp/m
controller() { echo ${1%n*}; }
character() { echo /dev/ng${1#/dev/nvme}; }
usb() { P=$(readlink -f /sys/class/block/$(basename $1)); while [ "$P" ] && ! [ -e $P/busnum ]; do P=${P%/*}; done; echo $P; }
"""

PROGRAMS = sorted(path for path in Path(__file__).with_name("inside").glob("*.py") if path.name != "__init__.py")


def laid_ready() -> list[str]:
    """The shell's words that the attempts need, and our own programs, as lines to type."""
    programs = [f"echo {base64.b64encode(path.read_bytes()).decode()} | base64 -d >/tmp/{path.name}" for path in PROGRAMS]
    return [PRELUDE.strip().replace("\n", "; "), *programs]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt: its name, the disk it is made on, and the commands."""

    name: str
    disk: str
    commands: str
    needs_tools: bool = False  # can be made on the test image only
    taken: bool = False  # no counter and no byte of a disk shows it: it arrives when the commands succeed


PYTHON_WRITE = "python3 -c \"import os; f = os.open('$D', os.O_RDWR); os.pwrite(f, b'W' * 4096, 65536); os.fsync(f)\""
PYTHON_MMAP = "python3 -c \"import mmap, os; f = os.open('$D', os.O_RDWR); m = mmap.mmap(f, 4096, offset=131072); m[:9] = b'WWWWWWWWW'; m.flush(); os.fsync(f)\""
SWAP = "swapon $D; head -c 60000000 /dev/urandom >/dev/shm/full; echo 50M >/sys/fs/cgroup/memory.reclaim; swapoff $D; rm -f /dev/shm/full"
HIBERNATE = "swapon $D; echo $(number $D) >/sys/power/resume; echo 0 >/sys/power/image_size; echo test_resume >/sys/power/disk; echo disk >/sys/power/state; swapoff $D"
"""Writes the whole image and goes on from it, as after a power-on. The last attempt: it resets every bus."""

COMMAND = "python3 /tmp/command.py"
STALE_FLAG = "systemctl stop systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd; U=$(usb $D); echo 0 >$U/authorized; echo 1 >$U/authorized; sleep 4"
"""While nobody sets the read-only flag, a USB disk is made to come back."""
FLAG_AGAIN = "systemctl start systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd; udevadm trigger --settle --subsystem-match=block"

OWN_TARGET = (
    "modprobe -a target_core_mod tcm_loop; T=/sys/kernel/config/target; mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config; "
    "mkdir -p $T/core/rd_mcp_0/own; echo rd_pages=4096 >$T/core/rd_mcp_0/own/control; echo 1 >$T/core/rd_mcp_0/own/enable; "
    "L=$T/loopback/naa.6001405000000001/tpgt_1; mkdir -p $L/lun/lun_0; echo naa.6001405000000002 >$L/nexus; ln -s $T/core/rd_mcp_0/own $L/lun/lun_0/own; sleep 3; udevadm settle; "
    "H=$(grep -l tcm_loop /sys/class/scsi_host/*/proc_name); R=/dev/$(ls ${H%/proc_name}/device/target*/*/block)"
)
"""The emulator has no disk that can be reserved; the kernel can pose as one, and a SCSI disk of its own appears: $R."""
RESERVATION_KEY = f"{'00' * 8}{'4b' * 8}{'00' * 8}"
VARIABLE = "/sys/firmware/efi/efivars/SeekAttempt-7365656b-0000-4000-8000-000000000003"

AROUND_THE_DISK = (
    Attempt(name="dd to a USB disk", disk="USB", commands="dd if=/tmp/block of=$D bs=4k seek=9 conv=notrunc,fsync"),
    Attempt(name="usbfs: WRITE(10) past the driver", disk="USB", commands="python3 /tmp/usb_write.py $D"),
    Attempt(name="dd to an SD card", disk="CARD", needs_tools=True, commands="dd if=/tmp/block of=$D bs=4k seek=9 conv=notrunc,fsync"),
    Attempt(name="MMC command passed to an SD card", disk="CARD", needs_tools=True, commands="python3 /tmp/card_write.py $D"),
    Attempt(name="dd to a RAID controller's disk", disk="RAID", needs_tools=True, commands="dd if=/tmp/block of=$D bs=4k seek=9 conv=notrunc,fsync"),
    Attempt(name="RAID controller's management node: WRITE(10)", disk="RAID", needs_tools=True, commands="python3 /tmp/raid_write.py"),
    Attempt(name="SCSI_IOCTL_SEND_COMMAND", disk="SCSI", needs_tools=True, commands="python3 /tmp/send_command.py $D"),
    Attempt(name="mount -o ro, FAT, then remount,rw and write a file", disk="FAT", commands="mount -t vfat -o ro $D /tmp/m && mount -o remount,rw /tmp/m && cp /tmp/block /tmp/m/again; umount /tmp/m"),
    Attempt(
        name="the same of a USB disk that came back unflagged",
        disk="USBFAT",
        needs_tools=True,
        commands=f"{STALE_FLAG}; D=$(disk USBFAT); mount -t vfat -o ro $D /tmp/m && mount -o remount,rw /tmp/m && cp /tmp/block /tmp/m/again; umount /tmp/m; {FLAG_AGAIN}",
    ),
    Attempt(name="sysfs: a SCSI disk's cache_type (MODE SELECT)", disk="SCSI", taken=True, commands='C=$(ls /sys/block/$(basename $D)/device/scsi_disk/*/cache_type); echo "write through" >$C && grep through $C'),
    Attempt(name="sysfs: a USB disk's authorized", disk="USB", taken=True, commands="U=$(usb $D); echo 0 >$U/authorized && { echo 1 >$U/authorized; sleep 4; udevadm settle; }"),
    Attempt(
        name="sysfs: a controller taken from its driver, its memory mapped for writing",
        disk="NVME",
        taken=True,
        commands="P=$(readlink -f /sys/block/$(basename $D)/device/device); echo ${P##*/} >$P/driver/unbind; python3 /tmp/map_memory.py $P/resource0; code=$?; echo ${P##*/} >/sys/bus/pci/drivers/nvme/bind; sleep 4; udevadm settle; (exit $code)",
    ),
    Attempt(name="SCSI_IOCTL_STOP_UNIT", disk="SCSI", taken=True, commands=f"{COMMAND} $D 6"),
    Attempt(name="SCSI_IOCTL_START_UNIT", disk="SCSI", taken=True, commands=f"{COMMAND} $D 5"),
    Attempt(name="SCSI_IOCTL_DOORLOCK", disk="SCSI", taken=True, commands=f"{COMMAND} $D 5380"),
    Attempt(name="SCSI_IOCTL_DOORUNLOCK", disk="SCSI", taken=True, commands=f"{COMMAND} $D 5381"),
    Attempt(name="CDROM_LOCKDOOR", disk="PLAIN", needs_tools=True, taken=True, commands=f"{COMMAND} /dev/sr0 5329"),
    Attempt(name="CDROM_SEND_PACKET", disk="PLAIN", needs_tools=True, taken=True, commands=f"{COMMAND} /dev/sr0 5393 1e{'00' * 39}03{'00' * 23}"),
    Attempt(name="CDROMEJECT", disk="PLAIN", needs_tools=True, taken=True, commands=f"{COMMAND} /dev/sr0 5309"),
    Attempt(name="HDIO_DRIVE_CMD", disk="PLAIN", taken=True, commands=f"{COMMAND} $D 31f e5000000"),
    Attempt(name="hdparm: the drive's write cache", disk="PLAIN", needs_tools=True, taken=True, commands="hdparm -W0 $D && hdparm -W $D | grep off"),
    Attempt(name="BLKPG: a partition added", disk="SCSI", taken=True, commands="python3 /tmp/add_partition.py $D"),
    Attempt(name="NVMe: the drive's write cache", disk="NVME", needs_tools=True, taken=True, commands="nvme set-feature $(controller $D) --feature-id=6 --value=0"),
    Attempt(name="NVMe: reset of the controller", disk="NVME", needs_tools=True, taken=True, commands="nvme reset $(controller $D); code=$?; sleep 3; (exit $code)"),
    Attempt(name="NVMe: format", disk="NVME", needs_tools=True, commands="nvme format $D --force --namespace-id=1 --ses=1"),
    Attempt(name="/dev/mem opened for writing", disk="PLAIN", taken=True, commands=": >>/dev/mem"),
    Attempt(name="/dev/port opened for writing", disk="PLAIN", taken=True, commands=": >>/dev/port"),
    Attempt(name="/dev/nvram opened for writing", disk="PLAIN", needs_tools=True, taken=True, commands="modprobe nvram; : >>/dev/nvram"),
    Attempt(name="iopl", disk="PLAIN", taken=True, commands="python3 /tmp/ports.py iopl"),
    Attempt(name="ioperm", disk="PLAIN", taken=True, commands="python3 /tmp/ports.py ioperm"),
    Attempt(name="dd to a zoned disk", disk="ZONED", needs_tools=True, commands="dd if=/tmp/block of=$D bs=4k count=1 conv=notrunc oflag=direct"),
    Attempt(name="zoned disk: a zone opened (BLKOPENZONE)", disk="ZONED", needs_tools=True, taken=True, commands="blkzone open --offset 8192 --count 1 $D"),
    Attempt(name="zoned disk: a zone reset (BLKRESETZONE)", disk="ZONED", needs_tools=True, taken=True, commands="blkzone reset --offset 0 --count 1 $D"),
    Attempt(name="zoned disk: a zone finished, by NVMe passthrough", disk="ZONED", needs_tools=True, taken=True, commands="nvme zns finish-zone $D --start-lba=16384"),
    Attempt(name="persistent reservation (IOC_PR_REGISTER)", disk="PLAIN", needs_tools=True, taken=True, commands=f"{OWN_TARGET}; {COMMAND} $R 401870c8 {RESERVATION_KEY}"),
    Attempt(
        name="efivarfs made writable, a firmware variable written",
        disk="PLAIN",
        taken=True,
        commands=f"mount -o remount,rw /sys/firmware/efi/efivars; printf '\\007\\0\\0\\0W' >{VARIABLE} && test -e {VARIABLE}",
    ),
    Attempt(name="RTC_SET_TIME", disk="PLAIN", taken=True, commands="python3 /tmp/set_clock.py"),
)
"""Past the block layer, or at what stands beside a disk."""

ATTEMPTS = (
    Attempt(name="dd", disk="PLAIN", commands="dd if=/tmp/block of=$D bs=4k seek=9 conv=notrunc,fsync"),
    Attempt(name="open O_RDWR, pwrite", disk="PLAIN", commands=PYTHON_WRITE),
    Attempt(name="O_DIRECT", disk="PLAIN", commands="dd if=/tmp/block of=$D bs=4k seek=10 conv=notrunc oflag=direct"),
    Attempt(name="mmap", disk="PLAIN", commands=PYTHON_MMAP),
    Attempt(name="own node by mknod", disk="PLAIN", commands="mknod /dev/own b $(number $D | tr : ' '); dd if=/tmp/block of=/dev/own bs=4k seek=11 conv=notrunc,fsync"),
    Attempt(name="loop device over the disk", disk="PLAIN", commands="L=$(losetup --find --show $D); dd if=/tmp/block of=$L bs=4k seek=12 conv=notrunc,fsync; losetup -d $L"),
    Attempt(name="loop device with O_DIRECT", disk="PLAIN", commands="L=$(losetup --direct-io=on --find --show $D); dd if=/tmp/block of=$L bs=4k seek=17 conv=notrunc oflag=direct; losetup -d $L"),
    Attempt(name="BLKROSET 0, then dd", disk="PLAIN", commands="blockdev --setrw $D; dd if=/tmp/block of=$D bs=4k seek=13 conv=notrunc,fsync"),
    Attempt(name="udev change event, then dd", disk="PLAIN", commands="udevadm trigger --settle --action=change $D; dd if=/tmp/block of=$D bs=4k seek=14 conv=notrunc,fsync"),
    Attempt(name="discard", disk="PLAIN", commands="blkdiscard --force --offset 1M --length 1M $D"),
    Attempt(name="zero-out", disk="PLAIN", commands="blkdiscard --force --zeroout --offset 2M --length 64K $D"),
    Attempt(name="fallocate", disk="PLAIN", commands="fallocate --zero-range --offset 3M --length 64K $D; sync"),
    Attempt(name="partition table by sfdisk", disk="PLAIN", commands="echo 'label: gpt' | sfdisk --force --no-reread $D"),
    Attempt(name="wipefs", disk="SWAP2", commands="wipefs --all --force $D"),
    Attempt(name="mkswap", disk="PLAIN", commands="mkswap --force $D"),
    Attempt(name="swapon and use", disk="SWAP", commands=SWAP),
    Attempt(name="resume from S1SUSPEND", disk="SUSPENDED", commands="echo $(number $D) >/sys/power/resume"),
    Attempt(name="dm-linear, then dd", disk="DMDISK", commands="echo 0 $(blockdev --getsz $D) linear $D 0 | dmsetup create own; dd if=/tmp/block of=/dev/mapper/own bs=4k seek=15 conv=notrunc,fsync; dmsetup remove --retry own"),
    Attempt(
        name="read-only dm-linear, reloaded writable, then dd",
        disk="DMDISK",
        commands='T="0 $(blockdev --getsz $D) linear $D 0"; dmsetup create --readonly own --table "$T"; dmsetup reload own --table "$T"; dmsetup resume own; dd if=/tmp/block of=/dev/mapper/own bs=4k seek=18 conv=fsync; dmsetup remove --retry own',
    ),
    Attempt(name="ext4 (dirty) over dm-linear, ro", disk="EXT4DM", needs_tools=True, commands="echo 0 $(blockdev --getsz $D) linear $D 0 | dmsetup create own4; mount -t ext4 -o ro /dev/mapper/own4 /tmp/m && umount /tmp/m; dmsetup remove --retry own4"),
    Attempt(name="mount -o ro, dirty ext4", disk="EXT4", commands="mount -t ext4 -o ro $D /tmp/m && umount /tmp/m"),
    Attempt(name="mount -o ro, dirty ext4 over a loop device", disk="EXT4LOOP", needs_tools=True, commands="L=$(losetup --find --show $D); mount -t ext4 -o ro $L /tmp/m && umount /tmp/m; losetup -d $L"),
    Attempt(name="mount -o rw, ext4", disk="EXT4", commands="mount -t ext4 -o rw $D /tmp/m && umount /tmp/m"),
    Attempt(name="mount -o ro, ext4 with a journal error", disk="EXT4ERR", commands="mount -t ext4 -o ro $D /tmp/m && umount /tmp/m"),
    Attempt(name="mount -o ro, dirty XFS", disk="XFS", commands="mount -t xfs -o ro $D /tmp/m && umount /tmp/m"),
    Attempt(name="mount -o ro, dirty btrfs", disk="BTRFS", commands="mount -t btrfs -o ro $D /tmp/m && umount /tmp/m"),
    Attempt(name="mount -o rw, btrfs, and write a file", disk="BTRFS", commands="mount -t btrfs -o rw $D /tmp/m && cp /tmp/block /tmp/m/new; umount /tmp/m"),
    Attempt(name="mount -o rw, FAT, and write a file", disk="FAT", commands="mount -t vfat -o rw $D /tmp/m && cp /tmp/block /tmp/m/new; umount /tmp/m"),
    Attempt(name="mount -o rw, NTFS by ntfs3", disk="NTFS", needs_tools=True, commands="mount -t ntfs3 -o rw,force $D /tmp/m && cp /tmp/block /tmp/m/new; umount /tmp/m"),
    Attempt(name="mount -o rw, NTFS by ntfs-3g", disk="NTFS", needs_tools=True, commands="ntfs-3g $D /tmp/m && cp /tmp/block /tmp/m/new2; umount /tmp/m"),
    Attempt(name="fsck", disk="EXT4FSCK", needs_tools=True, commands="e2fsck -fy $D"),
    Attempt(name="tune2fs", disk="EXT4FSCK", needs_tools=True, commands="tune2fs -L changed $D"),
    Attempt(name="mkfs.fat", disk="PLAIN", needs_tools=True, commands="mkfs.vfat -I $D"),
    Attempt(name="LVM: activate an out-of-sync mirror", disk="LVM", needs_tools=True, commands="vgchange -an suspects; vgchange -ay suspects; sleep 3; vgchange -an suspects"),
    Attempt(name="MD: assemble a RAID 1", disk="MD1", needs_tools=True, commands="mdadm --stop --scan; mdadm --assemble --run --force /dev/md9 $D; sleep 2; mdadm --readwrite /dev/md9; sleep 2; mdadm --stop /dev/md9"),
    Attempt(name="io_uring write", disk="PLAIN", needs_tools=True, commands="fio --name=w --ioengine=io_uring --rw=write --filename=$D --size=64k --offset=4M --allow_file_create=0"),
    Attempt(name="SG_IO on the disk", disk="SCSI", needs_tools=True, commands="write_10 $D"),
    Attempt(name="SG_IO on /dev/sg", disk="SCSI", needs_tools=True, commands="modprobe sg; write_10 $(generic $D)"),
    Attempt(name="SG_IO on /dev/bsg", disk="SCSI", needs_tools=True, commands="write_10 $(bsg $D)"),
    Attempt(
        name="SCSI device removed and found again, then dd",
        disk="SCSI",
        needs_tools=True,
        commands="echo 1 >/sys/block/$(basename $D)/device/delete; echo '- - -' | tee /sys/class/scsi_host/*/scan; sleep 2; udevadm settle; dd if=/tmp/block of=$(disk SCSI) bs=4k seek=19 conv=notrunc,fsync",
    ),
    Attempt(name="SCSI UNMAP / WRITE SAME", disk="SCSI", needs_tools=True, commands="sg_write_same --num=8 --lba=64 --in=/tmp/block --xferlen=512 $D"),
    Attempt(name="ATA_16: hdparm --write-sector", disk="PLAIN", needs_tools=True, commands="hdparm --yes-i-know-what-i-am-doing --write-sector 500 $D"),
    Attempt(name="NVMe passthrough: nvme write", disk="NVME", needs_tools=True, commands="nvme write $D --start-block=8 --block-count=0 --data-size=512 --data=/tmp/block"),
    Attempt(name="NVMe write zeroes", disk="NVME", needs_tools=True, commands="nvme write-zeroes $D --namespace-id=1 --start-block=64 --block-count=7"),
    Attempt(name="NVMe passthrough on the character device", disk="NVME", needs_tools=True, commands="nvme io-passthru $(character $D) --opcode=1 --namespace-id=1 --data-len=512 --cdw10=16 --write --input-file=/tmp/block"),
    Attempt(name="NVMe by io_uring command", disk="NVME", needs_tools=True, commands="fio --name=w --ioengine=io_uring_cmd --cmd_type=nvme --rw=write --bs=4k --size=16k --filename=$(character $D)"),
    Attempt(name="NVMe dataset management (discard)", disk="NVME", needs_tools=True, commands="nvme dsm $D --namespace-id=1 --ad --blocks=8 --slbs=4096"),
    *AROUND_THE_DISK,
    Attempt(name="hibernate to it", disk="SWAP", commands=HIBERNATE),
)
