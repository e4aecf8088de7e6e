"""The bundle: the only place that writes files."""
