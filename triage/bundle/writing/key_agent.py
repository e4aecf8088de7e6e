"""A locked key is unlocked once, before the scan, and signs though its terminal is gone since.

That is done by an ssh-agent of this scan's own, which nobody else is told of: `ssh-add` asks for
the passphrase, and the agent ends with the scan, even one that is killed: it looks after the
program that it was started with, and that one ends when our end of a pipe does.
"""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from triage.errors import SigningError

_SAY_WHO = 'echo "$SSH_AGENT_PID"; exec cat'
"""The pipe is what `cat` reads."""


class KeyAgent:
    """Holds one key. Raises SigningError where it cannot be unlocked."""

    def __init__(self, folder: Path, key: Path) -> None:
        """`folder`: a private one, for its socket."""
        socket = folder / "agent"
        self.environment = os.environ | {"SSH_AUTH_SOCK": str(socket)}
        try:
            self._process = subprocess.Popen(
                ["ssh-agent", "-a", str(socket), "sh", "-c", _SAY_WHO],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise SigningError("There is no ssh-agent.", hint="Install openssh-client.") from error
        said = self._process.stdout.readline() if self._process.stdout else b""
        self._pid = int(said) if said.strip().isdigit() else 0
        self._add(key)

    def close(self) -> None:
        """End it; the key is nowhere any more."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)
        self._process.communicate()

    def _add(self, key: Path) -> None:
        # Its words are a question to whoever sits there: they go to the terminal.
        done = subprocess.run(["ssh-add", "-q", str(key)], env=self.environment, check=False)
        if done.returncode != 0:
            self.close()
            raise SigningError(
                f"The key {key} was not unlocked.",
                hint="The passphrase is wrong, or there was no terminal to ask for it.",
            )
