"""What the fork server imports before it forks: which modules a role needs."""

from importlib import import_module

from triage.wire.forking import Fork

_DECODERS = ("triage.workers.decoding", "triage.detectors.preview", "pi_heif", "PIL.Image")


def import_at_once() -> None:
    """In the fork server, before it is asked for anything: what every worker needs."""
    import_module("triage.workers.survey")


def import_for(wanted: Fork) -> None:
    """In the fork server, which may start no thread: modules alone, and ONNX Runtime not at all."""
    import_module("triage.sources.valid_data")
    if wanted.examines:
        import_module("triage.workers.examine")
    if wanted.hash_sets:
        import_module("triage.hashsets.hash_set")
    if wanted.pictures:
        from triage.detectors.pictures import opencv  # noqa: PLC0415

        opencv()
        for name in _DECODERS:
            import_module(name)
