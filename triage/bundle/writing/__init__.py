"""All writing: the growing bundle, its sealing, the exports."""
