"""What pictures and videos say of their own making. Values only.

Everything in here is the file's own claim: whoever wrote the file could write anything.
"""

from typing import Annotated

import msgspec

from triage.evidence import Value

MOST_TEXT = 128
"""Characters of one text."""
MOST_SECONDS = 366 * 86400
"""A video that claims to be longer claims nothing."""

Said = Annotated[str, msgspec.Meta(max_length=MOST_TEXT)]
"""A text of the file: printable characters only; `\\ufffd` where bytes were no text."""


class Capture(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Which device and program made a picture or video, and when; empty where it does not say."""

    make: Said = ""
    """Exif Make (271); XMP tiff:Make; MP4 `©mak`, `com.apple.quicktime.make`."""
    model: Said = ""
    """Exif Model (272), of DNG UniqueCameraModel (50708); XMP tiff:Model; MP4 `©mod`,
    `com.apple.quicktime.model`."""
    serial: Said = ""
    """The body's: Exif BodySerialNumber (42033), of DNG CameraSerialNumber (50735), the maker note
    of Nikon (29) and Canon (12); XMP exifEX:BodySerialNumber, aux:SerialNumber."""
    taken: Said = ""
    """ISO 8601 as the device's clock had it: `2020-08-27T23:16:12.007419+02:00`, with fraction and
    offset from UTC only where the file says them. Exif DateTimeOriginal (36867), else
    DateTimeDigitized (36868); XMP; MP4 `©day`, `com.apple.quicktime.creationdate`; AVI `IDIT`,
    `ICRD`; PNG `Creation Time`. Less of it where the file says less: `2020`, `2020-08-27`."""
    software: Said = ""
    """Exif Software (305); XMP xmp:CreatorTool; PNG `Software`; MP4 `©swr`, `©too`,
    `com.apple.quicktime.software`; Matroska WritingApp, MuxingApp; AVI `ISFT`."""
    orientation: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    """Exif Orientation (274), 1 to 8; 0: it does not say."""
    length_seconds: Annotated[float, msgspec.Meta(gt=0, le=MOST_SECONDS)] | None = None
    """Of a video: MP4 mvhd or mehd, Matroska Duration, AVI strh or avih; to the millisecond."""
    codec: Said = ""
    """Of a video's first track of pictures: MP4 sample entry (`avc1`), Matroska CodecID
    (`V_VP9`), AVI handler or compression (`XVID`)."""
    created: Said = ""
    """When the container says that it was made, ISO 8601 UTC: MP4 mvhd, Matroska DateUTC. Some
    cameras write their local time there, and say UTC."""


class Position(Value, frozen=True, kw_only=True, gc=False):
    """Where a picture or video says that it was taken: WGS 84. Asked for of findings only."""

    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    """Degrees, north positive."""
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    """Degrees, east positive."""
