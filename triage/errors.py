"""Everything that can stop seek.

    SeekError                      exit code
    ├── UsageError                 2    the command was asked for something it cannot do
    │   ├── ProfileError           2    a profile says something that is not understood
    │   └── NotInstalledError      2    this installation leaves out what the command needs
    ├── SourceError                1    evidence cannot be opened at all
    ├── HashSetError               1    a hash set cannot be read or is not what it says
    │   └── UnsignedSetError       1    nobody whom the lab lists signed it, as the profile asks
    ├── ModelError                 1    a model pack is incomplete or not what its card says
    ├── WorkerError                1    a worker process broke the protocol or cannot start
    ├── EvidenceStickError         1    there is no place, or no safe place, for the bundle
    │   └── StickFullError         1    the place has no room left
    ├── BundleError                1    a bundle cannot be written or read
    │   └── VerificationError      20   a bundle is not what was signed
    ├── StoreError                 1    a lab's store cannot be read or written
    ├── SigningError               1    the key cannot sign
    ├── UnsealedError              1    the scan ended and its bundle could not be closed: resume it
    └── UnforeseenError            1    a defect of seek itself; the bundle's log has the traceback

Ctrl-C is none: the bundle is closed and signed, marked partial, and the exit code is 130.

Trouble with one file entry is never an exception here: it is an outcome, counted in coverage.
Every error carries a hint: the next thing to do, in words for the agent. Message and hint are whole
sentences: each ends with a full stop or a question mark.

2 or 1? 2 where the words of the command line cannot be done: a file that is to be new is there
already, there is no profile and no model pack of that name, there is nothing to work on. 1 where
what was named could not be read or written, or is not what it should be.
"""

import os
import re
from enum import IntEnum


class ExitCode(IntEnum):
    """What `seek` returns to the shell. The README's table is held to this by a test."""

    FINISHED = 0
    FAILED = 1
    WRONG_USE = 2
    NOT_ALL = 3
    NOT_VERIFIED = 20
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """In words for a shell script's author."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.FINISHED: "finished: all that was asked for was looked at",
    ExitCode.FAILED: "failed: there is no trustworthy result",
    ExitCode.WRONG_USE: "wrong use: the command cannot do what was asked",
    ExitCode.NOT_ALL: "finished, but not all was looked at: screen and report say what was not",
    ExitCode.NOT_VERIFIED: "the bundle does not verify",
    ExitCode.INTERRUPTED: "interrupted: the bundle is closed, signed and marked partial",
}


class SeekError(Exception):
    """A reason to stop. `hint` says what to do now; `exit_code` what the shell is told."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def code(self) -> str:
        """For programs, which have words of their own for it: `hash_set`, `evidence_stick`."""
        name = type(self).__name__.removesuffix("Error")
        return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()


def why(error: BaseException) -> str:
    """What went wrong below, to stand in a message: in one line, in words, without a full stop.

    Python's own dressing - error numbers, names of its types, `<unicode string>` - stays out.
    """
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if isinstance(error, UnicodeDecodeError):
        return f"it is no text in {error.encoding.upper()}, at byte {error.start}"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = getattr(error, "message", "") or _yaml(error) or str(error)
    return " ".join(said.split()).rstrip(".")


def _yaml(error: BaseException) -> str:
    """What a reader of YAML says, and where."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(getattr(error, "reason", ""))
    said = ", ".join(filter(None, (getattr(error, "context", ""), getattr(error, "problem", ""))))
    return f"{said}, line {mark.line + 1}, column {mark.column + 1}"


class UsageError(SeekError):
    """The command was asked for something it cannot do."""

    exit_code = ExitCode.WRONG_USE


def there_already(path: object) -> UsageError:
    """Of whatever a command was to make anew: nothing is ever overwritten."""
    return UsageError(
        f"{path} exists already.", hint="Choose another name: nothing is ever overwritten."
    )


class ProfileError(UsageError):
    """A profile says something that is not understood; the message names the path inside it."""


class NotInstalledError(UsageError):
    """The command needs a library that the smaller installation, for verifying, leaves out."""

    def __init__(self, library: str) -> None:
        super().__init__(
            f"This installation of seek leaves out {library}, which that needs.",
            hint=_OF_THE_LAB if library in ("lab", "duckdb") else _OF_SCANNING,
        )


_OF_SCANNING = "It verifies and renders bundles. For the rest install its wheel with [scan]."
_OF_THE_LAB = (
    "It is the lab's side, for a machine of the lab and never for the stick. From seek's source: "
    "pip install '.[scan,lab]' ./lab (docs/lab.md)."
)


class SourceError(SeekError):
    """A device, image or folder cannot be opened at all."""


class HashSetError(SeekError):
    """A hash set cannot be read, or is not what its header says."""


class UnsignedSetError(HashSetError):
    """A hash set is signed by nobody on the list of signers, which the profile asks for."""


class ModelError(SeekError):
    """A model pack is incomplete, or its model is not the one its card names."""


class WorkerError(SeekError):
    """A worker process cannot start, or sent something that is not in the protocol."""


class EvidenceStickError(SeekError):
    """There is no place for the bundle, or the place is not safe to write to."""


class StickFullError(EvidenceStickError):
    """The place for the bundle has no room left."""


class BundleError(SeekError):
    """A bundle cannot be written or read."""


class VerificationError(BundleError):
    """A bundle is not what was signed; the message names the step that failed."""

    exit_code = ExitCode.NOT_VERIFIED


class StoreError(SeekError):
    """A lab's store cannot be read or written, or another process writes it."""


class SigningError(SeekError):
    """The key cannot sign: absent, locked, or not a key."""


class UnsealedError(SeekError):
    """The scan ended, and its bundle could not be closed: the stick was gone. It can be resumed."""


class UnforeseenError(SeekError):
    """A defect of seek itself ended the scan; its traceback is in the bundle's audit log."""
