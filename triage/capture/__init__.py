"""What pictures and videos say of their own making: device, program, time; and apart, the place.

    formats     which reader a beginning goes to: the two functions that the room is there for
    pictures    where Exif and XMP lie: JPEG, TIFF and raw formats, PNG, WebP
    heif        the same for HEIC and AVIF
    exif, xmp   what they say
    movies      MP4, MOV and 3GP
    matroska    Matroska and WebM
    avi         AVI
    texts       texts and times of a file, cleaned

Runs in the confined worker. Content is hostile: what is malformed is not said, and nothing raises.
"""

from triage.capture.formats import capture_of, position_of

__all__ = ["capture_of", "position_of"]
