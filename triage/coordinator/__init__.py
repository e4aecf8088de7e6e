"""The process that decides: hands work to workers, checks what they say, and parses no evidence."""
