"""Removes what a picture says about its maker, at container level, so that every pixel stays as it was.

Kept: what decoders need to show the same colours (colour profiles, gamma, transparency) and the resolution.
Dropped: EXIF, XMP, IPTC, GPS, comments, embedded thumbnails, other applications' data, animation, and
whatever follows the picture's end.
"""

import re
import struct
from collections.abc import Iterator

Part = bytes | memoryview


class Damaged(ValueError):
    """The container does not follow its own format."""


# --- JPEG: ITU T.81 annex B -----------------------------------------------------------------------------
_EOI, _SOS, _COM = 0xD9, 0xDA, 0xFE
_APP0, _APP2, _APP14, _APP15 = 0xE0, 0xE2, 0xEE, 0xEF
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_MARKER_IN_SCAN = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")


def jpeg(data: bytes) -> Iterator[Part]:
    view, position = memoryview(data), 2
    yield view[:2]
    while True:
        position, marker = _next_marker(data, position)
        if marker == _EOI:
            yield b"\xff\xd9"
            return
        if marker in _STANDALONE:
            continue
        end = position + _segment_length(data, position)
        yield from _kept_segment(marker, view[position + 2 : end])
        position = end
        if marker == _SOS:
            position = _end_of_scan(data, end)
            yield view[end:position]


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    found = _MARKER_IN_SCAN.search(data, position)
    if found is None:
        raise Damaged("no end of image")
    return found.end(), found[1][0]


def _segment_length(data: bytes, position: int) -> int:
    if position + 2 > len(data):
        raise Damaged("cut off in a segment")
    length: int = struct.unpack_from(">H", data, position)[0]
    if length < 2 or position + length > len(data):
        raise Damaged("segment longer than the file")
    return length


def _end_of_scan(data: bytes, position: int) -> int:
    found = _MARKER_IN_SCAN.search(data, position)
    if found is None:
        raise Damaged("no end of scan")
    return found.start()


def _kept_segment(marker: int, payload: memoryview) -> Iterator[Part]:
    if marker == _APP0 and bytes(payload[:5]) == b"JFIF\0":
        payload = memoryview(bytes(payload[:12]) + b"\0\0")  # the last two bytes were its thumbnail's size
    elif (_APP0 <= marker <= _APP15 and not _needed_for_colour(marker, payload)) or marker == _COM:
        return
    yield struct.pack(">BBH", 0xFF, marker, len(payload) + 2)
    yield payload


def _needed_for_colour(marker: int, payload: memoryview) -> bool:
    return (marker == _APP2 and bytes(payload[:12]) == b"ICC_PROFILE\0") or (
        marker == _APP14 and bytes(payload[:5]) == b"Adobe"
    )


# --- PNG: W3C PNG third edition, section 11 -------------------------------------------------------------
_PNG_KEPT = frozenset(
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"pHYs"]
)


def png(data: bytes) -> Iterator[Part]:
    view, position = memoryview(data), 8
    yield view[:8]
    while True:
        if position + 12 > len(data):
            raise Damaged("no end of image")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise Damaged("chunk longer than the file")
        if kind in _PNG_KEPT:
            yield view[position:end]
        if kind == b"IEND":
            return
        position = end


# --- WebP: RFC 9649 ---------------------------------------------------------------------------------------
_WEBP_KEPT = frozenset([b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"])
_PRIVATE_FLAGS = 0x08 | 0x04  # EXIF, XMP


def webp(data: bytes) -> Iterator[Part]:
    """Stills only: an animation's frames are dropped with its ANMF chunks."""
    kept = list(_webp_chunks(data))
    yield struct.pack("<4sI4s", b"RIFF", 4 + sum(map(len, kept)), b"WEBP")
    yield from kept


def _webp_chunks(data: bytes) -> Iterator[Part]:
    view, position = memoryview(data), 12
    whole = 8 + struct.unpack_from("<I", data, 4)[0]
    if whole > len(data) + 1:  # the last pad byte is often missing
        raise Damaged("cut off")
    while position + 8 <= min(whole, len(data)):
        kind, length = struct.unpack_from("<4sI", data, position)
        end = position + 8 + length
        if end > len(data):
            raise Damaged("chunk longer than the file")
        if kind in _WEBP_KEPT:
            yield _without_flags(view[position:end]) if kind == b"VP8X" else view[position:end]
            yield b"\0" * (length % 2)
        position = end + length % 2


def _without_flags(chunk: memoryview) -> bytes:
    if len(chunk) < 18:
        raise Damaged("short header")
    return bytes(chunk[:8]) + bytes([chunk[8] & ~_PRIVATE_FLAGS]) + bytes(chunk[9:])
