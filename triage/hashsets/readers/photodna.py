"""PhotoDNA values: 144 opaque bytes. No open tool computes them; we only carry them."""

import base64
import binascii

from triage.hashsets.records import WIDTHS


def photodna_of(text: str) -> bytes:
    """A value as VICS (base64, 192 characters) or CSV files (288 hex, or 144 numbers) write it.

    Raises ValueError with the reason.
    """
    text = text.strip()
    try:
        value = _decoded(text)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"not a PhotoDNA value: {error}") from error
    if len(value) != WIDTHS["photodna"]:
        raise ValueError(f"a PhotoDNA value has {len(value)} bytes, not {WIDTHS['photodna']}")
    return value


def _decoded(text: str) -> bytes:
    if "," in text:
        return bytes(int(number) for number in text.split(","))
    if len(text) == 2 * WIDTHS["photodna"]:
        return bytes.fromhex(text)
    return base64.b64decode(text, validate=True)
