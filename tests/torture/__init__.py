"""Disks that attack whoever reads them. Benign content only; what is hostile is the form."""
