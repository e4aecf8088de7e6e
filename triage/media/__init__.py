"""How pictures and videos are laid out: the walks that rooms share, and nothing of what they mean.

    window     a beginning, and a few bounded reads further on
    jpeg       segments before a JPEG's own data
    tiff       directories of TIFF, raw formats and Exif
    chunks     chunks of PNG and RIFF (WebP, AVI)
    boxes      boxes of ISO base media files (MP4, MOV, HEIF)
    heif       items of a HEIF, and the tiles of its first picture
    hevc       what a picture in HEVC says of its colours
    several    how many pictures a file holds one after the other
    programs   packets of MPEG's transport and program streams
    codes      units of video without a container: H.264, HEVC, MPEG
    av1        units of AV1, and its key frames' header
    avif       a key frame of AV1 as a picture file
    flash      tags of Flash films

All take hostile bytes: what lies beyond the end is nothing, every loop is bounded, none raises.
"""
