"""The triage engine: from devices to a signed findings bundle."""

__version__ = "0.1.0"
