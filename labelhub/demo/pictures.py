"""Labelled pictures for the demo, cut from photographs that two packages carry and whose origin is known.

scikit-image: CC0 or public domain, as its documentation says of each. scikit-learn's two: CC BY 2.0. Labels come
from the pictures' own subject, from boxes drawn by hand, or from a measurement that the description names.
"""

import csv
import json
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyvips
from numpy.typing import NDArray
from skimage import color, feature, filters, io, measure, morphology, segmentation
from sklearn.datasets import load_digits

from labelhub.demo.scenes import SCENES, Box

Picture = NDArray[np.uint8]


def picture(name: str) -> Picture:
    """One of the packages' own photographs, RGB or grey."""
    package = "sklearn.datasets.images" if name in {"china.jpg", "flower.jpg"} else "skimage.data"
    with as_file(files(package) / name) as path:
        found: Picture = io.imread(path)
    return found[:, :, :3] if found.ndim == 3 else found


def write_scenes(folder: Path) -> None:
    """COCO: eight photographs with boxes drawn by hand."""
    names = sorted({box[0] for boxes in SCENES.values() for box in boxes})
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, (name, boxes) in enumerate(SCENES.items(), 1):
        pixels = picture(name)
        file_name = f"{Path(name).stem}.jpg"
        save(folder / file_name, pixels)
        height, width = pixels.shape[:2]
        images.append({"id": number, "file_name": file_name, "width": width, "height": height})
        for label, x, y, w, h in boxes:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": names.index(label) + 1,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": 0,
                }
            )
    categories = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    document = {"images": images, "categories": categories, "annotations": annotations}
    (folder / "annotations.json").write_text(json.dumps(document))


def write_textures(folder: Path, *, size: int = 128, step: int = 96) -> None:
    """Image folders: overlapping tiles of three surfaces, the folder being the class."""
    for name in ("brick", "grass", "gravel"):
        for number, (_x, _y, tile) in enumerate(tiles(picture(f"{name}.png"), size, step)):
            save(folder / name / f"{name}-{number:03d}.jpg", tile)


def write_digits(folder: Path, *, count: int = 400) -> None:
    """Image folders: handwritten digits of 8 x 8 pixels, enlarged sixteenfold so that they can be seen."""
    digits = load_digits()
    for number in range(count):
        grey = 255 - np.rint(digits.images[number] * 255 / 16).astype(np.uint8)
        save(
            folder / str(digits.target[number]) / f"digit-{number:04d}.png", np.kron(grey, np.ones((16, 16), np.uint8))
        )


def write_coins(folder: Path) -> None:
    """Pascal VOC: overlapping views of a photograph of antique coins, with a box around each whole coin."""
    photograph = picture("coins.png")
    edges = morphology.closing(photograph > filters.threshold_otsu(photograph), morphology.footprint_rectangle((3, 3)))
    regions = measure.regionprops(measure.label(segmentation.clear_border(edges)))
    coins = [region.bbox for region in regions if region.area > 100]
    for number, (left, top, view) in enumerate(tiles(photograph, 160, 48)):
        inside = [
            ("coin", x0 - left, y0 - top, x1 - x0, y1 - y0)
            for y0, x0, y1, x1 in coins
            if x0 >= left and y0 >= top and x1 <= left + 160 and y1 <= top + 160
        ]
        write_voc(folder, f"coins-{number:03d}", view, inside)


def write_galaxies(folder: Path) -> None:
    """Pascal VOC: views of the Hubble deep field, with a box around each bright object that a blob detector finds."""
    field = picture("hubble_deep_field.jpg")
    for number, (_left, _top, view) in enumerate(tiles(field, 256, 176)):
        blobs = feature.blob_log(color.rgb2gray(view), min_sigma=3, max_sigma=18, num_sigma=8, threshold=0.2)
        boxes = [box for y, x, sigma in blobs if (box := around(x, y, 1.8 * sigma, 256)) is not None]
        write_voc(folder, f"field-{number:03d}", view, boxes)


def write_tissue(folder: Path) -> None:
    """CSV: tiles of stained tissue, labelled by the share of brown stain after colour unmixing."""
    rows = []
    for number, (_left, _top, tile) in enumerate(tiles(picture("ihc.png"), 128, 64)):
        stain = color.rgb2hed(tile)[:, :, 2]
        share = float((stain > 0.05).mean())
        name = f"tissue-{number:03d}.jpg"
        save(folder / name, tile)
        rows.append([name, "stained, strong" if share > 0.6 else "stained, weak" if share > 0.35 else "not stained"])
    with (folder / "labels.csv").open("w", newline="") as out:
        csv.writer(out).writerows([["filename", "label"], *rows])


def tiles(pixels: Picture, size: int, step: int) -> Iterator[tuple[int, int, Picture]]:
    """Square views as (left, top, pixels)."""
    height, width = pixels.shape[:2]
    for top in range(0, height - size + 1, step):
        for left in range(0, width - size + 1, step):
            yield left, top, pixels[top : top + size, left : left + size]


def around(x: float, y: float, radius: float, size: int) -> Box | None:
    """The box around a blob, or None when it touches the border of its view."""
    left, top, side = int(x - radius), int(y - radius), int(2 * radius) + 1
    if left < 0 or top < 0 or left + side > size or top + side > size:
        return None
    return ("galaxy or star", left, top, side, side)


def write_voc(folder: Path, name: str, pixels: Picture, boxes: list[Box]) -> None:
    save(folder / "JPEGImages" / f"{name}.jpg", pixels)
    height, width = pixels.shape[:2]
    objects = "".join(
        f"<object><name>{escape(label)}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin>"
        f"<xmax>{x + w}</xmax><ymax>{y + h}</ymax></bndbox></object>"
        for label, x, y, w, h in boxes
    )
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    path = folder / "Annotations" / f"{name}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<annotation><filename>{name}.jpg</filename>{size}{objects}</annotation>")


def save(path: Path, pixels: Picture) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"Q": 92} if path.suffix == ".jpg" else {}
    pyvips.Image.new_from_array(np.ascontiguousarray(pixels)).write_to_file(str(path), **options)
