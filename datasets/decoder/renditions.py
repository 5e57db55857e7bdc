"""The smaller pictures that pages show: a thumbnail, a watermarked preview, a view to label on."""

from functools import cache
from pathlib import Path

import pyvips

from datasets.decoder.protocol import DISPLAY, PREVIEW, THUMBNAIL

THUMBNAIL_PIXELS = 320
PREVIEW_PIXELS = 1024
SMALLEST_PREVIEW_PIXELS = 256
DISPLAY_PIXELS = 2048
PREVIEW_SHARE = 0.75

WATERMARK = Path(__file__).with_name("watermark.png")


def base(path: str, *, fail_on: str = "warning") -> pyvips.Image:
    """The picture in sRGB, 8 bits, on white, at most DISPLAY_PIXELS a side, decoded to its last byte."""
    image = pyvips.Image.thumbnail(path, DISPLAY_PIXELS, height=DISPLAY_PIXELS, size="down", fail_on=fail_on)
    if image.hasalpha():
        image = image.flatten(background=255 if image.format == "uchar" else 65535)
    return _in_srgb(image).cast("uchar").copy_memory()


def _in_srgb(image: pyvips.Image) -> pyvips.Image:
    """A profile costs ten times the rest of the work, so it is applied only where there is one, and after shrinking."""
    is_cmyk = image.interpretation == "cmyk"
    if is_cmyk or image.get_typeof("icc-profile-data"):
        return image.icc_transform("srgb", embedded=True, input_profile="cmyk" if is_cmyk else "srgb", depth=8)
    return image.colourspace("srgb")


def write(image: pyvips.Image, folder: Path, *, with_display: bool) -> pyvips.Image:
    """`image` comes from `base`. Returns the thumbnail."""
    if with_display:
        _save(image, folder / DISPLAY, quality=85)
    reduced = _scaled(image, preview_side(max(image.width, image.height))).copy_memory()
    _save(_watermarked(reduced), folder / PREVIEW, quality=75)
    thumbnail = _scaled(reduced, THUMBNAIL_PIXELS).copy_memory()
    _save(thumbnail, folder / THUMBNAIL, quality=75)
    return thumbnail


def preview_side(longest: int) -> int:
    """Never all pixels of a sold picture, never too small for the watermark to be read."""
    return min(PREVIEW_PIXELS, max(SMALLEST_PREVIEW_PIXELS, round(longest * PREVIEW_SHARE)))


def difference_hash(image: pyvips.Image) -> int:
    """dHash: 64 bits, each says whether a pixel of the 9 x 8 grey picture is brighter than its right neighbour.

    Returned as a signed 64-bit integer, as PostgreSQL stores it.
    """
    small = image.thumbnail_image(9, height=8, size="force").colourspace("b-w")
    grey = bytes(small.cast("uchar").write_to_memory())
    bits = 0
    for row in range(8):
        for left, right in zip(grey[row * 9 : row * 9 + 8], grey[row * 9 + 1 : row * 9 + 9], strict=True):
            bits = bits << 1 | (left > right)
    return bits - (1 << 64) if bits >> 63 else bits


def _scaled(image: pyvips.Image, longest: int) -> pyvips.Image:
    if max(image.width, image.height) < longest and longest == SMALLEST_PREVIEW_PIXELS:
        factor = longest / max(image.width, image.height)
        return image.resize(factor, kernel="nearest")
    return image.thumbnail_image(longest, height=longest, size="down")


@cache
def _watermark() -> pyvips.Image:
    """Enough repeats for the largest preview, premultiplied once."""
    tile = pyvips.Image.pngload(str(WATERMARK))
    across, down = -(-PREVIEW_PIXELS // tile.width), -(-PREVIEW_PIXELS // tile.height)
    return tile.replicate(across, down).premultiply().copy_memory()


def _watermarked(image: pyvips.Image) -> pyvips.Image:
    mark = _watermark().crop(0, 0, image.width, image.height)
    opaque = image.bandjoin(255)
    return opaque.composite2(mark, "over", premultiplied=True).flatten()


def _save(image: pyvips.Image, path: Path, *, quality: int) -> None:
    image.webpsave(str(path), Q=quality, effort=2, keep="none")
