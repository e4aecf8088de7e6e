"""Every parser of ours is given what it must not trust; `make fuzz` looks for what breaks it.

harness         what a harness is
handed_over     profiles, word lists, messages of workers
hash_sets       each format's reader, the compiled file
bundles         findings.json, journal, log, terms, signatures
merges          bundles of others that are put together, merged.json
evidence        tables, signatures, MFT, thumbnail caches, pictures of odd modes
documents       mail, PDFs, compound files: what is taken out of them
corpus/         inputs worth keeping, by harness; the suite tries each of them
"""
