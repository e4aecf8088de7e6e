"""What XMP says (ISO 16684-1), where there is no Exif: only named properties, by their prefixes.

It is XML that any program may have written: found by a pattern, not parsed, so that no entity is
expanded and no nesting followed.
"""

import re

from triage.capture.exif import place
from triage.capture.texts import Facts, cleaned, said, time_of
from triage.captured import Position

_VALUE = r"(?:\s*+=\s*+(?:\"([^\"<]{1,512}+)\"|'([^'<]{1,512}+)')|>\s*+([^<]{1,512}+)<)"
"""As an attribute or as an element; without a step back, however long the blanks are."""
_FACTS = re.compile(
    "(tiff:Make|tiff:Model|tiff:Orientation|tiff:Software|xmp:CreatorTool|xmp:CreateDate"
    "|exif:DateTimeOriginal|photoshop:DateCreated|exifEX:BodySerialNumber|aux:SerialNumber)"
    + _VALUE
)
_PLACE = re.compile("(exif:GPSLatitude|exif:GPSLongitude)" + _VALUE)
_ANGLE = re.compile(
    r"(\d{1,3}),(\d{1,2}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,12})?))?([NSEW])", re.ASCII
)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def xmp_facts(packet: bytes) -> Facts:
    """What a packet says."""
    told = _properties(packet, _FACTS)
    times = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
    orientation = told.get("tiff:Orientation", "")
    return said(
        make=told.get("tiff:Make"),
        model=told.get("tiff:Model"),
        serial=told.get("exifEX:BodySerialNumber") or told.get("aux:SerialNumber"),
        taken=next(filter(None, (time_of(told.get(name, "")) for name in times)), ""),
        software=told.get("tiff:Software") or told.get("xmp:CreatorTool"),
        orientation=int(orientation) if re.fullmatch("[1-8]", orientation) else 0,
    )


def xmp_position(packet: bytes) -> Position | None:
    """`52,31.5N` or `52,31,30N`: degrees, minutes and seconds of arc."""
    told = _properties(packet, _PLACE)
    latitude, longitude = told.get("exif:GPSLatitude", ""), told.get("exif:GPSLongitude", "")
    return place(_angle(latitude, "NS"), _angle(longitude, "EW"))


def _properties(packet: bytes, names: re.Pattern[str]) -> dict[str, str]:
    """The first value of each."""
    told: dict[str, str] = {}
    for found in names.finditer(packet.decode("utf-8", "replace")):
        value = found[2] or found[3] or found[4]
        for entity, character in _ENTITIES:
            value = value.replace(entity, character)
        told.setdefault(found[1], cleaned(value))
    return told


def _angle(text: str, sides: str) -> float | None:
    found = _ANGLE.fullmatch(text)
    if found is None or found[4] not in sides:
        return None
    angle = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
    return -angle if found[4] == sides[1] else angle
