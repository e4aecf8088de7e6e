"""Referrals: what providers report, bundled by what it shares and matched against the store."""
