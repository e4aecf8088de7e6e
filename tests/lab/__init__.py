"""The lab's side."""
