"""Harnesses for every parser of ours: bytes in, our own errors out, and nothing else."""
