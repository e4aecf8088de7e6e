"""Why no release is made, and what to do."""


class RefusedError(Exception):
    """Said in two lines: what is wrong, and what to do next."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.hint = hint
