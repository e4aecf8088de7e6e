"""When "no findings" may not be said alone: one rule for the command line and for the guide."""


def not_all_seen(
    *, partial: bool, unreadable_volumes: int, unreadable_entries: int, troubles: int
) -> bool:
    """Whether something that was to be looked at was not: then nothing found means nothing.

    `partial`: the scan did not finish. `troubles`: devices that could not be listed, surveys that
    were cut short, limits that were hit. `unreadable_entries`: could not be read or decoded.
    """
    return partial or unreadable_volumes > 0 or unreadable_entries > 0 or troubles > 0
