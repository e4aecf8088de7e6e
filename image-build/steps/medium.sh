# shellcheck shell=bash
# Step 4: the medium: a sealed root file system, boot loaders for every kind of PC, one hybrid ISO.

pack_root() {
	say "root file system"
	mksquashfs "$ROOT" "$MEDIUM/seek/root.squashfs" -quiet -no-progress -noappend -no-exports -no-xattrs \
		-comp zstd -Xcompression-level "${SEEK_ZSTD_LEVEL:-6}" -b 256K -wildcards -e 'proc/*' 'sys/*' 'dev/*' 'run/*' 'tmp/*'
}

# Layer 6: dm-verity. The root hash, on the kernel command line, stands for every byte of the root file system.
seal_root() {
	say "seal"
	ROOT_HASH=$(veritysetup format "$MEDIUM/seek/root.squashfs" "$MEDIUM/seek/root.verity" \
		--salt=7365656b --uuid=73656b00-0000-4000-8000-000000000001 | awk '/^Root hash:/ { print $3 }')
	[ -n "$ROOT_HASH" ] || fail "veritysetup gave no root hash" "run it by hand on $MEDIUM/seek/root.squashfs"
}

lay_boot_menu() {
	local line
	line="$(names_in "$BUILD_FOLDER/boot/kernel-command-line" | paste -sd' ') seek.uuid=$ISO_UUID seek.roothash=$ROOT_HASH"
	sed -e "s|@COMMAND_LINE@|$line|" -e "s|@ISO_UUID@|$ISO_UUID|" -e "s|@BUILD_ID@|$BUILD_ID|" \
		"$BUILD_FOLDER/boot/grub.cfg" >"$MEDIUM/boot/grub/grub.cfg"
	echo "$line" >"$MEDIUM/seek/command-line"
	mkdir -p "$MEDIUM/.disk"
	echo "seek $BUILD_ID" >"$MEDIUM/.disk/info"  # what Debian's signed grub looks for
	cp -r "$BOOT_FILES/usr/lib/grub/i386-pc" "$WORK/i386-pc"
	make_bios_loader
}

make_bios_loader() {
	mkdir -p "$MEDIUM/boot/grub/i386-pc"
	cp "$WORK"/i386-pc/*.mod "$WORK"/i386-pc/*.lst "$MEDIUM/boot/grub/i386-pc/"
	grub-mkimage --directory "$WORK/i386-pc" --format i386-pc --prefix /boot/grub --output "$WORK/core.img" \
		biosdisk iso9660 part_msdos part_gpt normal search linux configfile
	cat "$WORK/i386-pc/cdboot.img" "$WORK/core.img" >"$MEDIUM/boot/grub/bios.img"
}

# Debian's signed chain: shim, which every PC with Microsoft's certificates starts, then grub, then the kernel.
make_efi_partition() {
	local esp=$WORK/efi.img folder=$WORK/efi
	mkdir -p "$folder/EFI/BOOT" "$folder/boot/grub" "$folder/seek/enrolled"
	cp "$MEDIUM/boot/grub/grub.cfg" "$folder/boot/grub/"
	cp "$BOOT_FILES/usr/lib/shim/shimx64.efi.signed" "$folder/EFI/BOOT/BOOTX64.EFI"
	cp "$BOOT_FILES/usr/lib/shim/mmx64.efi.signed" "$folder/EFI/BOOT/mmx64.efi"
	cp "$BOOT_FILES/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed" "$folder/EFI/BOOT/grubx64.efi"
	# Debian signs none for 32-bit firmware: it starts where Secure Boot is off
	cp "$BOOT_FILES/usr/lib/grub/i386-efi/monolithic/gcdia32.efi" "$folder/EFI/BOOT/BOOTIA32.EFI"
	echo "$BUILD_ID" >"$folder/seek/build"
	find "$folder" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
	truncate --size 16M "$esp"
	mkfs.vfat --invariant -F 16 -n SEEK-BOOT -i 5EEC5EEC "$esp" >/dev/null
	mcopy -s -m -i "$esp" "$folder/EFI" "$folder/boot" "$folder/seek" ::
}

make_iso() {
	say "ISO"
	find "$MEDIUM" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
	xorriso -as mkisofs -quiet -o "$WORK/$NAME.iso" -volid SEEK -r -J -joliet-long \
		--modification-date="$ISO_DATE" --set_all_file_dates "$ISO_DATE" --gpt_disk_guid 7365656b-0000-4000-8000-000000000002 \
		-partition_offset 16 \
		-b boot/grub/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
		--grub2-mbr "$WORK/i386-pc/boot_hybrid.img" \
		-append_partition 2 0xef "$WORK/efi.img" -appended_part_as_gpt \
		-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot \
		"$MEDIUM"
	hide_from_windows
	mark_active
}

# No drive letter (attribute 63) for what Windows cannot read: it would offer to format it.
hide_from_windows() {
	local number attributes
	for number in 1 2 3; do
		attributes=$(sfdisk --part-attrs "$WORK/$NAME.iso" "$number")
		sfdisk --quiet --no-reread --no-tell-kernel --part-attrs "$WORK/$NAME.iso" "$number" "${attributes:+$attributes,}GUID:63"
	done
}

# Some old BIOSes start only from a disk with an active partition: an empty one, the second, as the first must stay what
# UEFI asks of a protective table. sfdisk takes it away: whoever calls it marks anew (make_stick.py).
mark_active() {
	printf '\200\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0' |
		dd of="$WORK/$NAME.iso" bs=1 seek=$((0x1ce)) conv=notrunc status=none
}
