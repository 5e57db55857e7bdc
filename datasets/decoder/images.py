"""One image from what came in to what is stored, sold and shown."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyvips

from datasets.decoder import metadata, renditions, strip
from datasets.decoder.protocol import ORIGINAL, Picture, Refusal, Request
from datasets.decoder.sniff import GIF, HEAD_BYTES, JPEG, PNG, TIFF, WEBP, ImageType, image_type, other_type

SHOWN_AS_IS_BYTES = 1_500_000
SHOWN_AS_IS = (JPEG, PNG, WEBP)

_STRIP: dict[ImageType, Callable[[bytes], Iterator[strip.Part]]] = {
    JPEG: strip.jpeg,
    PNG: strip.png,
    WEBP: strip.webp,
}
_LAYOUTS = {"uchar", "ushort"}
_MOST_BANDS = 5


def allow_only_our_loaders() -> None:
    """libvips may open these five formats and nothing else."""
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in ("Jpeg", "Png", "Webp", "Nsgif", "Tiff"):
        pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
    pyvips.block_untrusted_set(True)


def read(request: Request, *, most_pixels: int) -> Picture:
    """Writes ORIGINAL and the renditions to the request's folder; raises Refusal."""
    kind = _sniffed(request.path)
    try:
        return _read(request, kind, most_pixels)
    except (pyvips.Error, strip.Damaged) as error:
        raise Refusal("damaged", {"detail": str(error).strip()[:200]}) from error


def _sniffed(path: str) -> ImageType:
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Refusal("empty")
    kind = image_type(head)
    if kind is None:
        raise Refusal("not_an_image", {"looks_like": other_type(head)})
    return kind


def _read(request: Request, kind: ImageType, most_pixels: int) -> Picture:
    header = pyvips.Image.new_from_file(request.path, access="sequential")
    frames = _check_size(header, most_pixels)
    turned = _orientation(header) != 1
    stored = _write_original(request, kind, turned=turned, frames=frames)
    original = Path(request.folder, ORIGINAL)
    shown, whole = _shown(original)
    with_display = stored not in SHOWN_AS_IS or original.stat().st_size > SHOWN_AS_IS_BYTES
    thumbnail = renditions.write(shown, Path(request.folder), with_display=with_display)
    sideways = _orientation(header) >= 5
    return Picture(
        sha256=_sha256(original),
        byte_size=original.stat().st_size,
        media_type=stored.media_type,
        extension=stored.extension,
        width=header.height if sideways else header.width,
        height=header.width if sideways else header.height,
        perceptual_hash=renditions.difference_hash(thumbnail),
        has_display=with_display,
        captured_at=metadata.captured_at(header),
        location=metadata.location(header),
        notes=_notes(request.name, kind, stored, frames, turned=turned, whole=whole),
    )


def _shown(original: Path) -> tuple[pyvips.Image, bool]:
    """The picture to show, and whether all of it could be read. Cameras do write files with small faults."""
    try:
        return renditions.base(str(original)), True
    except pyvips.Error:
        return renditions.base(str(original), fail_on="error"), False


def _check_size(header: pyvips.Image, most_pixels: int) -> int:
    """Returns the number of frames. All of them together must stay below the limit."""
    frames = int(header.get("n-pages")) if header.get_typeof("n-pages") else 1
    pixels = header.width * header.height
    if pixels > most_pixels:
        raise Refusal("too_many_pixels", {"megapixels": _mega(pixels), "limit": _mega(most_pixels)})
    if pixels * frames > most_pixels:
        raise Refusal("too_many_frames", {"frames": frames, "limit": _mega(most_pixels)})
    if header.format not in _LAYOUTS or header.bands > _MOST_BANDS:
        raise Refusal("pixel_layout", {"format": header.format, "bands": header.bands})
    return frames


def _mega(pixels: int) -> float:
    return round(pixels / 1_000_000, 1)


def _orientation(image: pyvips.Image) -> int:
    """EXIF orientation: 1 is upright, 5 to 8 lie on their side."""
    return int(image.get("orientation")) if image.get_typeof("orientation") else 1


def _write_original(request: Request, kind: ImageType, *, turned: bool, frames: int) -> ImageType:
    """Every pixel as received, except for a JPEG that has to be turned. Returns the type of what was written."""
    path = Path(request.folder, ORIGINAL)
    if kind in _STRIP and not turned and (kind is PNG or frames == 1):
        _write(path, _STRIP[kind](Path(request.path).read_bytes()))
        return kind
    image = pyvips.Image.new_from_file(request.path, fail_on="error", access="random" if turned else "sequential")
    return _encode(image.autorot(), path, kind)


def _encode(image: pyvips.Image, path: Path, kind: ImageType) -> ImageType:
    if kind is JPEG:
        image.jpegsave(str(path), Q=95, subsample_mode="off", optimize_coding=True, keep="icc")
    elif kind is WEBP:
        image.webpsave(str(path), lossless=True, keep="icc")
    elif kind is TIFF:
        image.tiffsave(str(path), compression="deflate", predictor="horizontal", keep="icc")
    else:
        image.pngsave(str(path), keep="icc")
    return PNG if kind is GIF else kind


def _write(path: Path, parts: Iterable[strip.Part]) -> None:
    with path.open("wb") as file:
        file.writelines(parts)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _notes(
    name: str, kind: ImageType, stored: ImageType, frames: int, *, turned: bool, whole: bool
) -> dict[str, dict[str, Any]]:
    """What a producer should know about a kept image, by code."""
    notes: dict[str, dict[str, Any]] = {}
    if not kind.is_named_by(name):
        notes["other_extension"] = {"type": kind.extension.upper()}
    if not whole:
        notes["partly_damaged"] = {}
    if turned:
        notes["turned_and_saved" if kind is JPEG else "turned"] = {}
    if frames > 1:
        notes["first_frame"] = {"frames": frames}
    if stored is not kind:
        notes["converted"] = {"from": kind.extension.upper(), "to": stored.extension.upper()}
    return notes
