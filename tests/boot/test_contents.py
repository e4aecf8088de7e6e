"""What the image that goes onto sticks holds, and holds not, read in its manifest: no emulator is needed."""

from __future__ import annotations

import fnmatch
import gzip
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from cli.guide.asking import KEYBOARDS, LANGUAGES, LETTERS, WESTERN
from cli.guide.words import ERRORS, LAYERS, NOT_ENROLLED, POSED, TIERS, WORDS
from triage.languages import Language

from tests.boot import fonts, suspects
from tests.boot.images import IMAGES, REPOSITORY, Image

pytestmark = pytest.mark.boot
WRITERS = {
    "mptctl", "dell_rbu", "capsule-loader", "gsmi", "nvram", "device_dax", "null_blk", "brd", "scsi_debug", "xen-blkback", "sg", "st", "msr",
    "ext4", "jbd2", "xfs", "btrfs", "f2fs", "ntfs3", "md-mod", "raid1", "dm-mirror", "dm-snapshot", "nbd", "zram", "efi-pstore", "uio",
}  # fmt: skip
NETWORKS = {
    "mptlan", "firewire-net", "ipwireless", "nozomi", "cdc-acm", "cdc-wdm", "iscsi_tcp", "fcoe", "nvme-tcp", "nvme-fabrics", "e1000e", "r8169",
    "iwlwifi", "ath9k", "cfg80211", "mac80211", "bluetooth", "btusb", "usbnet", "rfkill", "wwan", "mhi", "nfc", "option", "usbserial", "bnep",
}  # fmt: skip
NETWORK_FOLDERS = {"net", "wireless", "bluetooth", "nfc", "isdn", "atm", "infiniband", "wwan", "gnss", "fcoe"}


def modules(image: str) -> list[str]:
    """Every driver of an image, as a path below `kernel`, without its ending."""
    listed = json.loads((IMAGES / f"{image}.manifest.json").read_text())["modules"]
    return [each["path"].split("/kernel/", 1)[1].split(".ko")[0] for each in listed]


def patterns() -> Iterator[str]:
    """The first word of each line of the list; "!" keeps."""
    for line in (REPOSITORY / "image-build/modules-removed.list").read_text().splitlines():
        if words := line.partition("#")[0].split():
            yield words[0].replace(".ko.xz", "")


def matching(pattern: str, names: Iterable[str]) -> set[str]:
    """As the build takes it: a file, or a folder with all that is in it."""
    return {name for name in names if fnmatch.fnmatch(name, pattern) or any(fnmatch.fnmatch(folder, pattern) for folder in above(name))}


