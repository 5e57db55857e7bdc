import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.rules import manifest
from datasets.rules.manifest import ManifestEntry

CLASSES = [{"name": "cell, red", "color_index": 3, "skeleton": None}]
ENTRY: ManifestEntry = {
    "name": "000001-abcdefghjkmnpqrs.jpg",
    "sha256": "0" * 64,
    "media_type": "image/jpeg",
    "width": 640,
    "height": 480,
    "byte_size": 1234,
    "split": "train",
    "annotations": [
        {
            "class": "cell, red",
            "kind": "box",
            "geometry": {"x": 1.5, "y": 2.0, "width": 30, "height": 40.25, "rotation": 0.0},
            "attributes": {"größe": "klein"},
            "confidence": None,
            "provenance": "import",
        }
    ],
}
FILE = (
    '{"classes":[{"color_index":3,"name":"cell, red","skeleton":null}],"format":"labelhub-manifest-1"}\n'
    '{"annotations":[{"attributes":{"größe":"klein"},"class":"cell, red","confidence":null,'
    '"geometry":{"height":40.25,"rotation":0,"width":30,"x":1.5,"y":2},"kind":"box","provenance":"import"}],'
    '"byte_size":1234,"height":480,"media_type":"image/jpeg","name":"000001-abcdefghjkmnpqrs.jpg",'
    '"sha256":"0000000000000000000000000000000000000000000000000000000000000000","split":"train","width":640}\n'
).encode()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, width=32) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: "inf" not in repr(value))


def test_the_file_is_exactly_this() -> None:
    assert b"".join(manifest.lines(CLASSES, [ENTRY])) == FILE


def test_the_hash_is_that_of_the_file() -> None:
    found = manifest.sha256(manifest.lines(CLASSES, [ENTRY]))
    assert found == hashlib.sha256(FILE).hexdigest()
    assert found == "f35f940401917332c800eed2c49a27e92c4adbd17f31ffc81b8e52fffd0067b7"


def test_an_empty_manifest_still_has_its_classes() -> None:
    assert b"".join(manifest.lines([], [])) == b'{"classes":[],"format":"labelhub-manifest-1"}\n'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (-0.0, "0"),
        (0.1, "0.1"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ((1, 2.5), "[1,2.5]"),
        ('"\n\u2028ß', '"\\"\\n\u2028ß"'),
    ],
)
def test_canonical_values(value: object, text: str) -> None:
    assert manifest.canonical(value) == text


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        manifest.canonical(float("nan"))


@given(JSON)
def test_writing_what_was_read_changes_nothing(value: object) -> None:
    text = manifest.canonical(value)
    assert manifest.canonical(json.loads(text)) == text
    assert "\n" not in text
