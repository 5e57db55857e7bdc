"""The files of an upload as sources to read from: the loose ones together, and each zip archive on its own."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from datasets import staging, stored
from datasets.formats.matching import is_image
from datasets.formats.model import Problem, Source
from datasets.formats.sources import SourceError, ZipSource
from datasets.models import Upload, UploadFile

LABEL_FILES = (".xml", ".json", ".jsonl", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".names", ".md")
"""Read by the label formats, or nothing to us; never reported as a broken image."""
PAPERS = {"license", "licence", "readme", "copying", "notice", "authors", "changelog", "citation", "citation.cff"}
"""What comes along with published datasets."""


class LooseFiles:
    """Files received one by one, under the paths they had on their owner's machine."""

    def __init__(self, files: Iterable[UploadFile]) -> None:
        self.files = {file.name: file for file in files}

    def names(self) -> Iterable[str]:
        return self.files.keys()

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, stored.open_object(self.files[name].staging_key))

    def size(self, name: str) -> int:
        return self.files[name].byte_size

    def problems(self) -> Iterable[Problem]:
        return ()


class WithoutProblems:
    """A source whose refused members have been reported already."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.names, self.open, self.size = source.names, source.open, source.size

    def problems(self) -> Iterable[Problem]:
        return ()


@dataclass
class Intake:
    """What an upload holds. `prefix` tells the members of one archive from those of another in the report."""

    sources: list[tuple[str, Source]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def total(self) -> int:
        return sum(sum(1 for _name in media_names(source)) for _prefix, source in self.sources)


def open_intake(upload: Upload, stack: ExitStack) -> Intake:
    """Archives stay open until the stack closes; one that cannot be read becomes a problem."""
    intake, loose = Intake(), []
    for file in upload.files.exclude(staging_key="").order_by("pk").iterator():
        if _is_archive(file):
            _add_archive(intake, file, stack)
        else:
            loose.append(file)
    if loose:
        intake.sources.insert(0, ("", LooseFiles(loose)))
    return intake


def _is_archive(file: UploadFile) -> bool:
    name = file.name.lower()
    if name.endswith(".zip"):
        return True
    return not is_image(name) and not name.endswith(LABEL_FILES) and staging.is_zip(file.staging_key)


def _add_archive(intake: Intake, file: UploadFile, stack: ExitStack) -> None:
    try:
        archive = stack.enter_context(ZipSource(stack.enter_context(stored.open_object(file.staging_key))))
    except SourceError as error:
        intake.problems.append(Problem(file.name, "bad_archive", str(error)))
        return
    if not [*archive.names(), *archive.problems()]:
        intake.problems.append(Problem(file.name, "empty_archive", _("There are no files in this archive.")))
        return
    prefix = f"{file.name}/"
    intake.sources.append((prefix, archive))
    intake.problems += [replace(problem, where=prefix + problem.where) for problem in archive.problems()]


def media_names(source: Source) -> Iterator[str]:
    """Everything that does not call itself a label file, so that a PDF among the photographs is reported."""
    return (name for name in source.names() if not _is_beside_the_media(name.lower()))


def label_names(source: Source) -> Iterator[str]:
    """What calls itself a label file; a README of any kind does not."""
    return (name for name in source.names() if name.lower().endswith(LABEL_FILES) and not _is_paper(name.lower()))


def _is_paper(name: str) -> bool:
    return name.endswith(".md") or name.rpartition("/")[2].partition(".")[0] in PAPERS


def _is_beside_the_media(name: str) -> bool:
    return name.endswith(LABEL_FILES) or name.rpartition("/")[2] in PAPERS
