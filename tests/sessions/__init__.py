"""Whole sessions at the command line, as scripts that people can read: README.md tells how."""
