# shellcheck shell=bash disable=SC2034
# Step 0: what is built, from where, to where.

read_settings() {
	VARIANT=stick
	SAME_DEBIAN=
	OUT=$REPOSITORY/build/image
	while [ $# -gt 0 ]; do
		case "$1" in
		--test) VARIANT="test" ;;
		--same-debian) SAME_DEBIAN=$(realpath -e "$2") && shift ;;
		--out) OUT=$(realpath -m "$2") && shift ;;
		*) fail "unknown argument $1" "usage: image-build/build [--test] [--out FOLDER] [--same-debian MANIFEST]" ;;
		esac
		shift
	done
	export PATH=$PATH:/usr/sbin:/sbin
	[ "$(id -u)" -eq 0 ] || fail "the image is built as root" "run: sudo image-build/build"
	require_programs mmdebstrap mksquashfs veritysetup mkfs.vfat mcopy grub-mkimage xorriso sfdisk clang llvm-strip llvm-nm zstd

	NAME=seek-live
	[ "$VARIANT" = stick ] || NAME=seek-live-test
	RELEASE=trixie
	PYTHON_VERSION=3.13
	WORK=${SEEK_BUILD_WORK:-/var/tmp/seek-image-build}/$VARIANT
	ROOT=$WORK/root
	BOOT_FILES=$WORK/boot-files
	MEDIUM=$WORK/medium
	SITE_PACKAGES=$ROOT/opt/seek/lib/python$PYTHON_VERSION/site-packages
	read_version
	export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC PYTHONHASHSEED=0
	umask 022
}

# The build is named after the commit that it is made from; a changed tree says so.
read_version() {
	local git=(git -c "safe.directory=$REPOSITORY" -C "$REPOSITORY")
	SOURCE_DATE_EPOCH=$("${git[@]}" log -1 --format=%ct)
	BUILD_ID=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d)-$("${git[@]}" rev-parse --short=12 HEAD)
	[ -z "$("${git[@]}" status --porcelain --untracked-files=no)" ] || BUILD_ID=$BUILD_ID+changed
	[ "$VARIANT" = stick ] || BUILD_ID=$BUILD_ID-TEST
	ISO_DATE=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S00)
	ISO_UUID=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d-%H-%M-%S-00)
}

# What was changed while it was built may or may not be in it: such an image is not published under the commit's name.
check_version() {
	local named=$BUILD_ID
	read_version
	[ "$BUILD_ID" = "$named" ] || fail "the checkout changed while the image was made: it was $named and is $BUILD_ID" "make image once more"
}

require_programs() {
	local program missing=()
	for program in "$@"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || missing+=("$program")
	done
	[ ${#missing[@]} -eq 0 ] || fail "missing: ${missing[*]}" "run: make image-setup"
}

make_work_folder() {
	mkdir -p "$(dirname "$WORK")"
	# two builds in one folder would take each other's files away; the lock ends with this build
	exec 9>"$WORK.lock"
	flock --nonblock 9 || fail "another build is at work in $WORK" "wait for it, or name another folder: SEEK_BUILD_WORK=/some/where make image"
	# a build that was killed leaves the image's own /proc and /sys behind
	findmnt --raw --noheadings --output TARGET | awk -v below="$WORK/" 'index($0, below) == 1' | sort --reverse | xargs --no-run-if-empty umount
	rm -rf --one-file-system "$WORK"
	mkdir -p "$WORK" "$MEDIUM/seek" "$MEDIUM/boot/grub" "$OUT"
	say "building $NAME $BUILD_ID in $WORK"
}

say() {
	printf '%s  %s\n' "$(date +%H:%M:%S)" "$*" >&2
}

fail() {
	printf 'error: %s\nhint:  %s\n' "$1" "$2" >&2
	exit 1
}

# The names in a list file: first word of each line that is not a comment.
names_in() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1" | awk '{ print $1 }'
}

# Runs a command inside the image, with its own /proc, in a mount namespace that ends with the command.
in_root() {
	# the inner shell expands these
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child --propagation private \
		sh -c 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"' "$ROOT" "$@"
}
