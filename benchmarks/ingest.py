"""S9: images a second through the whole ingest, beside a bare libvips loop that makes the same renditions.

Ours is everything between the bytes of a zip archive and rows a producer can sell: receiving, unpacking, hashing,
checking, removing private metadata, renditions, perceptual hash, storing, and writing to the database, through the
real services and the real job. Both use the same number of processes, started anew each time.
"""

import io
import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyvips
from django.conf import settings

from accounts.models import Organization, User
from core.models import new_public_id
from datasets import stored
from datasets.decoding import ENVIRONMENT
from datasets.models import Annotation, Asset, Dataset, DatasetItem, LabelClass, LabelSchema, Upload, UploadOutcome
from datasets.services.datasets import create_dataset
from datasets.services.uploads import open_upload, receive_file, start_upload
from jobs import runner
from jobs.models import Job

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 3
LARGE = 24


def run() -> list[dict[str, Any]]:
    with TemporaryDirectory(prefix="labelhub-bench-") as folder:
        small = _sample_images() or _photographs(Path(folder), 300, 640, 480)
        large = _photographs(Path(folder), LARGE, 4000, 3000)
        return [
            _row("image ingest, small images", small, "of 640 x 480 or so"),
            _row("image ingest, photographs", large, "of 12 megapixels"),
        ]


def _row(name: str, images: Sequence[Path], size: str) -> dict[str, Any]:
    pairs = [(_ours(images), _bare(images)) for _repeat in range(REPEATS)]
    ours, reference = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    processes = settings.DECODER_PROCESSES
    return {
        "id": "S9",
        "name": name,
        "ours": round(ours, 1),
        "reference": round(reference, 1),
        "unit": "images/s",
        "ratio": round(ratio, 2),
        "goal": ">= 0.7",
        "against": "bare libvips loop, same renditions",
        "conditions": f"{len(images)} JPEG {size}, one zip, {processes} decoder processes, {os.cpu_count()} cores, "
        f"median of {REPEATS}",
    }


def _bare(images: Sequence[Path]) -> float:
    """Images a second."""
    began = time.perf_counter()
    with TemporaryDirectory(prefix="labelhub-bench-") as folder:
        parts = [images[place :: settings.DECODER_PROCESSES] for place in range(settings.DECODER_PROCESSES)]
        loops = [_loop(Path(folder, str(place)), part) for place, part in enumerate(parts)]
        statuses = [loop.wait() for loop in loops]
        if any(statuses):
            raise RuntimeError("the bare loop failed")
        return len(images) / (time.perf_counter() - began)


def _loop(home: Path, images: Sequence[Path]) -> "subprocess.Popen[str]":
    home.mkdir()
    paths = home / "paths.txt"
    paths.write_text("".join(f"{path}\n" for path in images))
    with paths.open() as listed:
        return subprocess.Popen(
            [sys.executable, "-m", "benchmarks.vips_loop", str(home)],
            stdin=listed,
            cwd=ROOT,
            env=ENVIRONMENT,
            text=True,
        )


def _ours(images: Sequence[Path]) -> float:
    """Images a second."""
    packed = _zip(images)
    with _dataset() as (dataset, user):
        began = time.perf_counter()
        upload = open_upload(dataset=dataset, actor=user)
        receive_file(upload=upload, name="images.zip", stream=io.BytesIO(packed))
        started = start_upload(upload=upload, actor=user)
        assert started.job is not None  # noqa: S101  # it was just started
        runner.run(started.job.pk)
        seconds = time.perf_counter() - began
        if Asset.objects.filter(organization=dataset.organization).count() != len(images):
            raise RuntimeError("not every image was kept")
    return len(images) / seconds


def _zip(images: Sequence[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for place, path in enumerate(images):
            archive.write(path, f"{place:05}{path.suffix}")
    return packed.getvalue()


@contextmanager
def _dataset() -> Iterator[tuple[Dataset, User]]:
    """An organisation of its own, which is gone afterwards with everything it had."""
    name = f"bench-{new_public_id()}"
    user = User.objects.create_user(f"{name}@bench.invalid")
    organization = Organization.objects.create(name=name, slug=name, pseudonym=name, pseudonym_slug=name)
    try:
        yield create_dataset(organization=organization, actor=user, name="S9"), user
    finally:
        _clear(organization)
        user.delete()


def _clear(organization: Organization) -> None:
    for asset in Asset.objects.filter(organization=organization):
        stored.remove([asset.storage_key, asset.thumbnail_key, asset.preview_key, asset.display_key])
    for rows in (
        UploadOutcome.objects.filter(upload__organization=organization),
        Annotation.objects.filter(dataset__organization=organization),
        DatasetItem.objects.filter(dataset__organization=organization),
        Upload.objects.filter(organization=organization),
        Asset.objects.filter(organization=organization),
        Dataset.objects.filter(organization=organization),
        LabelClass.objects.filter(schema__organization=organization),
        LabelSchema.objects.filter(organization=organization),
        Job.objects.filter(organization=organization),
    ):
        rows.delete()
    organization.delete()


def _sample_images() -> list[Path]:
    home = Path(os.environ.get("LABELHUB_SAMPLE_DATA", ROOT.parent / "shared" / "data")) / "images"
    return sorted([*home.glob("bccd/BCCD/JPEGImages/*.jpg"), *home.glob("coco_keypoints/*.jpg")])


def _photographs(folder: Path, number: int, width: int, height: int) -> list[Path]:
    """Detailed pictures, each another, for machines without the sample data."""
    made = []
    for seed in range(number):
        noise = pyvips.Image.gaussnoise(width // 4, height // 4, mean=128, sigma=45, seed=seed).resize(4)
        picture = noise.bandjoin([noise.rot180(), noise.flip("horizontal")]).cast("uchar")
        path = folder / f"{width}-{seed}.jpg"
        picture.copy(interpretation="srgb").jpegsave(str(path), Q=88)
        made.append(path)
    return made
