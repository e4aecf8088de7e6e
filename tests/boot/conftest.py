"""The images under test, and a loud word when they or the emulator are not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.boot import images, machine, templates
from tests.boot.images import Image

emulated = pytest.mark.skipif(shutil.which(machine.QEMU) is None, reason=f"BOOT TESTS SKIPPED: {machine.QEMU} is not installed")


def image_named(name: str) -> Image:
    """Find a built image; say loudly what is missing."""
    if shutil.which(machine.QEMU) is None:
        pytest.skip(f"BOOT TESTS SKIPPED: {machine.QEMU} is not installed; run: make image-setup", allow_module_level=True)
    try:
        return images.named(name)
    except FileNotFoundError as error:
        pytest.skip(f"BOOT TESTS SKIPPED: {error.filename} is not built; run: make boot-test", allow_module_level=True)


@pytest.fixture(scope="session")
def stick_image() -> Image:
    """The image that goes onto sticks."""
    return image_named("seek-live")


@pytest.fixture(scope="session")
def test_image() -> Image:
    """The same recipe with nothing pruned, tools that write, and layers that can be left out."""
    return image_named("seek-live-test")


@pytest.fixture(scope="session")
def made_suspects(test_image: Image) -> Path:
    """The folder of suspects' disks; nobody writes there, everybody copies."""
    return templates.made(test_image, images.REPOSITORY / "build/boot-disks")
