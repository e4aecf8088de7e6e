"""The version of libmagic: it says what content is."""

import magic


def libmagic() -> str:
    """For example `5.45`."""
    number: int = magic.version()  # type: ignore[no-untyped-call]
    return f"{number // 100}.{number % 100:02d}"
