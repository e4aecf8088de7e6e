"""A PC in QEMU: started with disks, watched over its serial console, asked and pulled about through QMP."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

QEMU = "qemu-system-x86_64"
FIRMWARE_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.ms.fd")
FIRMWARE_VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
PLAIN_CODE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
PLAIN_VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
CONTROLLERS = {
    "sd": ("-device", "sdhci-pci,id=sd0"),
    "raid": ("-device", "megasas,id=raid0", "-device", "ide-cd,bus=ide.5"),
    "zoned": ("-device", "nvme,id=zoned0,serial=ZONED"),
}
"""Those that are there only with disks of theirs; beside a RAID controller a disc drive, the sixth of SATA."""
PROCESSOR = "Nehalem"
"""Of 2008, the first with x86-64-v2. The emulator runs the words of later ones slowly: a first finding comes in a third of the time."""
PROMPT = "seek-test-prompt# "
ESCAPES = re.compile(r"\x1b(\[[0-9;?=]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>78cM])")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk of the emulated PC, and how it is attached."""

    name: str
    file: Path
    bus: str = "sata"  # sata, scsi, nvme, usb, virtio, sd, raid, zoned
    serial: str = ""
    bootable: bool = False
    solid_state: bool = False  # SATA and SCSI: the emulator's disks say that they rotate
    bad_sector: int = 0  # the number of a sector that cannot be read
    read_rate: int = 0  # bytes a second, for a disk that keeps a scan busy; 0: as fast as it goes

    def arguments(self, sata_port: int) -> list[str]:
        """QEMU's words for this disk; a SATA port holds one."""
        file = f"file={self.file.absolute()},format=raw"
        if self.bad_sector:
            fault = {"event": "none", "iotype": "read", "errno": 5, "sector": self.bad_sector}
            file = f"driver=raw,file.driver=blkdebug,file.image.driver=file,file.image.filename={self.file.absolute()}"
            file += "".join(f",file.inject-error.0.{name}={value}" for name, value in fault.items())
        drive = f"if=none,id={self.name},{file},cache=writeback,discard=unmap"
        drive += f",throttling.bps-read={self.read_rate}" if self.read_rate else ""
        return ["-drive", drive, "-device", self.device(sata_port)]

    def device(self, sata_port: int) -> str:
        """QEMU's word for the device itself."""
        serial = self.serial or self.name.upper()
        boot = ",bootindex=0" if self.bootable else ""
        turning = ",rotation_rate=1" if self.solid_state else ""
        kinds = {
            "sata": f"ide-hd,bus=ide.{sata_port},drive={self.name},serial={serial}{boot}{turning}",
            "scsi": f"scsi-hd,bus=scsi0.0,drive={self.name},serial={serial}{boot}{turning}",
            "nvme": f"nvme,drive={self.name},serial={serial}{boot}",
            "usb": f"usb-storage,bus=usb0.0,drive={self.name},serial={serial},id=dev-{self.name},removable=on{boot}",
            "sd": f"sd-card,drive={self.name}",
            "zoned": f"nvme-ns,bus=zoned0,drive={self.name},zoned=on,zoned.zone_size=4M",
            "raid": f"scsi-hd,bus=raid0.0,drive={self.name}{boot}",
            "virtio": f"virtio-blk-pci,drive={self.name},serial={serial}{boot}",
        }
        return kinds[self.bus]


def connect(end: socket.socket, folder: Path, name: str) -> None:
    """To QEMU's door in a folder, however long the folder's path: a socket's own path may have 107 bytes."""
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        end.connect(f"/proc/self/fd/{place}/{name}.sock")
    finally:
        os.close(place)


class Line:
    """One serial line: what came out of it, and what is typed into it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.log = folder / f"{name}.log"
        self.seen = ""
        self.read_up_to = 0
        self.socket: socket.socket | None = None
        self.reader: threading.Thread | None = None
        self.ended = False

    def connect(self) -> None:
        """Connect to QEMU's end of the line and keep reading: a line that nobody reads stops the machine."""
        self.socket = socket.socket(socket.AF_UNIX)
        connect(self.socket, self.folder, self.name)
        self.reader = threading.Thread(target=self.keep_reading, daemon=True)
        self.reader.start()

    def hang_up(self) -> None:
        """When the machine is off: its end of the line is closed, and so the reader ends."""
        if self.socket is not None and self.reader is not None:
            self.reader.join()
            self.socket.close()

    def keep_reading(self) -> None:
        """Take what arrives until the machine is switched off."""
        assert self.socket is not None
        with self.log.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
            while chunk := self.socket.recv(65536):
                stream.write(chunk)
                self.seen += chunk.decode(errors="replace")
        self.ended = True

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        """Wait until the pattern has come out of the line since the last wait."""
        end = time.monotonic() + seconds
        while True:
            text = ESCAPES.sub("", self.seen[self.read_up_to :])
            if match := re.search(pattern, text, re.DOTALL):
                self.read_up_to = len(self.seen)
                return match
            if self.ended or time.monotonic() > end:
                raise TimeoutError(f"{pattern!r} did not come within {seconds:.0f} s{' (the machine went off)' if self.ended else ''}; last: {text[-1500:]!r}")
            time.sleep(0.1)

    def type(self, text: str) -> None:
        """Type, slowly enough for an emulated serial port."""
        assert self.socket is not None
        data = text.encode()
        for start in range(0, len(data), 64):
            self.socket.sendall(data[start : start + 64])
            time.sleep(0.02)


