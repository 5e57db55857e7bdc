"""What /styleguide/ shows: a form in every state, sample rows, and photographs that scikit-image carries."""

import base64
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyvips
from django import forms

from core.pagination import KeysetPage

WIDTH = 480

# name -> boxes in pixels of the original: label, colour, x, y, w, h
PHOTOS: dict[str, list[tuple[str, int, float, float, float, float]]] = {
    "chelsea.png": [("cat", 0, 60, 22, 330, 270), ("eye", 1, 148, 92, 56, 46), ("eye", 1, 292, 106, 50, 46)],
    "coffee.png": [("cup", 2, 160, 24, 300, 230), ("spoon", 3, 322, 206, 84, 92)],
    "motorcycle_left.png": [
        ("motorcycle", 4, 110, 100, 560, 330),
        ("wheel", 7, 115, 210, 190, 210),
        ("wheel", 7, 480, 190, 190, 240),
    ],
    "rocket.jpg": [("rocket", 5, 300, 66, 42, 300)],
    "astronaut.png": [("face", 6, 168, 60, 112, 150), ("flag", 8, 4, 20, 150, 330)],
    "coins.png": [("coin", 9, 36, 26, 48, 46), ("coin", 9, 128, 20, 50, 52), ("worn coin", 14, 250, 34, 42, 40)],
    "camera.png": [("person", 10, 100, 60, 170, 440), ("camera", 11, 225, 100, 100, 100)],
    "ihc.png": [("stained", 17, 30, 60, 90, 80), ("cluster", 18, 260, 240, 140, 120)],
}


@cache
def photographs() -> list[dict[str, Any]]:
    spec = find_spec("skimage")
    folder = Path(str(spec.origin)).parent / "data" if spec else Path()
    return [_photograph(folder / name, boxes) for name, boxes in PHOTOS.items()]


def _photograph(path: Path, boxes: list[tuple[str, int, float, float, float, float]]) -> dict[str, Any]:
    whole = pyvips.Image.new_from_file(str(path))
    small = pyvips.Image.thumbnail(str(path), WIDTH)
    encoded = base64.b64encode(small.write_to_buffer(".jpg[Q=80]")).decode()
    return {
        "src": f"data:image/jpeg;base64,{encoded}",
        "width": whole.width,
        "height": whole.height,
        "alt": "",
        "caption": path.name,
        "href": "#media",
        "shapes": [
            {"label": label, "color_index": color, "x": x, "y": y, "w": w, "h": h} for label, color, x, y, w, h in boxes
        ],
    }


# Whole pages in their shells; the shells' own pages stand on real data elsewhere.
PAGES = {
    "index": "styleguide/index.html",
    "landing": "landing.html",
    "workspace": "styleguide/workspace.html",
    "domain-error": "errors/domain.html",
    "404": "404.html",
    "403": "403.html",
    "400": "400.html",
    "500": "500.html",
}

ORGANIZATION = SimpleNamespace(name="Heron Lab", slug="heron-lab", pseudonym="Amber Lynx")


class SampleForm(forms.Form):
    name = forms.CharField(help_text="Buyers see this. Say what the images show and where they come from.")
    email = forms.EmailField(required=False)
    price = forms.DecimalField(min_value=0, help_text="For the whole version, in euro.")
    split = forms.ChoiceField(choices=[("train", "Training"), ("test", "Test")])
    licence = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("evaluation", "Evaluation"), ("research", "Research"), ("commercial", "Commercial training")],
    )
    about = forms.CharField(widget=forms.Textarea, required=False)
    photographs = forms.FileField(required=False)
    confirmed = forms.BooleanField(label="I may sell these images", help_text="You made them, or bought the right.")


HELPS = {
    "evaluation": "Look at it, measure on it, publish nothing.",
    "research": "Publish results, not models that earn money.",
    "commercial": "Train and ship models. The images stay where they are.",
}

