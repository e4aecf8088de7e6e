"""Makes a release: packages, image, bill of materials, digests; docs/releasing.md says how."""
