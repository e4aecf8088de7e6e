"""Formats in: each module reads one family, streaming, and yields batches."""
