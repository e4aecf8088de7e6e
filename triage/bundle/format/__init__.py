"""The format of a bundle: its files, their records, the one document, and how it is reckoned."""
