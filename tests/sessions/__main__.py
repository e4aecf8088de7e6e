"""`python -m tests.sessions FILE…`: play sessions, and show what was typed and said."""

import sys
import tempfile
from pathlib import Path

from tests.sessions.playing import SessionError, play
from tests.sessions.script import ScriptError, read


def main() -> int:
    """The exit code is 1 where a session was not as its script says."""
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory(prefix="seek-session-") as folder:
            try:
                print(play(read(Path(name)), Path(folder)))
            except (SessionError, ScriptError) as error:
                print(error)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
