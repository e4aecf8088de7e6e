// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2c: refuse to mount a file system that may write although it is mounted read-only, and to make a
// read-only mount writable.
//
// A read-only mount opens its device for reading, which layer 2a lets pass; and the kernel's read-only flag is heeded only by
// whoever asks for it: the block layer warns of a write to a device with the flag, and carries it out. ext4 asks before it
// replays a journal, but not before it clears an error that the journal carries. So nothing that lies on a device is
// mounted but the four file systems that the stick itself consists of; none of them writes when it is mounted read-only.
// Every mount names its device by the parameter "source", in the old system call and in the new ones: this hook sees it
// before the device is opened. A mount that is read-only can be made writable without a further open: that is asked for
// by its super block, and only the one whose device is in the map `allowed` has leave. Firmware variables have a file
// system of their own, which has no device: it is never writable.

#include "devices.h"
#include "kernel.h"
#include <bpf/bpf_tracing.h>

COUNTS_OF_REFUSALS(refused_mounts);

// Those two cannot be written, whatever they are told.
static int cannot_write(const union name *name)
{
	if (name->words[1])
		return 0;
	return name->words[0] == WORD('i', 's', 'o', '9', '6', '6', '0', 0) ||
	       name->words[0] == WORD('s', 'q', 'u', 'a', 's', 'h', 'f', 's');
}

static int is_harmless(const union name *name)
{
	if (cannot_write(name))
		return 1;
	if (name->words[1])
		return 0;
	return name->words[0] == WORD('v', 'f', 'a', 't', 0, 0, 0, 0) ||
	       name->words[0] == WORD('e', 'x', 'f', 'a', 't', 0, 0, 0);
}

static int refuse(struct device device)
{
	count_refusal(&refused_mounts, &device);
	return -EPERM;
}

SEC("lsm/fs_context_parse_param")
int BPF_PROG(guard_mount, struct fs_context *context, struct fs_parameter *parameter, int verdict)
{
	struct file_system_type *kind = context->fs_type;
	struct device no_device = {};
	union name name = {};

	if (verdict || !(kind->fs_flags & FS_REQUIRES_DEV))
		return verdict;
	bpf_probe_read_kernel_str(name.text, sizeof(name.text), kind->name);
	return is_harmless(&name) ? 0 : refuse(no_device);
}

static int guard_writable(struct super_block *mounted)
{
	struct device device = { .major = mounted->s_dev >> MINOR_BITS, .minor = mounted->s_dev & ((1 << MINOR_BITS) - 1) };
	union name name = {};

	if (mounted->s_magic == EFIVARFS_MAGIC)
		return refuse(device);
	if (!mounted->s_bdev || may_be_written(&device))
		return 0;
	bpf_probe_read_kernel_str(name.text, sizeof(name.text), mounted->s_type->name);
	return cannot_write(&name) ? 0 : refuse(device);
}

// What it is to become is not told here: whatever has no leave to be written stays as it was mounted.
SEC("lsm/sb_remount")
int BPF_PROG(guard_remount, struct super_block *mounted, void *options, int verdict)
{
	return verdict ? verdict : guard_writable(mounted);
}

SEC("lsm/sb_kern_mount")
int BPF_PROG(guard_new_mount, const struct super_block *mounted, int verdict)
{
	if (verdict || (mounted->s_flags & SB_RDONLY))
		return verdict;
	return guard_writable((struct super_block *)mounted);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
