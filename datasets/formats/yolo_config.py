"""The class names and the skeleton of a YOLO dataset: from data.yaml, obj.names or classes.txt."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from datasets.formats import checks
from datasets.formats.model import LabelClass, Problem, Skeleton, Source

MAX_FILE = 2**18
"""Bytes: thousands of classes fit, and the pure Python parser of YAML is done with them in seconds."""
_LISTS = ("obj.names", "classes.txt", "labels.txt", "predefined_classes.txt")


@dataclass
class Config:
    name: str = ""
    """The file it came from; empty when there is none, and classes are known by their number."""
    classes: dict[int, LabelClass] = field(default_factory=dict)
    points: int = 0
    """Keypoints of every object; 0 when the dataset has none."""
    values: int = 3
    """Numbers of each keypoint: x, y and, when 3, its visibility."""
    problems: list[Problem] = field(default_factory=list)

    def label(self, index: int) -> LabelClass:
        found = self.classes.get(index)
        if found is None and self.name:
            raise checks.Rejected("class_unknown", f"Class {index} is not among the names in {self.name}.")
        return found or LabelClass(f"class {index}", index, _points(None, self.points))


def config_names(source: Source) -> list[str]:
    """Files that may name the classes, the best first."""
    found = [name for name in source.names() if _rank(name) is not None]
    return sorted(found, key=lambda name: (_rank(name), name.count("/"), name))


def _rank(name: str) -> int | None:
    file = name.rpartition("/")[2].lower()
    if file.endswith((".yaml", ".yml")):
        return 0 if file.startswith("data") else 1
    return 2 + _LISTS.index(file) if file in _LISTS else 5 if file.endswith(".names") else None


def load(source: Source) -> Config:
    config = Config()
    for name in config_names(source):
        try:
            entries, document = _names(source, name)
            if entries:
                return _configured(name, entries, document)
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            reason = checks.quoted(str(error))
            config.problems.append(Problem(name, "config", f"The class names cannot be read: {reason}."))
    return config


def _names(source: Source, name: str) -> tuple[dict[int, object], dict[str, Any]]:
    """Class names by number, and the rest of the document when it is YAML."""
    if source.size(name) > MAX_FILE:
        raise ValueError("the file is too large")
    with source.open(name) as stream:
        text = stream.read(MAX_FILE).decode("utf-8-sig")
    if not name.lower().endswith((".yaml", ".yml")):
        return dict(enumerate(text.rstrip().splitlines())), {}
    # The base loader makes everything text, so that a class named `no` or `1.0` stays what it says.
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it builds nothing but text, lists and mappings)
    document = document if isinstance(document, dict) else {}
    return _numbered(document.get("names")), document


def _numbered(names: object) -> dict[int, object]:
    """Names as they are: an alias may stand for a list of lists without end, so only what is text is looked at."""
    if isinstance(names, dict):
        return {int(number): name for number, name in names.items()}
    return dict(enumerate(names)) if isinstance(names, list) else {}


def _configured(name: str, names: dict[int, object], document: dict[str, Any]) -> Config:
    if len(names) > checks.MAX_CLASSES:
        raise ValueError("there are too many classes")
    points, values = _shape(document.get("kpt_shape"))
    config = Config(name, points=points, values=values)
    point_names = document.get("kpt_names")
    for number, label in sorted(names.items()):
        given = point_names.get(str(number)) if isinstance(point_names, dict) else point_names
        try:
            config.classes[number] = LabelClass(checks.class_name(label), number, _points(given, points))
        except checks.Rejected as error:
            config.problems.append(Problem(f"{name}, class {number}", error.code, error.message))
    return config


def _shape(value: object) -> tuple[int, int]:
    """Points and numbers for each, from kpt_shape: [17, 3]."""
    if not isinstance(value, list):
        return 0, 3
    points, values = (int(each) for each in value if isinstance(each, str))
    if not 0 < points <= 1000 or values not in (2, 3):
        raise ValueError("kpt_shape must be like [17, 3]")
    return points, values


def _points(given: object, count: int) -> Skeleton | None:
    """The class's own point names, of which there may be fewer than `count`; else numbers."""
    if not count:
        return None
    named = given[:count] if isinstance(given, list) else []
    return checks.skeleton(named or [f"point {number}" for number in range(1, count + 1)], [], 0)
