// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// The write block's watch: counts every request that could change a disk when it is handed to the disk's driver.
//
// It refuses nothing. The kernel's own counters (/sys/block/*/stat) know no commands that were passed through, and begin anew
// when a disk is taken away and comes back. This count does neither: it is kept by device number, from power-on to power-off.

#include "devices.h"
#include "kernel.h"
#include <bpf/bpf_tracing.h>

#define OPERATION(flags) ((flags) & 0xff)
#define REQ_OP_READ 0
#define REQ_OP_FLUSH 2
#define REQ_OP_DRV_IN 34

struct gendisk {
	int major;
	int first_minor;
} __attribute__((preserve_access_index));

struct request_queue {
	struct gendisk *disk;
} __attribute__((preserve_access_index));

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
} __attribute__((preserve_access_index));

COUNTS_OF_REFUSALS(changing_requests);

SEC("tp_btf/block_rq_issue")
int BPF_PROG(watch, struct request *request)
{
	unsigned int operation = OPERATION(request->cmd_flags);
	struct gendisk *disk = request->q->disk;
	struct device device = {};

	// what is left: writing, discarding, zeroing, zones, and passed-through commands that give the device data
	if (operation == REQ_OP_READ || operation == REQ_OP_FLUSH || operation == REQ_OP_DRV_IN)
		return 0;
	// a command to a controller, and not to one of its disks, is counted under 0:0: NVMe's are set up by some
	if (disk) {
		device.major = disk->major;
		device.minor = disk->first_minor;
	}
	count_refusal(&changing_requests, &device);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
