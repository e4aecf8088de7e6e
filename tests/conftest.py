"""What all tests share: the sample suspect disk, photographs, and the command itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from cli import interrupt
from tests.demo import photographs
from tests.disks import KnownAnswers, sample_suspect_disk

# A shell gives what it runs in the background an ignored Ctrl-C, and nohup an ignored hangup, which
# every child would inherit: a test that sends one would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Nothing is timed in a test.
settings.register_profile("seek", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("seek")

SEEK = str(Path(sys.executable).with_name("seek"))
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
Seek = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """What a test makes of signals ends with it: whoever is started later would inherit what is
    ignored, and the test that ends it by a signal would wait for ever."""
    before = {number: signal.getsignal(number) for number in (*interrupt.HEARD, signal.SIGPIPE)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> KnownAnswers:
    """Four volumes, three notable photographs; nobody changes it."""
    path = tmp_path_factory.mktemp("suspect") / "suspect.img"
    answers = sample_suspect_disk(path, photographs()[:10])
    path.chmod(0o444)
    return answers


@pytest.fixture(scope="session")
def notable_set(suspect: KnownAnswers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain list of the notable photographs' digests."""
    path = tmp_path_factory.mktemp("set") / "notable.txt"
    path.write_text("".join(f"{known.sha256}  photo\n" for known in suspect.notable))
    return path


@pytest.fixture(scope="session")
def digests_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile that only looks digests up: no model has to be loaded."""
    path = tmp_path_factory.mktemp("profile") / "digests.yaml"
    path.write_text(
        "name: digests\ndescription: only digests\ndetectors:\n  - use: hash_set\n"
        "previews: {keep: false}\n"
    )
    return path


@pytest.fixture(scope="session")
def seek() -> Seek:
    """Runs the real command, without a terminal."""

    def run(*arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
        settings = {"capture_output": True, "text": True} | options
        return subprocess.run([SEEK, *map(str, arguments)], check=False, **settings)

    return run


IN_CI = bool(os.environ.get("CI"))
"""There all is installed or fetched that a test may need, so that none may be skipped."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _failed_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _failed_if_skipped((yield))


def _failed_if_skipped(report: Report) -> Report:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which nothing may be in CI: {report.longrepr}"
    return report
