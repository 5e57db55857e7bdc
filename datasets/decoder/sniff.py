"""What a file is, by its first bytes. Its name is never believed."""

from dataclasses import dataclass

HEAD_BYTES = 512


@dataclass(frozen=True)
class ImageType:
    media_type: str
    extension: str
    aliases: tuple[str, ...] = ()

    def is_named_by(self, file_name: str) -> bool:
        _stem, _dot, extension = file_name.lower().rpartition(".")
        return extension == self.extension or extension in self.aliases


JPEG = ImageType("image/jpeg", "jpg", ("jpeg", "jpe", "jfif"))
PNG = ImageType("image/png", "png", ("apng",))
WEBP = ImageType("image/webp", "webp")
GIF = ImageType("image/gif", "gif")
TIFF = ImageType("image/tiff", "tif", ("tiff",))

_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
)

_OTHERS = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BM", "BMP"),
    (b"8BPS", "Photoshop"),
    (b"%!PS", "PostScript"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"RIFF", "RIFF"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
)
_ISO_MEDIA = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}
_MARKUP = ((b"<svg", "SVG"), (b"<html", "HTML"), (b"<!doctype html", "HTML"), (b"<?xml", "XML"))


def image_type(head: bytes) -> ImageType | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return next((found for magic, found in _SIGNATURES if head.startswith(magic)), None)


def other_type(head: bytes) -> str:
    """A short name for what is not one of our images, or an empty string."""
    if head[4:8] == b"ftyp":
        return _ISO_MEDIA.get(head[8:12], "video")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    markup = next((name for start, name in _MARKUP if text.startswith(start)), "")
    if markup:
        return "SVG" if b"<svg" in text else markup
    return next((name for magic, name in _OTHERS if head.startswith(magic)), "")
