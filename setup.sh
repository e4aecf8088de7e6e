#!/bin/bash
# Installs what seek needs on this machine: a few Debian packages and a virtual environment.
# Says what it installs. The second time it finds everything in place and does nothing.
set -euo pipefail
cd "$(dirname "$0")"
venv=${1:-.venv}

# program or file that must be there -> the Debian package that brings it
declare -A needed=(
  [ssh-keygen]=openssh-client      # signs and verifies bundles
  [lsblk]=util-linux               # lists devices
  [openssl]=openssl                # checks time stamps
  [age]=age                        # opens what was closed for the lab, in the tests
  [/usr/share/misc/magic.mgc]=libmagic1   # types of content
  [mkfs.ext4]=e2fsprogs            # the rest makes and reads disks for the demo and the tests
  [mkntfs]=ntfs-3g
  [mkfs.fat]=dosfstools
  [mcopy]=mtools
  [mkfs.exfat]=exfatprogs
  [fls]=sleuthkit
  [hashdeep]=hashdeep
  [bsdtar]=libarchive-tools
  [readpst]=pst-utils
  [sqlite3]=sqlite3
  [tnef]=tnef
  [sgdisk]=gdisk
  [sfdisk]=fdisk
  [xz]=xz-utils
  [mkfs.xfs]=xfsprogs
  [mkfs.btrfs]=btrfs-progs
  [mkapfs]=apfsprogs
  [xorriso]=xorriso
  [qemu-img]=qemu-utils            # images of disks in other forms than raw
  [ewfacquire]=ewf-tools
  [mkswap]=util-linux
  [cryptsetup]=cryptsetup-bin
  [qemu-x86_64]=qemu-user          # old processors, for the workers of a few scans
  [shellcheck]=shellcheck
  [git]=git
)
# In CI nothing may be skipped; elsewhere nobody wants a browser, or a shell, for one test.
if [ -n "${CI:-}" ]; then
  needed[mandoc]=mandoc            # lint of the man pages
  needed[munpack]=mpack            # these take out what the report's commands take out
  needed[qpdf]=qpdf
  needed[pdfimages]=poppler-utils
  needed[7z]=p7zip-full
  needed[zsh]=zsh
  needed[fish]=fish
  needed[/usr/bin/chromium]=chromium
  needed[chromedriver]=chromium-driver
fi
# make lab-spark-test alone asks for it: half a suite's time, for one engine of a lab's store.
if [ -n "${WITH_JAVA:-}" ]; then needed[java]=default-jre-headless; fi
# Pictures and file systems with known answers; the tests that need them say so when they skip.
samples=(forensics-samples-ntfs forensics-samples-vfat forensics-samples-exfat
  forensics-samples-ext2 forensics-samples-ext4 forensics-samples-multiple forensics-samples-files)

# The system's own Python, built with all optimisations, where it is new enough.
python=python3
if /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  python=/usr/bin/python3
fi

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
  esac
}

# The library has its version in its package's name; which one there is, is known after an update.
jpeg_xl=libjxl0.11
has_jpeg_xl() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q 'libjxl\.so\.0\.'; }
jpeg_xl_here() {
  if apt-cache show "$jpeg_xl" >/dev/null 2>&1; then echo "$jpeg_xl"; else echo libjxl0.7; fi
}

# Debian 13 and Ubuntu 24.04 have libarchive13t64, Debian 12 libarchive13.
archives=libarchive13t64
has_archives() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q 'libarchive\.so\.13'; }
archives_here() {
  if apt-cache show "$archives" >/dev/null 2>&1; then echo "$archives"; else echo libarchive13; fi
}

missing_packages() {
  local what
  for what in "${!needed[@]}"; do
    present "$what" || echo "${needed[$what]}"
  done
  for what in "${samples[@]}"; do
    dpkg -s "$what" >/dev/null 2>&1 || echo "$what"
  done
  has_jpeg_xl || echo "$jpeg_xl"     # decodes JPEG XL
  has_archives || echo "$archives"   # takes members out of archives
  "$python" -c 'import venv, ensurepip' 2>/dev/null || echo python3-venv
}

install_packages() {
  mapfile -t packages < <(missing_packages | sort -u)
  if [ "${#packages[@]}" -eq 0 ]; then return; fi
  echo "setup: Debian packages: ${packages[*]}"
  as_root apt-get update -qq
  available=()
  local package
  for package in "${packages[@]}"; do
    if [ "$package" = "$jpeg_xl" ]; then package=$(jpeg_xl_here); fi
    if [ "$package" = "$archives" ]; then package=$(archives_here); fi
    if apt-cache show "$package" >/dev/null 2>&1; then
      available+=("$package")
    else
      echo "setup: $package is not in this system's archive; the tests that need it will skip"
    fi
  done
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${available[@]}" >/dev/null
}

install_python() {
  if [ ! -x "$venv/bin/python" ]; then
    echo "setup: virtual environment in $venv"
    "$python" -m venv "$venv"
  fi
  echo "setup: Python packages, locked with hashes, into $venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes \
    -r requirements/run.txt -r requirements/lab.txt -r requirements/dev.txt
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps \
    --no-build-isolation -e .
}

install_packages
install_python
