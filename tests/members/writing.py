"""Archives of every kind that libarchive writes, made in memory by the system's own library."""

import ctypes
from collections.abc import Mapping

_REGULAR = 0o100000


def archived(
    form: str,
    members: Mapping[str, bytes],
    *,
    packed: str = "",
    options: str = "",
    password: str = "",
    room: int = 4 * 1024 * 1024,
) -> bytes:
    """`form`, `packed`: as in the names of libarchive's calls: `7zip`, `zip`, `cpio`; `gzip` …
    `room`: bytes that it may take."""
    library = ctypes.CDLL("libarchive.so.13")
    for name in ("archive_write_new", "archive_entry_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.archive_error_string.restype = ctypes.c_char_p
    library.archive_write_data.restype = ctypes.c_ssize_t
    archive = ctypes.c_void_p(library.archive_write_new())

    def ok(status: int) -> None:
        assert status >= 0, library.archive_error_string(archive)

    ok(getattr(library, f"archive_write_set_format_{form}")(archive))
    if packed:
        ok(getattr(library, f"archive_write_add_filter_{packed}")(archive))
    ok(library.archive_write_set_bytes_in_last_block(archive, 1))
    if options:
        ok(library.archive_write_set_options(archive, options.encode()))
    if password:
        ok(library.archive_write_set_passphrase(archive, password.encode()))
    written = ctypes.create_string_buffer(room)
    used = ctypes.c_size_t()
    ok(
        library.archive_write_open_memory(
            archive, written, ctypes.c_size_t(room), ctypes.byref(used)
        )
    )
    for name, content in members.items():
        entry = ctypes.c_void_p(library.archive_entry_new())
        library.archive_entry_set_pathname_utf8(entry, name.encode())
        library.archive_entry_set_size(entry, ctypes.c_int64(len(content)))
        library.archive_entry_set_filetype(entry, ctypes.c_uint(_REGULAR))
        library.archive_entry_set_perm(entry, ctypes.c_uint(0o644))
        ok(library.archive_write_header(archive, entry))
        assert library.archive_write_data(archive, content, ctypes.c_size_t(len(content))) == len(
            content
        )
        library.archive_entry_free(entry)
    ok(library.archive_write_close(archive))
    library.archive_write_free(archive)
    return ctypes.string_at(written, used.value)
