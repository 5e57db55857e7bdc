"""Rows of a large file put together by image, on disk: a temporary table that is gone when closed."""

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Any, Self


class Gathered:
    """Images in the order they were added, each with its rows in theirs, whatever order both came in."""

    def __init__(self) -> None:
        # An empty name is SQLite's own temporary database: on disk as it grows, deleted when closed.
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
            "CREATE TABLE image (place INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT);"
            "CREATE TABLE row (place INTEGER PRIMARY KEY, image TEXT, body TEXT);"
            "BEGIN"
        )

    def add_image(self, key: str, body: Any) -> bool:
        """False when there is an image of that key already."""
        added = self._table.execute("INSERT OR IGNORE INTO image (id, body) VALUES (?, ?)", (key, json.dumps(body)))
        return added.rowcount == 1

    def add_row(self, image: str, body: Any) -> None:
        self._table.execute("INSERT INTO row (image, body) VALUES (?, ?)", (image, json.dumps(body)))

    def images(self) -> Iterator[tuple[Any, Iterator[Any]]]:
        """Each image's body with the bodies of its rows, to be used before the next."""
        self._table.execute("CREATE INDEX IF NOT EXISTS row_by_image ON row (image, place)")
        found = self._table.execute(
            "SELECT image.place, image.body, row.body FROM image LEFT JOIN row ON row.image = image.id"
            " ORDER BY image.place, row.place"
        )
        for (_, image), rows in groupby(found, key=itemgetter(0, 1)):
            yield json.loads(image), (json.loads(body) for _, _, body in rows if body is not None)

    def orphans(self) -> Iterator[Any]:
        """Bodies of rows whose image was never added."""
        found = self._table.execute(
            "SELECT body FROM row WHERE NOT EXISTS (SELECT 1 FROM image WHERE image.id = row.image) ORDER BY place"
        )
        return (json.loads(body) for (body,) in found)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()
