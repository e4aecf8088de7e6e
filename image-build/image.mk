# Image targets, included by the Makefile; `make help` lists them with the others.

IMAGE_SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
IMAGE_PACKAGES := mmdebstrap squashfs-tools cryptsetup-bin xorriso mtools dosfstools grub-common zstd clang llvm libbpf-dev \
	bpftool python3-pip python3-venv debian-archive-keyring fdisk exfatprogs openssh-client
BOOT_TEST_PACKAGES := qemu-system-x86 qemu-utils ovmf e2fsprogs ntfs-3g sleuthkit gdisk
IMAGE_OUT := build/image
IMAGE_INPUTS := $(shell git ls-files image-build cli triage profiles requirements/run.txt requirements/build.txt pyproject.toml 2>/dev/null)

.PHONY: image image-twice image-setup boot-test stick stick-image

image-setup:     ## the Debian packages that building and booting need; says which, once
	@missing=$$(for name in $(IMAGE_PACKAGES) $(BOOT_TEST_PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || echo $$name; done); \
	if [ -n "$$missing" ]; then \
		echo "installing Debian packages:" $$missing; \
		for try in $$(seq 30); do $(IMAGE_SUDO) apt-get update -qq && break; echo "apt is at work, or cannot be reached; once more in 10 s"; sleep 10; done; \
		$(IMAGE_SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 $$missing; \
	fi

image: $(IMAGE_OUT)/seek-live.iso  ## build/image/seek-live.iso and its manifest (SAME_DEBIAN=MANIFEST: with an earlier image's packages)

$(IMAGE_OUT)/seek-live.iso: $(IMAGE_INPUTS) | image-setup
	$(IMAGE_SUDO) image-build/build --out $(IMAGE_OUT) $(if $(SAME_DEBIAN),--same-debian $(SAME_DEBIAN))

$(IMAGE_OUT)/seek-live-test.iso: $(IMAGE_INPUTS) | image-setup
	$(IMAGE_SUDO) image-build/build --test --out $(IMAGE_OUT)

image-twice: | image-setup  ## builds it from two checkouts in two folders, in two languages: the same bytes, or an error
	$(IMAGE_SUDO) image-build/twice

# no limit of 15 minutes a test, which all others have: an emulated machine on a host that is busy takes as long as it takes
# AT_ONCE=1: one machine at a time; an emulated one takes about a core
boot-test: setup $(IMAGE_OUT)/seek-live.iso $(IMAGE_OUT)/seek-live-test.iso  ## boots it in QEMU and tries to write to suspects' disks (ONLY='-k bios')
	$(BIN)/python -m pytest tests/boot -m boot -o addopts= -o faulthandler_timeout=0 -ra -v -n $(or $(AT_ONCE),2) --dist loadfile $(ONLY)

# KEEP_KEY: further evidence sticks are enrolled with that key (seek stick prepare)
STICK_OPTIONS = $(if $(SET_SIGNERS),--set-signers "$(SET_SIGNERS)") $(if $(LAB_KEYS),--lab-keys "$(LAB_KEYS)") $(if $(KEEP_KEY),--keep-key $(KEEP_KEY))

stick: $(IMAGE_OUT)/seek-live.iso  ## write it to a USB stick, with an enrolled evidence partition; asks twice (DEVICE=/dev/sdX KEEP_KEY=FILE SET_SIGNERS=FILE LAB_KEYS=FILE)
	@[ -n "$(DEVICE)" ] || { echo "name the stick: make stick DEVICE=/dev/sdX (lsblk shows them)"; exit 2; }
	$(IMAGE_SUDO) python3 image-build/stick/make_stick.py --image $(IMAGE_OUT)/seek-live.iso $(if $(FORCE),--force) $(STICK_OPTIONS) $(DEVICE)

stick-image: $(IMAGE_OUT)/seek-live.iso  ## the same to a file (FILE=stick.img SET_SIGNERS=FILE LAB_KEYS=FILE)
	@[ -n "$(FILE)" ] || { echo "name the file: make stick-image FILE=stick.img"; exit 2; }
	python3 image-build/stick/make_stick.py --image $(IMAGE_OUT)/seek-live.iso $(STICK_OPTIONS) --file $(FILE)
