"""The only place that opens evidence, always read-only, and the only one that speaks pytsk3."""
