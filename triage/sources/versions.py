"""The version of The Sleuth Kit inside pytsk3: it shapes every listing."""

import pytsk3


def the_sleuth_kit() -> str:
    """For example `4.15.0`."""
    return str(pytsk3.TSK_VERSION_STR)
