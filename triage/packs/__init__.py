"""What a lab gives a search: model packs and lists of words, read and checked."""
