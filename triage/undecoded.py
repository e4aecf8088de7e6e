"""Kinds of pictures that nobody decoded: a closed list, and the words for it. Values only.

Such a picture is compared by its digests and its name alone. Which kinds are decoded:
docs/decisions/decode.md.
"""

RAW = "camera raw"
"""A camera's raw file in which no JPEG was found."""
JPEG_XL = "JPEG XL"
"""Where libjxl is not installed."""
TOO_LARGE = "larger than the limit"
"""More bytes than the profile's `decode_bytes`."""
UNKNOWN_CONTENT = "named as a picture"
"""By its name, and its content is of no known type."""
FURTHER_RASTERS = "drawing with several pictures"
"""SVG or EPS: the largest of them was looked at."""
PIXMAP = "X pixmap (XPM, XBM)"
"""Those of 128 pixels and more: smaller ones are programs' icons."""
DAMAGED_MEMBER = "damaged, in an archive or document"
"""A member of a type that is decoded, and could not be, or not to its end."""
RASTER_IN_DRAWING = "drawing with a picture"
"""SVG or EPS: what lies in it could not be taken out."""

BY_TYPE = {
    "image/x-canon-crw": RAW,
    "image/x-minolta-mrw": RAW,
    "image/x-x3f": RAW,
    "image/x-psb": "Photoshop, large (PSB)",
    "image/x-xcf": "GIMP (XCF)",
    "image/x-paintnet": "Paint.NET",
    "image/jxr": "JPEG XR",
    "image/x-exr": "OpenEXR",
    "image/fits": "FITS",
    "image/vnd.radiance": "Radiance (HDR)",
    "image/bpg": "BPG",
    "image/flif": "FLIF",
    "image/x-pgf": "PGF",
    "image/x-jng": "JNG, MNG",
    "image/x-mng": "JNG, MNG",
    "image/x-ilbm": "Amiga (ILBM)",
    "image/x-photo-cd": "Photo CD",
    "image/x-dcx": "PCX, several (DCX)",
    "image/x-xwindowdump": "X window dump",
    "image/x-jbig2": "JBIG2",
    "image/ktx": "texture (KTX)",
    "image/x-blp": "texture (BLP)",
    "image/x-msp": "Microsoft Paint (MSP)",
    "application/dicom": "DICOM",
}
"""What a type that nobody decodes is called; of types that are not here, drawings among them,
nothing is said."""

KINDS = frozenset(
    {*BY_TYPE.values(), RAW, JPEG_XL, TOO_LARGE, UNKNOWN_CONTENT, FURTHER_RASTERS,
     PIXMAP, RASTER_IN_DRAWING, DAMAGED_MEMBER}
)  # fmt: skip
