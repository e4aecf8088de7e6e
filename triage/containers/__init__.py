"""Content that holds other content: which kind it is, and whether it is encrypted.

Recognised; `members/` takes out what is in it. What counts as a container, and why, is
docs/decisions/containers.md.
"""
