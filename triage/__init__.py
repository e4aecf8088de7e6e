"""The triage engine: from devices to a signed findings bundle."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("seek-triage")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
