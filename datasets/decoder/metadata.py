"""When and where a picture was taken, as its camera wrote it (EXIF 2.32). Read out, then removed from the file."""

import re
from datetime import UTC, datetime

import pyvips

_TIME = "%Y:%m:%d %H:%M:%S"
_OFFSET = re.compile(r"[+-]\d\d:\d\d")


def captured_at(image: pyvips.Image) -> str | None:
    """ISO 8601. A camera that names no offset is taken to keep UTC."""
    text, offset = _text(image, "exif-ifd2-DateTimeOriginal"), _text(image, "exif-ifd2-OffsetTimeOriginal")
    zone = offset if _OFFSET.fullmatch(offset) else "+00:00"
    try:
        return datetime.strptime(f"{text}{zone}", f"{_TIME}%z").astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def location(image: pyvips.Image) -> dict[str, float] | None:
    """Degrees, north and east positive, rounded to about 1 m."""
    latitude, longitude = _degrees(image, "Latitude", "S"), _degrees(image, "Longitude", "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return {"latitude": round(latitude, 5), "longitude": round(longitude, 5)}


def _degrees(image: pyvips.Image, name: str, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (_ratio(part) for part in _text(image, f"exif-ifd3-GPS{name}").split())
    except (ValueError, ZeroDivisionError):
        return None
    sign = -1 if _text(image, f"exif-ifd3-GPS{name}Ref") == negative else 1
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _ratio(text: str) -> float:
    numerator, _slash, denominator = text.partition("/")
    return int(numerator) / int(denominator or 1)


def _text(image: pyvips.Image, field: str) -> str:
    """libvips writes `value (value, type, components, bytes)`."""
    if image.get_typeof(field) == 0:
        return ""
    return str(image.get(field)).rsplit(" (", 1)[0].strip()
