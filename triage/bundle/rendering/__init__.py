"""The document in other shapes: the report, and what other tools load. Writes nothing."""
