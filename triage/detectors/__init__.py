"""Detectors: code that looks at one item and says why it matters."""
