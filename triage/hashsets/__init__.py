"""Hash sets: formats in, the compiled set, look-up.

`importing.ready(path)` gives a set to look up in, whatever its format; `HashSet.find` and
`.find_many` look up; `importing.build` makes a compiled file, which docs/formats/hash-set.md
describes. Who only looks up imports `hash_set` and none of the readers.
"""
