// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2d: refuse to change a setting of a device, of the firmware or of the kernel's drivers.
//
// Many files below /sys are commands when they are written: a disk's cache_type sends it MODE SELECT, `authorized` resets a
// USB device, `resource0` is the memory of a controller, `delete`, `scan`, `bind` and `new_id` take devices away and bring
// others. All of these are refused but the few by which udev does its work. The same is true of the firmware's variables and
// of drivers' own files for debugging.

#include "devices.h"
#include "kernel.h"
#include <bpf/bpf_tracing.h>

COUNTS_OF_REFUSALS(refused_settings);

// "uevent": the kernel tells of a device once more; "events_dfl_poll_msecs": how often discs and cards are looked for.
static int is_udevs(const union name *name)
{
	if (name->words[0] == WORD('u', 'e', 'v', 'e', 'n', 't', 0, 0))
		return 1;
	return name->words[0] == WORD('e', 'v', 'e', 'n', 't', 's', '_', 'd') &&
	       name->words[1] == WORD('f', 'l', '_', 'p', 'o', 'l', 'l', '_') &&
	       name->words[2] == WORD('m', 's', 'e', 'c', 's', 0, 0, 0);
}

SEC("lsm/file_open")
int BPF_PROG(guard_setting, struct file *file, int verdict)
{
	unsigned long magic;
	struct device no_device = {};
	union name name = {};

	if (verdict || !(file->f_mode & FMODE_WRITE))
		return verdict;
	magic = file->f_inode->i_sb->s_magic;
	if (magic != SYSFS_MAGIC && magic != EFIVARFS_MAGIC && magic != DEBUGFS_MAGIC)
		return 0;
	bpf_probe_read_kernel_str(name.text, sizeof(name.text), file->f_path.dentry->d_name.name);
	if (magic == SYSFS_MAGIC && is_udevs(&name))
		return 0;
	count_refusal(&refused_settings, &no_device);
	return -EPERM;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
