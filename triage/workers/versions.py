"""The versions of the libraries that shape what a worker says, of those that it has loaded."""

import sys


def libraries() -> dict[str, str]:
    """Name to version; each name is one of `wire.messages.LIBRARIES`."""
    found: dict[str, str] = {}
    if "pytsk3" in sys.modules:
        from triage.sources.versions import the_sleuth_kit  # noqa: PLC0415 - for who has it loaded

        found["the sleuth kit"] = the_sleuth_kit()
    if "magic" in sys.modules:
        from triage.detectors.versions import libmagic  # noqa: PLC0415 - likewise

        found["libmagic"] = libmagic()
    if "triage.detectors.jpeg_xl" in sys.modules:
        from triage.detectors.jpeg_xl import version_loaded  # noqa: PLC0415 - likewise

        if version := version_loaded():
            found["libjxl"] = version
    if "triage.members.libarchive" in sys.modules:
        from triage.members import libarchive  # noqa: PLC0415 - likewise

        if version := libarchive.version_loaded():
            found["libarchive"] = version
    return found
