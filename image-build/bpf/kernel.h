// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
//
// The parts of the kernel's structures that the write-block programs read; CO-RE finds the real offsets when they are loaded.

#pragma once

#define EPERM 1
#define FILE_KIND 0170000
#define BLOCK_DEVICE 0060000
#define CHARACTER_DEVICE 0020000
#define MINOR_BITS 20
#define FMODE_WRITE 2
#define FS_REQUIRES_DEV 1
#define SB_RDONLY 1
#define SYSFS_MAGIC 0x62656572
#define DEBUGFS_MAGIC 0x64626720
#define EFIVARFS_MAGIC 0xde5e81e4

struct file_system_type {
	const char *name;
	int fs_flags;
} __attribute__((preserve_access_index));

struct block_device;

struct super_block {
	unsigned int s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	struct file_system_type *s_type;
	struct block_device *s_bdev;
} __attribute__((preserve_access_index));

struct inode {
	unsigned short i_mode;
	unsigned int i_rdev;
	struct super_block *i_sb;
} __attribute__((preserve_access_index));

struct qstr {
	const unsigned char *name;
} __attribute__((preserve_access_index));

struct dentry {
	struct qstr d_name;
} __attribute__((preserve_access_index));

struct path {
	struct dentry *dentry;
} __attribute__((preserve_access_index));

struct file {
	unsigned int f_mode;
	struct inode *f_inode;
	struct path f_path;
} __attribute__((preserve_access_index));

struct fs_context {
	struct file_system_type *fs_type;
} __attribute__((preserve_access_index));

struct fs_parameter;

struct io_uring_cmd {
	struct file *file;
} __attribute__((preserve_access_index));

// Names are compared as whole words: no read-only section, no function of C's library is needed for that.
#define WORD(a, b, c, d, e, f, g, h)                                                                                     \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | (__u64)(f) << 40 |       \
	 (__u64)(g) << 48 | (__u64)(h) << 56)

union name {
	char text[32];
	__u64 words[4];
};
