"""Real and hostile pictures, made on the spot."""

import struct
import zlib
from typing import Any

import pyvips

GPS = {
    "exif-ifd3-GPSLatitude": "52/1 30/1 36/1",
    "exif-ifd3-GPSLatitudeRef": "S",
    "exif-ifd3-GPSLongitude": "13/1 24/1 0/1",
    "exif-ifd3-GPSLongitudeRef": "E",
}
TAKEN = {"exif-ifd2-DateTimeOriginal": "2024:05:06 07:08:09", "exif-ifd2-OffsetTimeOriginal": "+02:00"}
OWNER = "Jane Producer of Potsdam"
XMP = b"<x:xmpmeta><exif:GPSLatitude>52,30.6S</exif:GPSLatitude>" + OWNER.encode() + b"</x:xmpmeta>"


def photograph(width: int = 300, height: int = 200, seed: int = 1) -> pyvips.Image:
    """Coloured noise over a gradient: no two seeds alike, no corner like another."""
    noise = pyvips.Image.gaussnoise(width, height, mean=60, sigma=25, seed=seed)
    ramp = pyvips.Image.xyz(width, height)
    across, down = ramp[0] * (150 / width), ramp[1] * (150 / height)
    bands = (noise + across).bandjoin([noise + down, noise + 90])
    return bands.cast("uchar").copy(interpretation="srgb")


def with_metadata(image: pyvips.Image, **fields: Any) -> pyvips.Image:
    """EXIF fields as libvips names them; orientation, owner, place and XMP as well."""
    marked = image.copy()
    for name, value in {**GPS, **TAKEN, "exif-ifd0-Artist": OWNER, **fields}.items():
        marked.set_type(pyvips.GValue.gstr_type, name, value)
    marked.set_type(pyvips.GValue.blob_type, "xmp-data", XMP)
    return marked


def turned(image: pyvips.Image, orientation: int) -> pyvips.Image:
    marked = image.copy()
    marked.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return marked


def jpeg(width: int = 300, height: int = 200, seed: int = 1) -> bytes:
    return bytes(photograph(width, height, seed).jpegsave_buffer(Q=85))


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int, height: int) -> bytes:
    """A few kilobytes that say they are width x height pixels of four bytes."""
    rows = zlib.compress(bytes(width * 4 + 1) * min(height, 1000), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_bomb(frames: int, width: int, height: int) -> bytes:
    """A canvas of width x height; each frame changes one pixel of it and costs fifteen bytes."""
    screen = struct.pack("<6sHHBBB", b"GIF89a", width, height, 0x80, 0, 0) + bytes(3) + b"\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return screen + frame * frames + b";"


def film(frames: int, width: int = 300, height: int = 200) -> pyvips.Image:
    pages = pyvips.Image.arrayjoin([photograph(width, height, seed) for seed in range(frames)], across=1).copy()
    pages.set_type(pyvips.GValue.gint_type, "page-height", height)
    return pages
