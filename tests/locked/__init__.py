"""Encrypted volumes for tests, made here: LUKS by cryptsetup, BitLocker after its format."""
