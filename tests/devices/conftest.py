"""Images that other people's programs made, as the tests of sources have them."""

from tests.sources.conftest import unpacked

__all__ = ["unpacked"]
