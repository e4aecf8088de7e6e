"""Parts: pictures and videos that lie in an entry's content beside, before or behind its own.

Thumbnails are one kind of them: small pictures that outlive, betray or precede the large ones.

    embedded     inside a picture's first 64 KB: EXIF, JFXX, Photoshop, TIFF and raw formats
    thumbs_db    Windows 98 to XP, and network folders later: an OLE compound file a folder
    thumbcache   Windows Vista to 11: thumbcache_*.db of each user
    freedesktop  Linux desktops: a PNG a picture, which says whose thumbnail it is
    quicklook    macOS: raw bitmaps in one file, a database beside it that says where and of what

`cache.open_cache` tells which, by content, and QuickLook's by its name. All parsers read within
bounds, follow no loop, and take time linear in the size of what they read; what is damaged is left
out and said.
"""
