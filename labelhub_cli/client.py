"""A program's way to a Label Hub: one method for each step, each safe to repeat."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

Json = dict[str, Any]
Progress = Callable[[int, int], None]

TRIES = 5
PARALLEL = 4
CHUNK = 1024 * 1024


class Refused(Exception):
    """The server's own words for what is wrong."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", f"The server answered {status}.")))
        self.status = status
        self.code = str(error.get("code", ""))


class Client:
    """`organization` is the slug to act for."""

    def __init__(self, url: str, token: str, organization: str = "") -> None:
        self.organization = organization
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1/", headers=headers, timeout=60)

    def get(self, path: str, **query: Any) -> Any:
        return self._asked("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> Any:
        """With `key` a repeat is answered as the first time, and has no second effect."""
        return self._asked("POST", path, json=dict(body or {}), headers={"Idempotency-Key": key} if key else {})

    def rows(self, path: str, **query: Any) -> Iterator[Json]:
        """Every row of a list, page by page."""
        page = self.get(path, **query)
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self._asked("GET", page["next"])

    def dataset(self, name: str, *, create: bool = False, description: str = "") -> Json:
        """The dataset of that name or address; with `create` it is made when there is none."""
        for found in self.rows(self._own("datasets/")):
            if name in {found["name"], found["slug"], found["id"]}:
                return found
        if not create:
            raise Refused(404, {"message": f"There is no dataset “{name}”. `upload --create` makes one."})
        made: Json = self.post(self._own("datasets/"), {"name": name, "description": description})
        return made

    def upload(self, dataset: Json, root: Path, *, label_format: str = "", progress: Progress | None = None) -> Json:
        """Send a file, a zip or a folder, several files at a time; returns the upload, started."""
        opened = self.open_upload(dataset, label_format)
        self.send_files(opened, root, progress)
        return self.start_upload(opened)

    def open_upload(self, dataset: Json, label_format: str = "") -> Json:
        form = {"format": label_format} if label_format else {}
        opened: Json = self.post(self._own(f"datasets/{dataset['id']}/uploads/"), form)
        return opened

    def unfinished_upload(self, public_id: str) -> Json | None:
        """An upload of before, if it still takes files."""
        try:
            found: Json = self.get(self._own(f"uploads/{public_id}/"))
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise
        return found if found["state"] == "open" else None

    def send_files(self, upload: Json, root: Path, progress: Progress | None = None) -> dict[str, str]:
        """Send what is not there yet. Progress counts bytes; returns why single files were refused, by name."""
        there = {row["name"]: row["sha256"] for row in self.rows(self._own(f"uploads/{upload['id']}/files/"))}
        files = list(_files(root))
        meter = Meter(sum(path.stat().st_size for _name, path in files), progress)

        def send(file: tuple[str, Path]) -> tuple[str, str]:
            name, path = file
            try:
                if name not in there or there[name] != _digest(path):
                    self._send(upload["id"], name, path, meter)
            except Refused as refusal:
                return name, str(refusal)
            finally:
                meter.reached(name, path.stat().st_size)
            return name, ""

        with ThreadPoolExecutor(PARALLEL) as pool:
            return {name: message for name, message in pool.map(send, files) if message}

    def start_upload(self, upload: Json) -> Json:
        started: Json = self.post(self._own(f"uploads/{upload['id']}/start/"))
        return started

    def finished_upload(self, upload: Json, progress: Progress | None = None) -> Json:
        """Follow an upload until every file is read."""
        while True:
            found: Json = self.get(self._own(f"uploads/{upload['id']}/"))
            if progress and found["job"]:
                progress(found["job"]["progress_done"], found["job"]["progress_total"] or 0)
            if found["state"] in {"done", "cancelled"}:
                return found
            if found["job"] and found["job"]["state"] in {"failed", "cancelled"}:
                raise Refused(409, found["job"]["error"] or {"message": "Reading the upload was stopped."})
            time.sleep(0.3)

    def release(self, dataset: Json, notes: str = "") -> Json:
        """Freeze the dataset as it stands; returns the released version."""
        base = self._own(f"datasets/{dataset['id']}/versions/")
        version = self.post(base, {"notes": notes}, key=str(uuid4()))
        while version["state"] == "building":
            time.sleep(0.3)
            version = self.get(f"{base}{version['number']}/")
        if version["state"] != "released":
            raise Refused(409, {"message": "The version could not be released. See its job."})
        released: Json = version
        return released

    def offer(self, version: Json, **terms: Any) -> Json:
        made: Json = self.post(self._own("offers/"), {"version": version["id"], **terms}, key=str(uuid4()))
        return made

    def search(self, **query: Any) -> Json:
        found: Json = self.get("market/search/", **query)
        return found

    def order(self, offers: Sequence[str], key: str = "") -> Json:
        """Order these offers; `payment_url` is the page to pay on, empty once paid."""
        placed: Json = self.post(self._own("orders/"), {"offers": list(offers)}, key=key or str(uuid4()))
        return placed

    def paid_order(self, order: Json, *, seconds: float = 60) -> Json:
        """Wait until the payment is settled."""
        end = time.monotonic() + seconds
        while order["state"] == "pending" and time.monotonic() < end:
            time.sleep(0.5)
            order = self.get(self._own(f"orders/{order['id']}/"))
        return order

    def project(self, name: str, *, create: bool = False) -> Json:
        """The project of that name; with `create` it is made when there is none."""
        for found in self.rows(self._own("projects/")):
            if found["name"] == name:
                return found
        if not create:
            raise Refused(404, {"message": f"There is no project “{name}”."})
        made: Json = self.post(self._own("projects/"), {"name": name})
        return made

    def add_purchases(self, project: Json, grants: Sequence[str]) -> None:
        self.post(self._own(f"projects/{project['id']}/purchases/"), {"grants": list(grants)})

    def grants(self) -> Iterator[Json]:
        return self.rows(self._own("grants/"))

    def prepared_download(self, project: Json, label_format: str, progress: Progress | None = None) -> Json:
        """Ask for the project's archive and wait until it is packed."""
        base = self._own(f"projects/{project['id']}/downloads/")
        found = self.post(base, {"format": label_format})
        while found["state"] != "ready":
            if found["problem"]:
                raise Refused(409, {"message": found["problem"]})
            if progress:
                progress(found["progress_done"], found["progress_total"] or 0)
            time.sleep(0.3)
            found = self.get(f"{base}{found['id']}/")
        return {**found, "path": f"{base}{found['id']}/file/"}

    def fetch(self, download: Json, target: Path, progress: Progress | None = None) -> Path:
        """Save the archive, continuing what an earlier try left behind; its SHA-256 must match."""
        part = target.with_name(target.name + ".part")
        for attempt in range(TRIES):
            try:
                self._fetch_rest(download, part, progress)
                break
            except httpx.TransportError:
                if attempt == TRIES - 1:
                    raise
                time.sleep(2**attempt)
        if _digest(part) != download["sha256"]:
            part.unlink()
            raise Refused(409, {"message": "The archive arrived damaged and was removed. Download it again."})
        return part.rename(target)

    def _fetch_rest(self, download: Json, part: Path, progress: Progress | None) -> None:
        have = part.stat().st_size if part.exists() else 0
        if have >= download["byte_size"]:
            return
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{download["sha256"]}"'}
        request = self._http.stream("GET", download["path"], headers=headers, follow_redirects=True)
        with request as answer:
            if answer.status_code >= 400:
                answer.read()
                raise _refusal(answer)
            with part.open("ab" if answer.status_code == 206 else "wb") as out:
                for chunk in answer.iter_bytes(CHUNK):
                    out.write(chunk)
                    if progress:
                        progress(out.tell(), download["byte_size"])

    def _send(self, upload: str, name: str, path: Path, meter: "Meter") -> Json:
        address = self._own(f"uploads/{upload}/files/?name={quote(name)}")
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)}
        sent: Json = self._asked("PUT", address, headers=headers, content=lambda: meter.watched(name, path))
        return sent

    def _own(self, path: str) -> str:
        return f"organizations/{self.organization}/{path}"

    def _asked(
        self, method: str, path: str, *, content: Callable[[], Iterator[bytes]] | None = None, **arguments: Any
    ) -> Any:
        """Ask, and again when the connection or the server fails: every request here is safe to repeat."""
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                answer = self._http.request(method, path, content=content() if content else None, **arguments)
            except httpx.TransportError:
                if last:
                    raise
            else:
                if (answer.status_code < 500 and answer.status_code != 429) or last:
                    return _read(answer)
            time.sleep(2**attempt / 2)
        return None


class Meter:
    """Bytes of many files sent at once, by several threads."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress = total, progress
        self._done: dict[str, int] = {}
        self._sum = 0
        self._lock = Lock()

    def reached(self, name: str, done: int) -> None:
        with self._lock:
            self._sum += done - self._done.get(name, 0)
            self._done[name] = done
            if self._progress:
                self._progress(self._sum, self._total)

    def watched(self, name: str, path: Path) -> Iterator[bytes]:
        done = 0
        for chunk in _chunks(path):
            yield chunk
            done += len(chunk)
            self.reached(name, done)


def _read(answer: httpx.Response) -> Any:
    if answer.status_code >= 400:
        raise _refusal(answer)
    return answer.json() if answer.content else None


def _refusal(answer: httpx.Response) -> Refused:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        error = {}
    return Refused(answer.status_code, error)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Names as the server is to know them, and where the files are. Hidden files stay at home."""
    if root.is_file():
        yield root.name, root
        return
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), path


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
