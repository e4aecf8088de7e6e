"""report.html: a rendering of the result document, for people."""

from triage.bundle.document import Document


def render(document: Document) -> str:
    """The whole page."""
    return f"<!doctype html><title>seek</title>{len(document.findings)}\n"
