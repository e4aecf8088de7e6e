"""On the emulated machine: give a device one command, on a descriptor that may only read.

python3 command.py NODE NUMBER [ARGUMENT IN HEXADECIMAL]; what a command takes is a number, unless an argument is there.
"""

import fcntl
import os
import sys


def main() -> None:
    """The exit code says whether the kernel took it."""
    node, number, *argument = sys.argv[1:]
    device = os.open(node, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.ioctl(device, int(number, 16), bytearray.fromhex(argument[0]) if argument else 0)


if __name__ == "__main__":
    main()
