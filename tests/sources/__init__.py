"""Evidence is opened here only, read-only, and nothing that it says is believed unchecked."""
