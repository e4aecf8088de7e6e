"""Parts: pictures and videos that lie in an entry's content beside, before or behind its own.

Thumbnails are one kind of them: small pictures that outlive, betray or precede the large ones.

    embedded         inside a picture's first 64 KB: EXIF, JFXX, Photoshop, TIFF and raw formats
    freedesktop      Linux desktops: a PNG a picture, which says whose thumbnail it is

Caches, files that hold pictures and are none themselves:

    thumbs_db        Windows 98 to XP, and network folders later: an OLE compound file a folder
    thumbcache       Windows Vista to 11: thumbcache_*.db of each user
    quicklook        macOS: bare bitmaps in one file, a database beside it that says where and of
                     what; its newest rows may be in the write-ahead log (write_ahead)
    thumbdata        Android: .thumbdata3 to 5, a JPEG a slot
    blob_cache       Android's galleries: imgcache.0, mini.0 ...
    ithmb            iPod and early iPhone: JPEGs, or bare pixels of a size that the name tells
    chromium_entry   Chrome's kin on macOS, Linux and Android: a body a file, films in pieces
    chromium_blocks  Chrome's kin on Windows: small bodies in files of blocks, told by entries
    firefox_entry    Firefox since 32: a body, and behind it what tells how long it is

`cache.open_cache` tells which, by content, and by name where that says nothing. What no entry of a
cache uses is searched for pictures too (carving). All parsers read within bounds, follow no loop,
and take time linear in the size of what they read; what could not be looked at is said.
"""
