"""What the fork server imports, and makes ready, before it forks: what workers of a kind share."""

# ruff: noqa: F401, PLC0415 - imported for whoever is forked; each only when it is asked for

from contextlib import suppress

from triage.wire.forking import KindOfWorker
from triage.wire.messages import Role


def import_at_once() -> None:
    """In the fork server, before it is asked for anything: what every worker needs."""
    import triage.sources.valid_data
    import triage.workers.survey
    from triage.sources.encrypted import load
    from triage.workers.preload import preload

    load()
    preload()


def import_for(kind: KindOfWorker) -> None:
    """In the fork server, which may start no thread, and opens nothing that anybody sent."""
    if kind.role is Role.UNLOCK:
        import triage.workers.unlock
    elif kind.role is Role.EXAMINE:
        import triage.workers.examine
    elif kind.role is Role.DESCRIBE:
        import triage.workers.describe
    elif kind.role is Role.COPY:
        import triage.workers.copying
    if kind.hash_sets:
        import triage.hashsets.hash_set
    with suppress(Exception):  # it fails in the worker as well, and is told there
        _make_ready(kind)


def _make_ready(kind: KindOfWorker) -> None:
    """All that a worker of that kind makes ready before it is confined, and finds so when it is
    forked."""
    from triage.detectors.build import load_code
    from triage.workers.preload import preload

    load_code(kind.detectors)
    if kind.pictures:
        import triage.detectors.videos
        import triage.workers.decoding

        triage.detectors.videos.make_ready()
        preload(types=True, pictures=True)
    if kind.members:
        import triage.workers.taking_out
        from triage.members.opening import openers

        openers()
    if kind.models:
        from triage.detectors.classifier import onnx_runtime

        onnx_runtime()
