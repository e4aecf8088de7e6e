"""Writers of volumes and tables for tests and the demo: no root, no mounts, no loop devices."""
