"""The plan: from entries and a profile to an order. It reads metadata only."""
