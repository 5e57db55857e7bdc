"""What the decoder keeps, what it removes, and what it refuses. In this process; `test_decoding` runs the real one."""

import hashlib
from pathlib import Path

import pytest
import pyvips

from datasets.decoder import images, renditions
from datasets.decoder.protocol import ORIGINAL, PREVIEW, THUMBNAIL, Picture, Refusal, Request
from datasets.tests import pictures

LIMIT = 4_000_000


def read(folder: Path, data: bytes, name: str = "photo.jpg") -> Picture:
    path = folder / "received"
    path.write_bytes(data)
    return images.read(Request(str(path), str(folder), name), most_pixels=LIMIT)


def refusal(folder: Path, data: bytes, name: str = "photo.jpg") -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(folder, data, name)
    return caught.value


def pixels(data: bytes) -> bytes:
    return bytes(pyvips.Image.new_from_buffer(data, "").write_to_memory())


def original(folder: Path) -> bytes:
    return (folder / ORIGINAL).read_bytes()


PRIVATE = (b"Exif\0\0", b"xmpmeta", b"GPSLatitude", pictures.OWNER.encode(), b"PK\x03\x04", b"eXIf", b"EXIF", b"XMP ")


@pytest.mark.parametrize(
    ("name", "save"),
    [("a.jpg", "jpegsave_buffer"), ("a.png", "pngsave_buffer"), ("a.webp", "webpsave_buffer")],
)
def test_private_metadata_goes_and_every_pixel_stays(tmp_path: Path, name: str, save: str) -> None:
    marked = pictures.with_metadata(pictures.photograph())
    received = bytes(getattr(marked, save)()) + b"PK\x03\x04 a zip behind the picture"
    picture = read(tmp_path, received, name)
    assert any(word in received for word in (b"Exif\0\0", b"eXIf", b"EXIF"))
    assert not [word for word in PRIVATE if word in original(tmp_path)]
    assert pixels(original(tmp_path)) == pixels(received)
    assert picture.sha256 == hashlib.sha256(original(tmp_path)).hexdigest()
    assert picture.byte_size == len(original(tmp_path))


def test_time_and_place_are_read_out_before_they_are_removed(tmp_path: Path) -> None:
    picture = read(tmp_path, bytes(pictures.with_metadata(pictures.photograph()).jpegsave_buffer()))
    assert picture.captured_at == "2024-05-06T05:08:09+00:00"
    assert picture.location == {"latitude": -52.51, "longitude": 13.4}


def test_nonsense_in_the_metadata_is_no_reason_to_refuse(tmp_path: Path) -> None:
    odd = {"exif-ifd2-DateTimeOriginal": "0000:00:00 00:00:00", "exif-ifd3-GPSLatitude": "1/0 0/0 9/1"}
    picture = read(tmp_path, bytes(pictures.with_metadata(pictures.photograph(), **odd).jpegsave_buffer()))
    assert (picture.captured_at, picture.location) == (None, None)


def test_comments_and_thumbnails_inside_a_jpeg_go(tmp_path: Path) -> None:
    plain = pictures.jpeg()
    thumbnail = b"JFIF\0\1\1\0\0\1\0\1\2\2" + b"T" * 12
    loaded = plain[:2] + pictures.segment(0xE0, thumbnail) + pictures.segment(0xFE, b"made by Jane") + plain[20:]
    read(tmp_path, loaded)
    assert b"T" * 12 not in original(tmp_path)
    assert b"made by Jane" not in original(tmp_path)
    assert pixels(original(tmp_path)) == pixels(plain)


def test_the_colour_profile_stays(tmp_path: Path) -> None:
    wide = pictures.photograph().icc_transform("p3", input_profile="srgb")
    read(tmp_path, bytes(wide.jpegsave_buffer()))
    assert pyvips.Image.new_from_file(str(tmp_path / ORIGINAL)).get_typeof("icc-profile-data")


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_photograph_is_stored_upright(tmp_path: Path, orientation: int) -> None:
    marked = pictures.turned(pictures.photograph(), orientation)
    picture = read(tmp_path, bytes(marked.jpegsave_buffer(Q=95)))
    upright, stored = marked.autorot(), pyvips.Image.new_from_file(str(tmp_path / ORIGINAL))
    assert (picture.width, picture.height) == (stored.width, stored.height) == (upright.width, upright.height)
    assert (upright - stored).abs().avg() < 4
    assert "turned_and_saved" in picture.notes
    assert not stored.get_typeof("exif-data")


def test_a_turned_png_loses_nothing(tmp_path: Path) -> None:
    marked = pictures.turned(pictures.photograph(), 6)
    picture = read(tmp_path, bytes(marked.pngsave_buffer()), "a.png")
    assert pixels(original(tmp_path)) == bytes(marked.autorot().write_to_memory())
    assert "turned" in picture.notes


