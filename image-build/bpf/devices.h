// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// What the write-block programs share: how a device is named, which devices may be written, how refusals are counted.

#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct device {
	__u32 major;
	__u32 minor;
};

// device -> 1. One map for all: made with the first program, given to the others when they are loaded. The root helper puts
// nothing there but the partition of an enrolled evidence stick, and a new stick while it enrols itself; it and udev take it out again.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct device);
	__type(value, __u64);
} allowed SEC(".maps");

// A map of device -> how often something was refused.
#define COUNTS_OF_REFUSALS(name)                     \
	struct {                                     \
		__uint(type, BPF_MAP_TYPE_LRU_HASH); \
		__uint(max_entries, 1024);           \
		__type(key, struct device);          \
		__type(value, __u64);                \
	} name SEC(".maps")

static __always_inline int may_be_written(const struct device *device)
{
	return bpf_map_lookup_elem(&allowed, device) != 0;
}

static __always_inline void count_refusal(void *counts, const struct device *device)
{
	__u64 one = 1;
	__u64 *count = bpf_map_lookup_elem(counts, device);

	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(counts, device, &one, BPF_ANY);
}
