"""The bare loop of S9: `python -m benchmarks.vips_loop FOLDER` makes the renditions of each path on standard input."""

import sys
from pathlib import Path

import pyvips

from datasets.decoder import renditions
from datasets.decoder.images import SHOWN_AS_IS_BYTES


def main() -> None:
    folder = Path(sys.argv[1])
    pyvips.cache_set_max(0)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        renditions.write(renditions.base(str(path)), folder, with_display=path.stat().st_size > SHOWN_AS_IS_BYTES)


if __name__ == "__main__":
    main()
