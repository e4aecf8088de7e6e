"""Sandboxed processes that read, decode and detect."""
