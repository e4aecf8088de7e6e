"""On the emulated machine: ask for the right to use I/O ports. python3 ports.py iopl|ioperm."""

import ctypes
import sys

NUMBERS = {"iopl": (172, 3, 0, 0), "ioperm": (173, 0x3F6, 1, 1)}


def main() -> None:
    """The exit code says whether it was given."""
    libc = ctypes.CDLL(None, use_errno=True)
    sys.exit(libc.syscall(*NUMBERS[sys.argv[1]]) != 0)


if __name__ == "__main__":
    main()
