// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2b: refuse the device commands that can change a disk without a write.
//
// A device that is open for reading still takes commands: SCSI, ATA, NVMe and MMC commands passed straight to the drive, the
// command that lifts the read-only flag, discard and zero-out, zone resets, reservations, locking and erasing by Opal. A Linux security module hook sees each one first.
// Where a command cannot be told from a harmless one (any passed-through command), it is refused.

#include "devices.h"
#include <bpf/bpf_tracing.h>

// The parts of three kernel structures that are used; CO-RE finds the real offsets when the program is loaded.
struct inode {
	unsigned short i_mode;
	unsigned int i_rdev;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
} __attribute__((preserve_access_index));

struct io_uring_cmd {
	struct file *file;
} __attribute__((preserve_access_index));

#define EPERM 1
#define FILE_KIND 0170000
#define BLOCK_DEVICE 0060000
#define CHARACTER_DEVICE 0020000
#define MINOR_BITS 20
#define COMMAND_TYPE(command) (((command) >> 8) & 0xff)
#define COMMAND_NUMBER(command) ((command) & 0xff)

#define SCSI_IOCTL_SEND_COMMAND 0x0001
#define SG_IO 0x2285
#define BLKROSET 0x125d
#define BLKDISCARD 0x1277
#define BLKSECDISCARD 0x127d
#define BLKZEROOUT 0x127f
#define BLKPG 0x1269
#define HDIO_FIRST 0x0301
#define HDIO_LAST 0x03ff
#define HDIO_GETGEO 0x0301
#define CDROM_SEND_PACKET 0x5393
#define BLOCK_COMMANDS 0x12
#define RESET_ZONE 131
#define OPEN_ZONE 134
#define FINISH_ZONE 136
#define RESERVATION_AND_OPAL_COMMANDS 'p' // persistent reservations; locking and erasing self-encrypting drives
#define MMC_COMMANDS 0xb3
#define NVME_COMMANDS 'N'
#define NVME_GET_NAMESPACE 0x4e40

COUNTS_OF_REFUSALS(refused_commands);

static struct device device_of(unsigned int number)
{
	struct device device = { .major = number >> MINOR_BITS, .minor = number & ((1 << MINOR_BITS) - 1) };

	return device;
}

static int refuse(unsigned int number)
{
	struct device device = device_of(number);

	count_refusal(&refused_commands, &device);
	return -EPERM;
}

// BLKROSET with 0 lifts the read-only flag; with 1 it sets it, which is always welcome. Unreadable counts as 0.
static int lifts_read_only(unsigned long argument)
{
	int read_only = 0;

	if (bpf_probe_read_user(&read_only, sizeof(read_only), (void *)argument))
		return 1;
	return !read_only;
}

static int may_change_disk(unsigned int command, unsigned long argument)
{
	switch (command) {
	case SCSI_IOCTL_SEND_COMMAND:
	case SG_IO:
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
	case BLKPG:
	case CDROM_SEND_PACKET:
		return 1;
	case BLKROSET:
		return lifts_read_only(argument);
	case HDIO_GETGEO:
		return 0;
	}
	if (command >= HDIO_FIRST && command <= HDIO_LAST)
		return 1;
	if (COMMAND_TYPE(command) == RESERVATION_AND_OPAL_COMMANDS || COMMAND_TYPE(command) == MMC_COMMANDS)
		return 1;
	if (COMMAND_TYPE(command) == BLOCK_COMMANDS)
		return COMMAND_NUMBER(command) == RESET_ZONE ||
		       (COMMAND_NUMBER(command) >= OPEN_ZONE && COMMAND_NUMBER(command) <= FINISH_ZONE);
	return COMMAND_TYPE(command) == NVME_COMMANDS && (command & 0xffff) != NVME_GET_NAMESPACE;
}

static int guard(struct file *file, unsigned int command, unsigned long argument)
{
	unsigned short kind = file->f_inode->i_mode & FILE_KIND;

	if (kind == BLOCK_DEVICE && may_change_disk(command, argument)) {
		struct device device = device_of(file->f_inode->i_rdev);

		if (command == BLKROSET && may_be_written(&device))
			return 0;
		return refuse(file->f_inode->i_rdev);
	}
	// /dev/sg*, /dev/bsg/*, /dev/nvme0 and /dev/ng0n1 are character devices; terminals use other command numbers
	if (kind == CHARACTER_DEVICE &&
	    (command == SG_IO || command == SCSI_IOCTL_SEND_COMMAND ||
	     (COMMAND_TYPE(command) == NVME_COMMANDS && (command & 0xffff) != NVME_GET_NAMESPACE)))
		return refuse(file->f_inode->i_rdev);
	return 0;
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

	if (verdict)
		return verdict;
	if (kind == BLOCK_DEVICE || kind == CHARACTER_DEVICE)
		return refuse(request->file->f_inode->i_rdev);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
