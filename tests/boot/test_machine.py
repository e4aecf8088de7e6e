"""The emulated PC itself: it starts wherever a test keeps its things, and says why when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot.conftest import emulated
from tests.boot.machine import Machine, running

pytestmark = [pytest.mark.boot, emulated]


def test_a_folder_with_a_long_path_is_no_hindrance(tmp_path: Path) -> None:
    with running(Machine(tmp_path / ("long" * 30), [], memory=64)) as machine:
        assert machine.ask("query-status")["running"]


def test_a_machine_that_goes_off_at_once_says_why(tmp_path: Path) -> None:
    machine = Machine(tmp_path, [], processor="none-such")
    with pytest.raises((RuntimeError, ConnectionError), match=r"QEMU ended \(1\).*unable to find CPU model 'none-such'"), running(machine):
        pass
