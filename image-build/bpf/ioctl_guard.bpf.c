// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2b: refuse the device commands that can change a disk without a write.
//
// A device that is open for reading still takes commands: SCSI, ATA, NVMe and MMC commands passed straight to the drive, the
// command that lifts the read-only flag, discard and zero-out, zone resets, reservations, locking and erasing by Opal,
// stopping a disk, opening a tray. A Linux security module hook sees each one first.
// Whatever is not known to ask a device for something, and to do nothing else, is refused.

#include "characters.h"
#include "kernel.h"
#include <bpf/bpf_tracing.h>

#define LOOP_MAJOR 7
#define LOOP_COMMANDS 'L'
#define COMMAND_TYPE(command) (((command) >> 8) & 0xff)
#define BLKROSET 0x125d

COUNTS_OF_REFUSALS(refused_commands);

static struct device device_of(unsigned int number)
{
	struct device device = { .major = number >> MINOR_BITS, .minor = number & ((1 << MINOR_BITS) - 1) };

	return device;
}

// BLKROSET with 0 lifts the read-only flag; with 1 it sets it, which is always welcome. Unreadable counts as 0.
static int lifts_read_only(unsigned long argument)
{
	int read_only = 0;

	if (bpf_probe_read_user(&read_only, sizeof(read_only), (void *)argument))
		return 1;
	return !read_only;
}

// Type and number of a command; direction and size differ between 32-bit and 64-bit programs.
static int only_asks(unsigned int command)
{
	switch (command & 0xffff) {
	case 0x0002: // FIGETBSZ, of a file system; of a SCSI device: is it ready
	case 0x0301: // HDIO_GETGEO
	case 0x125e: // BLKROGET
	case 0x125f: // BLKRRPART: read the partition table again
	case 0x1260: // BLKGETSIZE
	case 0x1261: // BLKFLSBUF: what was read is forgotten
	case 0x1262: // BLKRASET: how much is read ahead
	case 0x1263: // BLKRAGET
	case 0x1264: // BLKFRASET
	case 0x1265: // BLKFRAGET
	case 0x1267: // BLKSECTGET
	case 0x1268: // BLKSSZGET
	case 0x1270: // BLKBSZGET
	case 0x1271: // BLKBSZSET: of the page cache
	case 0x1272: // BLKGETSIZE64
	case 0x1278: // BLKIOMIN
	case 0x1279: // BLKIOOPT
	case 0x127a: // BLKALIGNOFF
	case 0x127b: // BLKPBSZGET
	case 0x127c: // BLKDISCARDZEROES
	case 0x127e: // BLKROTATIONAL
	case 0x1280: // BLKGETDISKSEQ
	case 0x1282: // BLKREPORTZONE
	case 0x1284: // BLKGETZONESZ
	case 0x1285: // BLKGETNRZONES
	case 0x2282: // SG_GET_VERSION_NUM
	case 0x4e40: // NVME_IOCTL_ID
	case 0x5305: // CDROMREADTOCHDR
	case 0x5306: // CDROMREADTOCENTRY
	case 0x5310: // CDROMMULTISESSION
	case 0x5325: // CDROM_MEDIA_CHANGED
	case 0x5326: // CDROM_DRIVE_STATUS
	case 0x5327: // CDROM_DISC_STATUS
	case 0x5331: // CDROM_GET_CAPABILITY
	case 0x5382: // SCSI_IOCTL_GET_IDLUN
	case 0x5386: // SCSI_IOCTL_GET_BUS_NUMBER
	case 0x5390: // DVD_READ_STRUCT
	case 0x5395: // CDROM_LAST_WRITTEN
	case 0x5396: // CDROM_TIMED_MEDIA_CHANGE
	case 0x5401: // TCGETS: is it a terminal
	case 0x5413: // TIOCGWINSZ
	case 0x541b: // FIONREAD
	case 0x5421: // FIONBIO: of the descriptor
	case 0x5450: // FIONCLEX
	case 0x5451: // FIOCLEX
	case 0x5452: // FIOASYNC
	case 0x5460: // FIOQSIZE
		return 1;
	}
	return 0;
}

static int is_harmless_command(const struct device *device, unsigned int command, unsigned long argument)
{
	if (command == BLKROSET)
		return may_be_written(device) || !lifts_read_only(argument);
	if (device->major == LOOP_MAJOR && COMMAND_TYPE(command) == LOOP_COMMANDS)
		return 1;
	return only_asks(command);
}

static int guard(struct file *file, unsigned int command, unsigned long argument)
{
	unsigned short kind = file->f_inode->i_mode & FILE_KIND;
	struct device device = device_of(file->f_inode->i_rdev);

	if (kind == BLOCK_DEVICE && is_harmless_command(&device, command, argument))
		return 0;
	// a terminal has hundreds of commands, none of which reaches a disk; no command is for a device that may not be opened
	if (kind == CHARACTER_DEVICE && is_harmless_character(&device, 1))
		return 0;
	if (kind != BLOCK_DEVICE && kind != CHARACTER_DEVICE)
		return 0;
	count_refusal(&refused_commands, &device);
	return -EPERM;
}

SEC("lsm/file_ioctl")
int BPF_PROG(guard_ioctl, struct file *file, unsigned int command, unsigned long argument, int verdict)
{
	return verdict ? verdict : guard(file, command, argument);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(guard_ioctl_compat, struct file *file, unsigned int command, unsigned long argument, int verdict)
{
	return verdict ? verdict : guard(file, command, argument);
}

// io_uring can carry NVMe commands past ioctl: refuse all of them on devices.
SEC("lsm/uring_cmd")
int BPF_PROG(guard_uring, struct io_uring_cmd *request, int verdict)
{
	unsigned short kind = request->file->f_inode->i_mode & FILE_KIND;
	struct device device = device_of(request->file->f_inode->i_rdev);

	if (verdict || (kind != BLOCK_DEVICE && kind != CHARACTER_DEVICE))
		return verdict;
	count_refusal(&refused_commands, &device);
	return -EPERM;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
