"""docs/events.md: what `--json` prints, made from the events themselves and held to a real scan."""
