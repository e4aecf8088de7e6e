# shellcheck shell=bash
# Step 1: a Debian root file system, our files over it, and at the end nothing in it that changes from build to build.

# Debian packages come from where the host's own apt gets them, unless a file of apt's lines says where else: a version that
# has left the mirrors is kept by archives of older days.
apt_lines() {
	local site security
	if [ -n "${SEEK_APT_LINES:-}" ]; then
		cat "$SEEK_APT_LINES"
		return
	fi
	site=$(host_repository '-security' exclude)
	security=$(host_repository '-security' only)
	echo "deb $site $RELEASE main non-free-firmware"
	echo "deb ${security:-${site%/debian/}/debian-security} $RELEASE-security main non-free-firmware"
}

host_repository() {
	# these are apt's words, not the shell's
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' 'Origin: Debian' |
		awk -v word="$1" -v how="$2" '(index($2, word) > 0) == (how == "only") { print $1; exit }'
}

# INITRD=No: the kernel's package makes no first root file system; build_initramfs does, when all that belongs into it is there.
# KEY names the list of a manifest whose very versions are taken, where one was named.
run_mmdebstrap() {
	local variant=$1 packages=$2 target=$3 key=$4 lines pinned=()
	shift 4
	mapfile -t lines < <(apt_lines)
	if [ -n "$SAME_DEBIAN" ]; then
		python3 "$BUILD_FOLDER/steps/pinned.py" preferences "$SAME_DEBIAN" "$key" >"$WORK/$key.preferences"
		pinned=(--setup-hook="mkdir -p \"\$1/etc/apt/preferences.d\" && cp '$WORK/$key.preferences' \"\$1/etc/apt/preferences.d/seek\"")
	fi
	# the hook's words are expanded by the hook
	# shellcheck disable=SC2016
	INITRD=No mmdebstrap --quiet --mode=root --architectures=amd64 --variant="$variant" --include="$packages" \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/bug/*' \
		--dpkgopt='path-exclude=/usr/share/lintian/*' \
		--setup-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" && echo RESUME=none >"$1/etc/initramfs-tools/conf.d/seek"' \
		"${pinned[@]}" "$@" "$RELEASE" "$target" "${lines[@]}"
	if [ -n "$SAME_DEBIAN" ]; then
		python3 "$BUILD_FOLDER/steps/pinned.py" check "$SAME_DEBIAN" "$key" "$target/var/lib/dpkg/status"
	fi
}

bootstrap_debian() {
	local lists=("$BUILD_FOLDER/packages.list")
	# shellcheck disable=SC2153  # set by read_settings
	[ "$VARIANT" = stick ] || lists+=("$BUILD_FOLDER/packages-test.list")
	say "Debian $RELEASE"
	run_mmdebstrap essential "$(cat "${lists[@]}" | names_in /dev/stdin | paste -sd,)" "$ROOT" packages \
		--customize-hook="mkdir '$WORK/lists' && cp \"\$1\"/var/lib/apt/lists/*_Packages '$WORK/lists/'"
	KERNEL=$(basename "$(echo "$ROOT"/lib/modules/*)")
}

# They are unpacked and not installed, so that dpkg keeps no record of them: what their archives say of themselves is put
# where it would be. What they depend on is unpacked too, and goes nowhere.
fetch_boot_files() {
	local names copyrights
	names=$(names_in "$BUILD_FOLDER/boot-packages.list" | paste -sd,)
	# the folder of a copyright file may be a link to another package's, which is left out if nobody asks for it
	mapfile -t copyrights < <(names_in "$BUILD_FOLDER/boot-packages.list" | sed 's|^|--dpkgopt=path-include=/usr/share/doc/|')
	say "boot loaders, fonts, keyboard maps"
	# shellcheck disable=SC2016  # the hook's words are expanded by the hook
	run_mmdebstrap extract "$names" "$BOOT_FILES" boot_packages "${copyrights[@]}" --extract-hook='for name in '"${names//,/ }"'; do
		for archive in "$1/var/cache/apt/archives/${name}_"*.deb; do
			dpkg-deb --field "$archive" && sha256sum <"$archive" | sed "s/^/SHA256: /; s/ *-$/\n/"
		done
	done >"$1/var/lib/dpkg/status"'
}

lay_overlay() {
	say "overlay"
	cp -rT --preserve=mode "$BUILD_FOLDER/overlay" "$ROOT"
	# a checkout's modes follow its owner's umask: of them only this counts, whether a file is a program
	(cd "$BUILD_FOLDER/overlay" && find . -type d -print0) | (cd "$ROOT" && xargs -0 chmod 755)
	(cd "$BUILD_FOLDER/overlay" && find . -type f -perm -100 -print0) | (cd "$ROOT" && xargs -0 chmod 755)
	(cd "$BUILD_FOLDER/overlay" && find . -type f ! -perm -100 -print0) | (cd "$ROOT" && xargs -0 chmod 644)
	if [ "$VARIANT" = test ]; then
		echo "$BUILD_ID" >"$ROOT/usr/lib/seek/test-image"
	fi
	# what makes an evidence partition, on the technician's computer as on a stick that enrols itself
	install -m 644 "$BUILD_FOLDER"/stick/{evidence_partition,fresh_exfat}.py "$ROOT/usr/lib/seek/"
	lay_keyboards
	lay_firmware
	mkdir -p "$ROOT/usr/share/seek/fonts"
	cp "$BOOT_FILES"/usr/share/consolefonts/Lat{15,2}-TerminusBold{16,24x12,32x16}.psf.gz "$ROOT/usr/share/seek/fonts/"
	echo seek >"$ROOT/etc/hostname"
	printf '127.0.0.1 localhost seek\n' >"$ROOT/etc/hosts"
	: >"$ROOT/etc/fstab"
	install -m 644 "$REPOSITORY/LICENSE" "$ROOT/usr/share/seek/"
}

# A map is made of others, which loadkeys looks for in the folder beside its own: one that does not load here never would.
lay_keyboards() {
	local map maps=$BOOT_FILES/usr/share/keymaps folder=$ROOT/usr/share/seek
	mkdir -p "$folder/keyboards" "$folder/include"
	cp "$maps"/i386/include/*.inc.gz "$maps"/include/*.inc.gz "$folder/include/"
	for map in qwerty/{us,uk,es,la-latin1,pt-latin1,br-abnt2,it,nl,pl} qwertz/{de,sg,fr_CH}-latin1 azerty/{fr-latin9,be-latin1}; do
		cp "$maps/i386/$map.kmap.gz" "$folder/keyboards/"
		in_root loadkeys --mktable --unicode "/usr/share/seek/keyboards/${map#*/}.kmap.gz" >/dev/null ||
			fail "the keyboard map $map does not load" "see which file it includes, in $maps"
	done
}

