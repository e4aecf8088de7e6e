"""What each room may import: contracts of import-linter that deny by default."""