def above(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def test_no_driver_of_a_network_or_a_radio_is_in_the_image(stick_image: Image) -> None:
    there = modules("seek-live")
    assert {name for name in there if {*above(name)[-1].split("/")} & NETWORK_FOLDERS} == set()
    assert {name.rpartition("/")[2] for name in there} & {*NETWORKS, *(name.replace("-", "_") for name in NETWORKS)} == set()


def test_no_driver_that_writes_or_serves_nobody_on_scene_is_in_the_image(stick_image: Image) -> None:
    names = {name.rpartition("/")[2] for name in modules("seek-live")}
    assert names & {*WRITERS, *(name.replace("-", "_") for name in WRITERS)} == set()


def test_each_line_of_the_list_takes_its_drivers_away(stick_image: Image) -> None:
    there = modules("seek-live")
    kept = set[str]().union(*(matching(pattern[1:], there) for pattern in patterns() if pattern.startswith("!")))
    left = {pattern: matching(pattern, there) - kept for pattern in patterns() if not pattern.startswith("!")}
    assert {pattern: names for pattern, names in left.items() if names} == {}


def test_those_drivers_are_there_before_they_are_taken_away(test_image: Image) -> None:
    """The control: the test image keeps every driver."""
    names = {name.rpartition("/")[2] for name in modules("seek-live-test")}
    assert {"mptctl", "mptlan", "nvram", "ext4", "e1000e", "iwlwifi", "btusb", "cdc-acm", "null_blk"} <= names


def test_what_reads_a_suspect_s_disk_is_still_there(stick_image: Image) -> None:
    names = {name.rpartition("/")[2] for name in modules("seek-live")}
    assert {"ahci", "nvme", "usb-storage", "uas", "sd_mod", "mmc_block", "sdhci-pci", "megaraid_sas", "mpt3sas", "vmd", "exfat", "vfat", "battery", "ac"} <= names


def test_firmware_for_card_readers_and_disks_is_there_and_none_for_a_network(stick_image: Image) -> None:
    listed = {each["path"].removeprefix("usr/lib/firmware/") for each in json.loads((IMAGES / "seek-live.manifest.json").read_text())["firmware"]}
    wanted = [line.split()[0] for line in (REPOSITORY / "image-build/firmware.list").read_text().splitlines() if not line.startswith("#")]
    assert [pattern for pattern in wanted if not fnmatch.filter(listed, pattern)] == []
    assert "amd-ucode/microcode_amd_fam19h.bin" in listed
    assert {name.split("/")[0] for name in listed} <= {pattern.split("/")[0] for pattern in wanted} | {"amd-ucode"}


def test_each_font_has_every_letter_of_its_languages(stick_image: Image, tmp_path: Path) -> None:
    suspects.run("xorriso", "-osirrox", "on", "-indev", stick_image.iso, "-extract", "/seek/root.squashfs", tmp_path / "root.squashfs")
    suspects.run("unsquashfs", "-quiet", "-no-progress", "-dest", tmp_path / "root", tmp_path / "root.squashfs", "usr/share/seek/fonts")
    pictured = {path.name: fonts.letters(gzip.decompress(path.read_bytes())) for path in (tmp_path / "root/usr/share/seek/fonts").iterdir()}
    menus = {name for _, name in [*KEYBOARDS.values(), *LANGUAGES.values()]}
    for language, words in WORDS.items():
        codes = [wording.told(language) for table in (ERRORS, LAYERS, POSED, TIERS, NOT_ENROLLED) for wording in table.values()]
        said = set("".join([*menus, *words.values(), *codes])) - {"\n"}
        own = {name: has for name, has in pictured.items() if name.startswith(f"{LETTERS.get(Language(language), WESTERN)}-")}
        assert len(own) == 3
        assert {name: said - has for name, has in own.items() if said - has} == {}


def test_the_image_is_small_enough_for_any_stick(stick_image: Image) -> None:
    assert stick_image.iso.stat().st_size < 350_000_000


def test_no_program_of_the_write_block_says_where_it_was_compiled(stick_image: Image) -> None:
    root = json.loads((IMAGES / "seek-live.manifest.json").read_text())
    programs = {each["path"].rpartition("/")[2] for each in root["write_block"]}
    assert {"device_guard.o", "ioctl_guard.o", "mount_guard.o", "setting_guard.o", "watch.o"} <= programs
    assert str(REPOSITORY) not in json.dumps(root)
    assert {each["name"] for each in root["boot_packages"]} >= {"shim-signed", "grub-efi-amd64-signed", "grub-pc-bin", "grub-efi-ia32-unsigned"}


def test_windows_gives_no_drive_letter_to_what_it_cannot_read(stick_image: Image) -> None:
    parts = json.loads(suspects.run("sfdisk", "--json", stick_image.iso))["partitiontable"]["partitions"]
    assert len(parts) == 3
    assert all("63" in part["attrs"].rpartition("GUID:")[2].split(",") for part in parts)


def test_an_old_bios_finds_an_active_partition_and_uefi_its_protective_table(stick_image: Image) -> None:
    with stick_image.iso.open("rb") as image:
        entries = image.read(512)[0x1BE:0x1FE]
    assert [entries[start] for start in range(0, 64, 16)] == [0, 0x80, 0, 0]
    assert [entries[start + 4] for start in range(0, 64, 16)] == [0xEE, 0, 0, 0]


def test_there_are_loaders_for_64_bit_and_32_bit_firmware(stick_image: Image) -> None:
    start = json.loads(suspects.run("sfdisk", "--json", stick_image.iso))["partitiontable"]["partitions"][1]["start"]
    listed = suspects.run("mdir", "-b", "-i", f"{stick_image.iso}@@{start * 512}", "::/EFI/BOOT")
    assert {line.rpartition("/")[2].upper() for line in listed.split()} == {"BOOTX64.EFI", "BOOTIA32.EFI", "GRUBX64.EFI", "MMX64.EFI"}


def test_the_boot_menu_s_entries_start_without_a_password_and_nothing_else_does(stick_image: Image) -> None:
    menu = (REPOSITORY / "image-build/boot/grub.cfg").read_text()
    entries = [line for line in menu.splitlines() if line.startswith("menuentry")]
    assert all("--unrestricted" in line for line in entries)
    assert 'set superusers="nobody"' in menu
    assert "password" not in [line.split()[0] for line in menu.splitlines() if line.strip()]
    assert stick_image.iso.read_bytes().count(b'set superusers="nobody"') == 2, "for BIOS, and for UEFI"


def test_the_write_block_s_programs_are_the_same_bytes_from_every_folder(tmp_path: Path) -> None:
    made = []
    for name in ("one", "another/folder.of-a-longer.name"):
        shutil.copytree(REPOSITORY / "image-build/bpf", tmp_path / name / "bpf")
        root = tmp_path / name / "root"
        (root / "usr/lib/seek").mkdir(parents=True)
        words = f'set -e; BUILD_FOLDER="{tmp_path / name}"; ROOT="{root}"; source "{REPOSITORY}/image-build/steps/write_block.sh"; compile_write_block_programs'
        subprocess.run(["bash", "-c", words], check=True)
        made.append({path.name: path.read_bytes() for path in (root / "usr/lib/seek").iterdir()})
    assert len(made[0]) == 5
    assert made[0] == made[1]
    assert not [name for name, data in made[0].items() if bytes(tmp_path) in data]
