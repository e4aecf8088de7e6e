// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// Which character devices may be used at all. A disk has many doors beside its block device, and each driver of a RAID
// controller brings its own, under a number that is given out at random: so the doors are not listed, but what is none.

#pragma once

#include "devices.h"

#define MEMORY_MAJOR 1
#define TERMINAL_MAJOR 4
#define CONSOLE_MAJOR 5
#define SCREEN_MAJOR 7
#define MISCELLANEOUS_MAJOR 10
#define INPUT_MAJOR 13
#define FRAME_BUFFER_MAJOR 29
#define FIRST_PSEUDO_TERMINAL_MAJOR 128
#define LAST_PSEUDO_TERMINAL_MAJOR 143
#define USB_MAJOR 189
#define DISPLAY_MAJOR 226

#define DEVICE_MAPPER_CONTROL_MINOR 236
#define LOOP_CONTROL_MINOR 237

// device -> 1: the security keys (FIDO) that are there. HID devices get their number at random, and of those that hold their
// own memory or firmware some are changed through it: so each key has its own leave, which udev gives and takes (security-key).
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct device);
	__type(value, __u64);
} security_keys SEC(".maps");

// Of the memory devices only those that hold nothing: null, zero, full, random, urandom, and the kernel's log.
static __always_inline int holds_nothing(__u32 minor)
{
	return minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9 || minor == 11;
}

// Not there, and so refused: memory and ports, SCSI's, NVMe's and MMC's own nodes, RAID controllers' management, USB for
// writing, the clock, non-volatile memory, devices that programs pose as, and whatever a driver of tomorrow registers.
static __always_inline int is_harmless_character(const struct device *device, int writing)
{
	switch (device->major) {
	case MEMORY_MAJOR:
		return holds_nothing(device->minor);
	case TERMINAL_MAJOR:
	case CONSOLE_MAJOR:
	case SCREEN_MAJOR:
	case INPUT_MAJOR:
	case FRAME_BUFFER_MAJOR:
	case DISPLAY_MAJOR:
		return 1;
	case MISCELLANEOUS_MAJOR:
		// what they make lies on devices that were opened before, under the same rules
		return device->minor == DEVICE_MAPPER_CONTROL_MINOR || device->minor == LOOP_CONTROL_MINOR;
	case USB_MAJOR:
		// read, it gives a device's description (lsusb); every command to a device needs it open for writing
		return !writing;
	}
	if (device->major >= FIRST_PSEUDO_TERMINAL_MAJOR && device->major <= LAST_PSEUDO_TERMINAL_MAJOR)
		return 1;
	return bpf_map_lookup_elem(&security_keys, device) != 0;
}
