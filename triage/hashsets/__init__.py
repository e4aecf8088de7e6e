"""Hash sets: formats in, the compiled set, look-up."""
