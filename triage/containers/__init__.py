"""Content that holds other content: which kind it is, and whether it is encrypted.

Recognised and counted; nothing in here takes anything out. What counts as a container, and why, is
docs/decisions/containers.md.
"""
