// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2a: refuse to open a block device for writing, and most character devices at all.
//
// Attached to the root of the control-group tree, so it is asked for every open on the machine: by programs, and by the
// kernel itself for mount, swapon, device-mapper and MD. Only a device in the map `allowed` may be opened for writing, and
// the root helper puts nothing there but the partition of an enrolled evidence stick, and a new stick while it enrols itself.
// Character devices reach disks behind the block layer's back: only those that cannot are opened (characters.h).

#include "characters.h"

#define LOOP_MAJOR 7

#define REFUSE 0
#define PERMIT 1

COUNTS_OF_REFUSALS(refused_opens);
COUNTS_OF_REFUSALS(refused_characters);

static int refuse(void *counts, const struct device *device)
{
	count_refusal(counts, device);
	return REFUSE;
}

SEC("cgroup/dev")
int guard_open(struct bpf_cgroup_dev_ctx *open)
{
	struct device device = { .major = open->major, .minor = open->minor };
	__u32 kind = open->access_type & 0xffff;
	__u32 access = open->access_type >> 16;

	// making a node opens nothing
	if (!(access & (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)))
		return PERMIT;
	if (kind == BPF_DEVCG_DEV_CHAR) {
		if (is_harmless_character(&device, access & BPF_DEVCG_ACC_WRITE))
			return PERMIT;
		return refuse(&refused_characters, &device);
	}
	if (!(access & BPF_DEVCG_ACC_WRITE))
		return PERMIT;
	// a loop device writes to what it was set up on, and that was opened before, under this same rule
	if (device.major == LOOP_MAJOR || may_be_written(&device))
		return PERMIT;
	return refuse(&refused_opens, &device);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
