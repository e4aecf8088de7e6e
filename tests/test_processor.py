"""Old processors: told by their flags before a library is loaded, and searched on all the same."""

from pathlib import Path

import pytest

from cli import app, devices
from triage.errors import ExitCode, WorkerError
from triage.processor import Processor, refuse_if_too_old, this_processor

CPUINFO = """processor\t: {number}
vendor_id\t: {vendor}
model name\t: {name}
flags\t\t: {flags}
bugs\t\t:

"""
BASELINE = "fpu tsc msr pae cx8 apic cmov pat mmx fxsr sse sse2 syscall nx lm"
CORE_2 = (
    "Intel(R) Core(TM)2 Duo CPU     T7700  @ 2.40GHz",
    f"{BASELINE} constant_tsc pni dtes64 monitor ds_cpl vmx est tm2 ssse3 cx16 xtpr pdcm lahf_lm",
)
ATHLON_64_OF_2003 = (
    "AMD Athlon(tm) 64 Processor 3200+",
    f"{BASELINE} mmxext 3dnowext 3dnow rep_good nopl",
)
CORE_I5_OF_2009 = (
    "Intel(R) Core(TM) i5 CPU         750  @ 2.67GHz",
    f"{BASELINE} pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm",
)


def told_by(folder: Path, name: str, flags: str) -> Processor:
    file = folder / "cpuinfo"
    cores = [CPUINFO.format(number=n, vendor="x", name=name, flags=flags) for n in range(2)]
    file.write_text("".join(cores))
    return this_processor(file)


@pytest.mark.parametrize(
    ("processor", "old", "too_old"),
    [(CORE_2, True, False), (ATHLON_64_OF_2003, True, True), (CORE_I5_OF_2009, False, False)],
)
def test_the_age_of_a_processor_is_told_by_its_flags(
    tmp_path: Path, processor: tuple[str, str], old: bool, too_old: bool
) -> None:
    told = told_by(tmp_path, *processor)
    assert told.name == processor[0]
    assert (told.old, told.too_old) == (old, too_old)


def test_who_does_not_say_what_it_is_is_not_refused(tmp_path: Path) -> None:
    arm = tmp_path / "cpuinfo"
    arm.write_text("processor\t: 0\nBogoMIPS\t: 48.00\nFeatures\t: fp asimd evtstrm aes\n\n")
    for told in (this_processor(arm), this_processor(tmp_path / "nothing")):
        assert not told.old
        refuse_if_too_old(told)


def test_one_without_sse3_is_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"Athlon.* has no SSE3") as refused:
        refuse_if_too_old(told_by(tmp_path, *ATHLON_64_OF_2003))
    assert "another computer" in refused.value.hint


def of(name: str, flags: str) -> Processor:
    return Processor(name=name, flags=frozenset(flags.split()))


@pytest.mark.parametrize("command", ["scan", "devices", "verify", ""])
def test_no_command_is_tried_on_a_processor_that_would_end_it(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "this_processor", lambda: of(*ATHLON_64_OF_2003))
    with pytest.raises(SystemExit) as ended:
        app.run(command)
    assert ended.value.code == ExitCode.FAILED
    said = " ".join(capsys.readouterr().err.split())
    assert "This processor is too old: AMD Athlon" in said
    assert "What to do: Take its disks out" in said


@pytest.mark.parametrize(("processor", "said"), [(CORE_2, True), (CORE_I5_OF_2009, False)])
def test_the_list_of_devices_says_that_the_processor_is_old(
    processor: tuple[str, str],
    said: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(devices, "this_processor", lambda: of(*processor))
    devices.devices([str(tmp_path)], as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert ("Old processor (Intel(R) Core(TM)2 Duo" in shown) == said
    assert str(tmp_path) in shown