class Machine:
    """An emulated PC that runs until it is stopped."""

    def __init__(
        self,
        folder: Path,
        disks: list[Disk],
        *,
        memory: int = 2048,
        firmware: str = "bios",
        processor: str = PROCESSOR,
        kernel: tuple[Path, Path, str] | None = None,
    ) -> None:
        self.folder = folder
        self.disks = disks
        self.memory = memory
        self.firmware = firmware
        self.processor = processor
        self.kernel = kernel
        self.serial = Line(folder, "serial")
        self.shell = Line(folder, "shell")
        self.process: subprocess.Popen[bytes] | None = None
        self.qmp: socket.socket | None = None
        self.commands = 0

    def arguments(self) -> list[str]:
        """QEMU's command line."""
        words = [QEMU, "-nodefaults", "-display", "none", "-vga", "std", "-m", str(self.memory), "-smp", "2"]
        words += ["-accel", "tcg,thread=multi", "-cpu", self.processor, "-rtc", "base=utc", "-no-reboot"]
        words += self.firmware_arguments()
        words += ["-device", "qemu-xhci,id=usb0", "-device", "virtio-scsi-pci,id=scsi0", "-device", "usb-kbd,bus=usb0.0"]
        words += [word for bus, controller in CONTROLLERS.items() if bus in {disk.bus for disk in self.disks} for word in controller]
        for name in ("serial", "shell"):
            words += ["-chardev", f"socket,id={name},path={name}.sock,server=on,wait=off", "-serial", f"chardev:{name}"]
        words += ["-qmp", "unix:qmp.sock,server=on,wait=off"]
        if self.kernel:
            kernel, initrd, line = self.kernel
            words += ["-kernel", str(kernel.absolute()), "-initrd", str(initrd.absolute()), "-append", line]
        sata_ports = itertools.count()
        for disk in self.disks:
            words += disk.arguments(next(sata_ports) if disk.bus == "sata" else 0)
        return words

    def firmware_arguments(self) -> list[str]:
        """BIOS, UEFI, or UEFI with Secure Boot."""
        if self.firmware == "bios":
            return ["-machine", "q35"]
        secure = self.firmware == "secure-boot"
        code, variables = (FIRMWARE_CODE, FIRMWARE_VARIABLES) if secure else (PLAIN_CODE, PLAIN_VARIABLES)
        shutil.copyfile(variables, self.folder / "variables.fd")
        words = ["-machine", f"q35,smm={'on' if secure else 'off'}"]
        if secure:
            words += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
        words += ["-drive", f"if=pflash,format=raw,unit=0,file={code},readonly=on"]
        return [*words, "-drive", f"if=pflash,format=raw,unit=1,file={self.folder.absolute() / 'variables.fd'}"]

    def start(self) -> None:
        """Switch the machine on."""
        with (self.folder / "qemu.log").open("wb") as errors:
            self.process = subprocess.Popen(self.arguments(), stdout=errors, stderr=errors, cwd=self.folder)
        self.qmp = self.connect_qmp()
        self.serial.connect()
        self.shell.connect()

    def connect_qmp(self) -> socket.socket:
        """Wait for QEMU's door and greet."""
        assert self.process is not None
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(self.how_it_ended())
            connection = socket.socket(socket.AF_UNIX)
            try:
                connect(connection, self.folder, "qmp")
                break
            except OSError:
                connection.close()
                time.sleep(0.1)
        self.qmp = connection
        self.read_reply()
        self.ask("qmp_capabilities")
        return connection

    def how_it_ended(self) -> str:
        """Exit code or signal, what QEMU said, and the last that the machine said: a host that has too much to do looks like a fault."""
        assert self.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        said = (self.folder / "qemu.log").read_text(errors="replace")
        return f"QEMU ended ({self.process.returncode}): {said!r}; the machine's last words: {self.serial.seen[-1500:]!r}"

    def read_reply(self) -> dict[str, Any]:
        """Read one line from QMP."""
        assert self.qmp is not None
        line = b""
        while not line.endswith(b"\n"):
            try:
                chunk = self.qmp.recv(1)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise ConnectionError(self.how_it_ended())
            line += chunk
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, command: str, **arguments: object) -> Any:
        """Ask QEMU something and return its answer."""
        assert self.qmp is not None
        self.qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            reply = self.read_reply()
            if "error" in reply:
                raise RuntimeError(f"{command}: {reply['error']}")
            if "return" in reply:
                return reply["return"]

    def writes_to(self, name: str) -> tuple[int, int]:
        """What reached a disk, as the emulator itself counts: write and unmap operations."""
        for entry in self.ask("query-blockstats"):
            if name in (entry.get("device"), str(entry.get("node-name", "")).removeprefix("node-")):
                stats = entry["stats"]
                return int(stats["wr_operations"]), int(stats["unmap_operations"])
        raise KeyError(name)

    def plug_in(self, disk: Disk) -> None:
        """Plug a USB disk into the running machine."""
        self.ask(
            "blockdev-add",
            **{"node-name": f"node-{disk.name}", "driver": "raw", "file": {"driver": "file", "filename": str(disk.file.absolute())}},
        )
        self.ask(
            "device_add",
            driver="usb-storage",
            bus="usb0.0",
            drive=f"node-{disk.name}",
            id=f"dev-{disk.name}",
            serial=disk.serial or disk.name.upper(),
            removable=True,
        )

    def pull_out(self, name: str) -> None:
        """Pull a USB disk out, without warning; the emulator then lets go of its file."""
        self.ask("device_del", id=f"dev-{name}")
        for _ in range(100):
            try:
                self.ask("blockdev-del", **{"node-name": f"node-{name}"})
            except RuntimeError as error:
                if "in use" not in str(error):
                    return
                time.sleep(0.1)
            else:
                return

    def processor_seconds(self) -> float:
        """What the emulator has used of the host's processors, which no other load of the host makes more."""
        assert self.process is not None
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def screenshot(self, path: Path) -> None:
        """What the emulated screen shows, as a PNG."""
        self.ask("screendump", filename=str(path.absolute()), format="png")

    def press(self, *keys: str) -> None:
        """Press keys on the emulated keyboard, one after the other ("ctrl-c" presses two at once)."""
        for key in keys:
            held = [{"type": "qcode", "data": name} for name in key.split("-")]
            self.ask("send-key", keys=held)
            time.sleep(0.15)

    def type_keys(self, words: str) -> None:
        """Type a line on the emulated keyboard, with Enter."""
        names = {" ": "spc", ".": "dot", "/": "slash"}
        keys = [names.get(letter, f"shift-{letter.lower()}" if letter.isupper() else letter) for letter in words]
        self.press(*keys, "ret")

    def run(self, command: str, seconds: float = 120) -> str:
        """Run a command in the root shell on the second serial line; the output, and an error when it failed."""
        status, output = self.try_to_run(command, seconds)
        if status != 0:
            raise RuntimeError(f"{command}: exit code {status}: {output}")
        return output

    def try_to_run(self, command: str, seconds: float = 120) -> tuple[int, str]:
        """Run a command in the root shell; its exit code and output."""
        self.commands += 1
        mark = f"done-{self.commands}"
        self.shell.read_up_to = len(self.shell.seen)
        self.shell.type(f"{{ {command}\n}} 2>&1; code=$?; echo; echo {mark[:3]}''{mark[3:]}=$code=\n")
        match = self.shell.wait_for(rf"^(.*?)\n?{mark}=(\d+)=", seconds)
        text = match.group(1).replace("\r", "")
        return int(match.group(2)), text.removesuffix("\n")

    def open_shell(self, seconds: float = 300) -> None:
        """Wait for the root shell that the kernel command line asked for, and make it quiet."""
        self.shell.wait_for(r"[#$] ?$", seconds)
        self.shell.type("stty -echo; set +o emacs; PS1=; PS2=; export TERM=dumb; echo rea''dy\n")
        self.shell.wait_for(r"ready", 60)

    def cut_power(self) -> None:
        """Stop at once, as when the plug is pulled."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.serial.hang_up()
        self.shell.hang_up()
        if self.qmp is not None:
            self.qmp.close()

    def stopped_by_itself(self, seconds: float) -> bool:
        """Wait until the machine has switched itself off."""
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


@contextlib.contextmanager
def running(machine: Machine) -> Iterator[Machine]:
    """Switch a machine on, and surely off again."""
    machine.folder.mkdir(parents=True, exist_ok=True)
    for stale in machine.folder.glob("*.sock"):
        stale.unlink()
    for log in ("serial.log", "shell.log"):
        (machine.folder / log).unlink(missing_ok=True)
    machine.start()
    try:
        yield machine
    finally:
        machine.cut_power()
