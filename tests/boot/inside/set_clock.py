"""On the emulated machine: set the computer's own clock, to what it says."""

import fcntl
import os

READ, SET = 0x80247009, 0x4024700A


def main() -> None:
    """The exit code says whether it was set."""
    clock = os.open("/dev/rtc0", os.O_RDONLY)
    moment = bytearray(36)
    fcntl.ioctl(clock, READ, moment)
    fcntl.ioctl(clock, SET, moment)


if __name__ == "__main__":
    main()