# With the licences' texts, under which alone it may be handed on. What comes along with AMD's microcode is for the security
# processor, whose firmware is left as it is.
lay_firmware() {
	local pattern package
	rm -rf "$ROOT"/usr/lib/firmware/{amd,amdtee}
	while read -r pattern; do
		(cd "$BOOT_FILES/usr/lib/firmware" && compgen -G "$pattern" | xargs -d '\n' cp --parents -t "$ROOT/usr/lib/firmware") ||
			fail "there is no firmware $pattern" "see what became of it in Debian, and mend firmware.list"
	done < <(names_in "$BUILD_FOLDER/firmware.list")
	for package in firmware-misc-nonfree firmware-linux-free firmware-qlogic; do
		install -D -m 644 "$BOOT_FILES/usr/share/doc/$package/copyright" "$ROOT/usr/share/doc/$package/copyright"
	done
}

make_accounts() {
	in_root systemd-sysusers
	in_root usermod --lock --expiredate 1 root
}

build_initramfs() {
	say "first root file system"
	in_root update-initramfs -c -k "$KERNEL"
}

note_build() {
	names_in "$BUILD_FOLDER/boot/kernel-command-line" >"$ROOT/usr/lib/seek/kernel-command-line"
	cat >"$ROOT/usr/lib/seek/build" <<-END
		build=$BUILD_ID
		variant=$VARIANT
		kernel=$KERNEL
	END
}

# What a build leaves behind and no boot needs, or what differs from build to build.
clean_root() {
	mv "$ROOT/boot/vmlinuz-$KERNEL" "$MEDIUM/boot/vmlinuz"
	mv "$ROOT/boot/initrd.img-$KERNEL" "$MEDIUM/boot/initrd.img"
	rm -rf "${ROOT:?}"/boot/* "$ROOT"/initrd.img* "$ROOT"/vmlinuz* "$ROOT"/var/cache/* "$ROOT"/var/log/* \
		"$ROOT"/var/lib/apt/lists/* "$ROOT"/etc/apt/sources.list* "$ROOT"/etc/apt/apt.conf.d/* "$ROOT"/etc/apt/preferences.d/* \
		"$ROOT"/var/lib/dpkg/*-old "$ROOT"/etc/*- "$ROOT"/var/backups/* "$ROOT"/tmp/* "$ROOT"/run/* \
		"$ROOT"/etc/machine-id "$ROOT"/var/lib/dbus/machine-id "$ROOT"/var/lib/initramfs-tools "$ROOT"/etc/resolv.conf \
		"$ROOT"/var/lib/systemd/catalog/database "$ROOT"/root/.cache
	: >"$ROOT/etc/machine-id"
	touch "$ROOT/etc/.updated" "$ROOT/var/.updated"
	find "$ROOT" -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}
