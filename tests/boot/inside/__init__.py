"""Programs that boot tests put into the emulated machine: ways to a disk for which there is no tool."""
