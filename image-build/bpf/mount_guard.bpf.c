// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Write-block layer 2c: refuse to mount a file system that may write although it is mounted read-only.
//
// A read-only mount opens its device for reading, which layer 2a lets pass; and the kernel's read-only flag is heeded only by
// whoever asks for it: the block layer warns of a write to a device with the flag, and carries it out. ext4 asks before it
// replays a journal, but not before it clears an error that the journal carries. So nothing that lies on a device is
// mounted but the four file systems that the stick itself consists of; none of them writes when it is mounted read-only.
// Every mount names its device by the parameter "source", in the old system call and in the new ones: this hook sees it
// before the device is opened.

#include "devices.h"
#include <bpf/bpf_tracing.h>

// The parts of two kernel structures that are used; CO-RE finds the real offsets when the program is loaded.
struct file_system_type {
	const char *name;
	int fs_flags;
} __attribute__((preserve_access_index));

struct fs_context {
	struct file_system_type *fs_type;
} __attribute__((preserve_access_index));

struct fs_parameter;

#define EPERM 1
#define FS_REQUIRES_DEV 1

COUNTS_OF_REFUSALS(refused_mounts);

// Names are compared as whole words: no read-only section, no function of C's library is needed for that.
#define WORD(a, b, c, d, e, f, g, h)                                                                                     \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | (__u64)(f) << 40 |       \
	 (__u64)(g) << 48 | (__u64)(h) << 56)

union name {
	char text[16];
	__u64 words[2];
};

static int is_harmless(const union name *name)
{
	switch (name->words[0]) {
	case WORD('i', 's', 'o', '9', '6', '6', '0', 0):
	case WORD('s', 'q', 'u', 'a', 's', 'h', 'f', 's'):
	case WORD('v', 'f', 'a', 't', 0, 0, 0, 0):
	case WORD('e', 'x', 'f', 'a', 't', 0, 0, 0):
		return name->words[1] == 0;
	}
	return 0;
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
	if (is_harmless(&name))
		return 0;
	count_refusal(&refused_mounts, &no_device);
	return -EPERM;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