def test_a_gif_becomes_a_png_of_the_same_pixels(tmp_path: Path) -> None:
    received = bytes(pictures.photograph().gifsave_buffer())
    picture = read(tmp_path, received, "a.gif")
    stored = pyvips.Image.new_from_file(str(tmp_path / ORIGINAL))
    assert picture.media_type == "image/png"
    assert picture.notes == {"converted": {"from": "GIF", "to": "PNG"}}
    assert pixels(received) in {bytes(stored.write_to_memory()), bytes(stored.addalpha().write_to_memory())}


@pytest.mark.parametrize(("name", "save"), [("a.gif", "gifsave_buffer"), ("a.webp", "webpsave_buffer")])
def test_the_first_frame_of_a_film_is_kept_with_a_note(tmp_path: Path, name: str, save: str) -> None:
    picture = read(tmp_path, bytes(getattr(pictures.film(3, 60, 40), save)()), name)
    assert (picture.width, picture.height) == (60, 40)
    assert picture.notes["first_frame"] == {"frames": 3}


def test_deep_and_unusual_pixels_are_kept_as_they_are(tmp_path: Path) -> None:
    sixteen = (pictures.photograph().colourspace("b-w") * 256).cast("ushort").copy(interpretation="grey16")
    received = bytes(sixteen.tiffsave_buffer(compression="lzw"))
    assert read(tmp_path, received, "a.tif").media_type == "image/tiff"
    assert pixels(original(tmp_path)) == pixels(received)
    assert read(tmp_path, bytes(pictures.photograph().colourspace("cmyk").jpegsave_buffer())).width == 300


def test_previews_are_smaller_and_marked(tmp_path: Path) -> None:
    read(tmp_path, bytes(pyvips.Image.black(800, 600, bands=3).copy(interpretation="srgb").jpegsave_buffer()))
    preview = pyvips.Image.new_from_file(str(tmp_path / PREVIEW))
    assert (preview.width, preview.height) == (600, 450)
    assert preview.max() > 60, "the mark shows on black"
    assert pyvips.Image.new_from_file(str(tmp_path / THUMBNAIL)).width == renditions.THUMBNAIL_PIXELS


def test_a_tiny_picture_gets_a_preview_one_can_see(tmp_path: Path) -> None:
    read(tmp_path, pictures.jpeg(8, 8))
    assert pyvips.Image.new_from_file(str(tmp_path / PREVIEW)).width == renditions.SMALLEST_PREVIEW_PIXELS


def test_the_perceptual_hash_survives_a_re_encode_and_tells_pictures_apart(tmp_path: Path) -> None:
    def bits(data: bytes) -> int:
        return read(tmp_path, data).perceptual_hash & (2**64 - 1)

    one = pictures.photograph(600, 400)
    first, again = bits(bytes(one.jpegsave_buffer(Q=95))), bits(bytes(one.resize(0.5).jpegsave_buffer(Q=60)))
    other = bits(bytes(one.rot180().jpegsave_buffer()))
    assert (first ^ again).bit_count() <= 6
    assert (first ^ other).bit_count() > 12


def test_a_wrong_extension_is_noted_and_the_content_believed(tmp_path: Path) -> None:
    picture = read(tmp_path, pictures.jpeg(), "photo.png")
    assert picture.media_type == "image/jpeg"
    assert picture.notes == {"other_extension": {"type": "JPG"}}


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
        (b"<?xml version='1.0'?>\n<svg/>", "SVG"),
        (b"  <!DOCTYPE html><script>alert(1)</script>", "HTML"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypmp42", "video"),
        (b"BM....", "BMP"),
        (b"%!PS-Adobe-3.0 EPSF", "PostScript"),
        (b"hello", ""),
    ],
)
def test_what_is_not_an_image_is_refused_by_its_content(tmp_path: Path, data: bytes, looks_like: str) -> None:
    found = refusal(tmp_path, data)
    assert (found.code, found.data["looks_like"]) == ("not_an_image", looks_like)


def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    assert refusal(tmp_path, pictures.png_bomb(65_000, 65_000)).code == "too_many_pixels"
    assert refusal(tmp_path, pictures.gif_bomb(60, 2000, 1900)).data["frames"] == 60
    float_tiff = bytes(pictures.photograph().cast("float").tiffsave_buffer())
    assert refusal(tmp_path, float_tiff).code == "pixel_layout"
    assert refusal(tmp_path, b"").code == "empty"


def test_damaged_files_are_refused_or_noted(tmp_path: Path) -> None:
    photo, png = pictures.jpeg(), bytes(pictures.photograph().pngsave_buffer())
    webp = bytes(pictures.photograph().webpsave_buffer())
    for cut in (photo[: len(photo) // 2], photo[:4], png[: len(png) // 2], png[:40], webp[: len(webp) // 2], webp[:14]):
        assert refusal(tmp_path, cut).code == "damaged"
    assert refusal(tmp_path, pictures.png_bomb(1900, 2000)).code == "damaged"
    assert "partly_damaged" in read(tmp_path, photo[: len(photo) // 2] + b"\xff\xd9").notes
