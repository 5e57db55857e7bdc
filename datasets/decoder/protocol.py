"""What the decoder and those who feed it say to each other: one JSON object a line."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

ORIGINAL = "original"
THUMBNAIL = "thumbnail.webp"
PREVIEW = "preview.webp"
DISPLAY = "display.webp"
READY = b"ready\n"


@dataclass(frozen=True)
class Limits:
    """What one image may cost."""

    pixels: int = 50_000_000
    cpu_seconds: int = 60
    memory_bytes: int = 2 * 1024**3
    written_bytes: int = 1024**3


@dataclass(frozen=True)
class Request:
    """`path` is what came in, `folder` takes what is made of it, `name` is what its owner calls it."""

    path: str
    folder: str
    name: str


@dataclass(frozen=True)
class Picture:
    """A readable image. Width and height are those of the upright image in pixels; `sha256` is of ORIGINAL."""

    sha256: str
    byte_size: int
    media_type: str
    extension: str
    width: int
    height: int
    perceptual_hash: int
    has_display: bool
    captured_at: str | None = None
    location: dict[str, float] | None = None
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Refusal(Exception):
    """Why an image is not kept: a code for programs, and what the sentence for people needs."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)


Reply = Picture | Refusal


def dump_request(request: Request) -> bytes:
    return json.dumps(asdict(request)).encode() + b"\n"


def load_request(line: bytes) -> Request:
    return Request(**json.loads(line))


def dump_reply(reply: Reply) -> bytes:
    return json.dumps([type(reply).__name__, asdict(reply)]).encode() + b"\n"


def load_reply(line: bytes) -> Reply:
    name, values = json.loads(line)
    return Picture(**values) if name == Picture.__name__ else Refusal(**values)
