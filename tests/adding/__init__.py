"""What ARCHITECTURE.md says of adding something, tried by adding it to a copy of the program."""
