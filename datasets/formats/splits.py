"""Lists of the images of each split, such as train.txt."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from datasets.formats.matching import split_of, stem
from datasets.formats.model import Problem, Source
from datasets.formats.sources import lines

MAX_LIST = 64 * 2**20


def listed_splits(source: Source, is_list: Callable[[str], bool], splits: dict[str, str]) -> Iterator[Problem]:
    """Fill `splits` with the split of each listed image, by its name without extension; yield what cannot be read."""
    for name in filter(is_list, source.names()):
        if source.size(name) > MAX_LIST:
            yield Problem(name, "too_large", f"A list may have at most {MAX_LIST // 2**20} MB.")
            continue
        split = split_of(PurePosixPath(name).name)
        try:
            for line in lines(source, name, 4096):
                splits[stem(line.decode(errors="replace").strip())] = split
        except (OSError, ValueError) as error:
            yield Problem(name, "list", f"The list cannot be read: {error}")
