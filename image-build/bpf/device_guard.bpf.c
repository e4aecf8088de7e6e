// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2a: refuse to open a block device for writing.
//
// Attached to the root of the control-group tree, so it is asked for every open on the machine: by programs, and by the
// kernel itself for mount, swapon, device-mapper and MD. Only a device in the map `allowed` may be opened for writing, and
// the root helper puts nothing there but the partition of an enrolled evidence stick.
// It also refuses any use of the devices that reach a disk behind the block layer's back: /dev/sg*, memory and I/O ports.

#include "devices.h"

#define LOOP_MAJOR 7
#define SCSI_GENERIC_MAJOR 21
#define MEMORY_MAJOR 1
#define MEMORY_MINOR 1
#define KERNEL_MEMORY_MINOR 2
#define PORT_MINOR 4

#define REFUSE 0
#define PERMIT 1

COUNTS_OF_REFUSALS(refused_opens);

static int refuse(const struct device *device)
{
	count_refusal(&refused_opens, device);
	return REFUSE;
}

static int is_back_door(const struct device *device)
{
	if (device->major == SCSI_GENERIC_MAJOR)
		return 1;
	return device->major == MEMORY_MAJOR &&
	       (device->minor == MEMORY_MINOR || device->minor == KERNEL_MEMORY_MINOR || device->minor == PORT_MINOR);
}

SEC("cgroup/dev")
int guard_open(struct bpf_cgroup_dev_ctx *open)
{
	struct device device = { .major = open->major, .minor = open->minor };
	__u32 kind = open->access_type & 0xffff;
	__u32 access = open->access_type >> 16;

	if (kind == BPF_DEVCG_DEV_CHAR) {
		if (is_back_door(&device) && (access & (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)))
			return refuse(&device);
		return PERMIT;
	}
	if (!(access & BPF_DEVCG_ACC_WRITE))
		return PERMIT;
	// a loop device writes to what it was set up on, and that was opened before, under this same rule
	if (device.major == LOOP_MAJOR || may_be_written(&device))
		return PERMIT;
	return refuse(&device);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
