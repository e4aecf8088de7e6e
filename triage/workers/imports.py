"""What the fork server imports before it forks: which modules a role needs."""

# ruff: noqa: F401, PLC0415 - imported for whoever is forked; each only when it is asked for

from contextlib import suppress

from triage.wire.forking import Fork


def import_at_once() -> None:
    """In the fork server, before it is asked for anything: what every worker needs."""
    import triage.workers.survey


def import_for(wanted: Fork) -> None:
    """In the fork server, which may start no thread: modules alone, and ONNX Runtime not at all."""
    import triage.sources.valid_data
    from triage.sources.encrypted import load

    load()
    if wanted.unlocks:
        import triage.workers.unlock

    if wanted.examines:
        import triage.workers.examine

        with suppress(ImportError):  # counted: then PDFs are not looked into
            import triage.members.pdf_objects
    if wanted.describes:
        import triage.workers.describe
    if wanted.copies:
        import triage.workers.copying
    if wanted.hash_sets:
        import triage.hashsets.hash_set
    if wanted.pictures:
        from triage.detectors.pictures import opencv

        opencv()
        import pi_heif
        import PIL.Image

        import triage.detectors.preview
        import triage.workers.decoding