ANSWERS = {
    "commercial": {"answer": "yes", "word": "Allowed"},
    "redistribute": {"answer": "no", "word": "Not allowed"},
    "train": {"answer": "limited", "word": "With conditions", "note": "Models may ship; embeddings may not."},
    "credit": {"answer": "limited", "word": "Where reasonable"},
}

COLORS = "base-100 base-200 base-300 base-content muted line line-strong primary success warning error info"

CLASSES = [
    ("red blood cell", 4155), ("platelet", 361), ("white blood cell", 372), ("person", 1204), ("bicycle", 96),
    ("car", 812), ("traffic light", 77), ("dog", 240), ("cup", 31), ("chair", 144), ("bird", 58), ("boat", 22),
]  # fmt: skip


def _listings(photos: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: list[tuple[str, list[dict[str, Any]], int, str, str, int, str, str, float | None]] = [
        ("Everyday things at home", photos[:3], 4900, "EUR", "Quiet Heron", 364, "whole version", "Commercial", 0.972),
        (
            "Rockets, people and coins",
            photos[3:6],
            12,
            "USD",
            "Amber Lynx",
            12480,
            "image",
            "Research",
            None,
        ),
        ("Stained tissue", photos[7:8], 0, "EUR", "Northern Vole", 1, "", "CC BY 4.0", None),
        ("Coins", photos[5:8], 120000, "JPY", "Salt Meadow", 80, "whole version", "Evaluation", 0.914),
    ]
    names = ("title", "cover", "price", "currency", "producer", "items", "price_note", "licence", "quality")
    return [{**dict(zip(names, row, strict=True)), "href": "#media"} for row in rows]


def sample() -> dict[str, Any]:
    """The whole context of the page."""
    photos = photographs()
    rows = [{"label": name, "count": count, "color_index": index} for index, (name, count) in enumerate(CLASSES)]
    return {
        "sections": ["Foundations", "Controls", "Fields", "Media", "Tables", "Figures", "Feedback", "Openers"],
        "colors": COLORS.split(),
        "named": [{**photo, "names": True} for photo in photos[:4]],
        "pickable": [{**photo, "select_value": photo["caption"]} for photo in photos],
        "listings": _listings(photos),
        "figures": {"datasets": 4, "images": 12925, "labels": 88412},
        "labels": [{"name": name, "url": "#"} for name in ("person", "car", "blood cell", "dog", "coin")],
        "organization": ORGANIZATION,
        "capabilities": frozenset({"buy", "view_money"}),
        "error": {"message": "This version is frozen. Make a new version to change its labels."},
        "form": SampleForm(),
        "wrong_form": SampleForm({"email": "nobody", "price": "-1"}),
        "helps": HELPS,
        "answers": ANSWERS,
        "classes": sorted(rows, key=lambda row: -row["count"]),
        "all_labels": [(f"class {index + 1}", index) for index in range(20)],
        "chart_columns": ["Month", "Income", "Payouts"],
        "chart_rows": [
            ["May", 120.5, 0], ["June", 310, 200], ["July", 280.25, 300], ["August", 512, 250],
            ["September", 640.75, 500], ["October", 598, 600], ["November", 811, 500],
        ],
        "chips": [
            {"name": "Label", "value": "person", "remove_url": "?licence=research"},
            {"name": "Licence", "value": "Research", "remove_url": "?label=person"},
        ],
        "options": [
            {"label": "Research", "url": "?", "count": 128, "selected": True},
            {"label": "Commercial training", "url": "?", "count": 64, "selected": False},
            {"label": "Evaluation", "url": "?", "count": 12, "selected": False},
        ],
        "page": KeysetPage([], "?after=x", ""),
        "states": ["paid", "running", "pending", "paused", "failed", "hidden", "refunded", "draft", "archived"],
        "producers": ["Quiet Heron", "Amber Lynx", "Northern Vole", "Salt Meadow", "Iron Finch"],
    }  # fmt: skip
