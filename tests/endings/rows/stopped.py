"""Scans that were stopped before nothing waited any more."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from tests.disks import MIB
from tests.endings.situations import Asked, camera, md5_set, situation
from tests.making import others
from triage.ending import How, Reason


@situation("The time limit came before the end", Reason.NOT_REACHED, Reason.SURVEY_UNFINISHED,
           how=How.OUT_OF_TIME)  # fmt: skip
def out_of_time(folder: Path) -> Asked:
    """A limit that no scan keeps: something was listed, and nothing reached."""
    return Asked(
        sources=[camera(folder)], sets=[md5_set(folder)], options=["--time-limit", "0.000001 s"]
    )


def many(folder: Path) -> tuple[Path, list[bytes]]:
    """An ext4 volume with thousands of small files, and fifty of them."""
    path, place = folder / "many.img", folder / "files"
    contents = [f"letter {number}\n".encode() * 30 for number in range(3000)]
    for number, content in enumerate(contents):
        above = place / f"{number // 100:02}"
        above.mkdir(parents=True, exist_ok=True)
        (above / f"{number:04}.txt").write_bytes(content)
    others.make_ext_from(path, 48 * MIB, place)
    return path, contents[::60]


@situation("Stopped by hand (Ctrl-C), with findings by then", Reason.NOT_REACHED,
           Reason.SURVEY_UNFINISHED, how=How.INTERRUPTED, findings=None)  # fmt: skip
def stopped_by_hand(folder: Path) -> Asked:
    """What was found is closed and signed."""
    path, contents = many(folder)
    return Asked(
        sources=[path],
        sets=[md5_set(folder, *contents)],
        meanwhile=lambda process: process.send_signal(signal.SIGINT),
    )


@situation("No process that looks at content starts any more", Reason.NOT_REACHED,
           Reason.SURVEY_UNFINISHED, Reason.ENTRY_UNREADABLE, Reason.LIMIT,
           how=How.OUT_OF_WORKERS, findings=None)  # fmt: skip
def out_of_workers(folder: Path) -> Asked:
    """Each that is started is killed."""
    path, contents = many(folder)
    return Asked(sources=[path], sets=[md5_set(folder, *contents)], meanwhile=kill_workers)


def kill_workers(process: "subprocess.Popen[bytes]") -> None:
    """Those that there are, and from now on each that comes."""

    def kill() -> None:
        for worker in workers(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    def go_on() -> None:
        while process.poll() is None:
            kill()
            time.sleep(0.002)

    kill()
    threading.Thread(target=go_on).start()


def workers(scan: int) -> list[int]:
    """What the fork server of a scan, its first child, has forked; none once the scan is gone."""
    found = []
    with contextlib.suppress(OSError):
        listed = Path(f"/proc/{scan}/task/{scan}/children").read_text(encoding="ascii")
        for child in listed.split():
            if b"triage.workers" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return sorted(found)[1:]
