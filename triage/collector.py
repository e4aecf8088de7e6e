"""The garbage collector, told that entries come and go by the hundred thousand."""

import gc


def quieten() -> None:
    """Look rarely: hardly any of what comes and goes is in a cycle. What is there now stays."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
