"""What is attached, what a path is, and the opening of both: read-only, and nothing is parsed."""
