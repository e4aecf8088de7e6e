# shellcheck shell=bash
# Step 2: the write-block layers that are made at build time. Layers 1, 4 and 6 are files in overlay/.

# Layer 2: the BPF programs, for the stock signed kernel; CO-RE fits them to it when they are loaded.
# Their type information names the folder that they were compiled in: it is a dot, so that every checkout gives the same bytes.
compile_write_block_programs() {
	local source object
	for source in "$BUILD_FOLDER"/bpf/*.bpf.c; do
		object=$ROOT/usr/lib/seek/$(basename "${source%.bpf.c}").o
		(cd "$BUILD_FOLDER/bpf" &&
			clang -O2 -g -Wall -Werror -fdebug-compilation-dir=. -target bpf "-I/usr/include/$(uname -m)-linux-gnu" \
				-c "$(basename "$source")" -o "$object")
		llvm-strip -g "$object"
	done
}

# Layer 3: what cannot be loaded cannot write. The test image keeps everything, or its attempts would prove nothing.
remove_writers() {
	local modules=$ROOT/lib/modules/$KERNEL/kernel kept=$WORK/kept-modules pattern
	if [ "$VARIANT" = stick ]; then
		say "modules: $(find "$modules" -name '*.ko*' | wc -l) before"
		while read -r pattern; do
			case "$pattern" in
			'!'*) keep_module "${pattern#!}" ;;
			*) set_aside "$pattern" ;;
			esac
		done < <(names_in "$BUILD_FOLDER/modules-removed.list")
		rm -rf "$kept"
		say "modules: $(find "$modules" -name '*.ko*' | wc -l) after"
	fi
	in_root depmod "$KERNEL"
}

set_aside() {
	local path
	# the pattern is meant to be expanded
	# shellcheck disable=SC2086
	for path in $(cd "$modules" && { compgen -G "$1" || true; }); do
		mkdir -p "$kept/$(dirname "$path")"
		rm -rf "${kept:?}/$path"
		mv "$modules/$path" "$kept/$path"
	done
}

keep_module() {
	if [ -e "$kept/$1" ]; then
		mkdir -p "$(dirname "$modules/$1")"
		mv "$kept/$1" "$modules/$1"
	fi
}

# Layer 5, second half: units that would write, or set the clock, or sleep.
mask_units() {
	local unit
	while read -r unit; do
		rm -f "$ROOT/etc/systemd/system/$unit"
		ln -s /dev/null "$ROOT/etc/systemd/system/$unit"
	done < <(names_in "$BUILD_FOLDER/boot/masked-units.list")
	rm -rf "$ROOT"/etc/systemd/system/*.wants
	for unit in "$BUILD_FOLDER"/overlay/usr/lib/systemd/system/*; do
		case "$unit" in *@.service | *.wants) continue ;; esac
		if grep -q '^\[Install\]' "$unit"; then
			in_root systemctl --quiet enable "$(basename "$unit")"
		fi
	done
	in_root systemctl --quiet enable seek-guide@tty1.service seek-guide@ttyS0.service seek-shell@tty2.service
	in_root systemctl --quiet set-default multi-user.target
}

# Layer 4: no program in the image gives its caller more than the caller has.
drop_privileged_programs() {
	find "$ROOT" -xdev -type f -perm /6000 -exec chmod a-s {} +
}
