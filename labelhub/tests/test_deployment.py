"""Runs what docker-compose.yml and the Dockerfile say as plain processes: same commands, same settings, other places.

PostgreSQL, Redis and the object store are real servers on this machine in place of their containers.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml
from moto.server import ThreadedMotoServer

from labelhub.embedded import ports
from labelhub.embedded.programs import ROOT
from labelhub.embedded.scratch import scratch_broker, scratch_database

PATIENCE_SECONDS = 240
PRODUCT = ("web", "worker", "media", "scheduler")
GIVEN = {
    "LABELHUB_SECRET_KEY": "only-for-this-test",
    "LABELHUB_METRICS_TOKEN": "letmecount",
    "POSTGRES_PASSWORD": "unused",
    "S3_SECRET_KEY": "secret",
    "STRIPE_SECRET_KEY": "sk_live_only_a_name",
    "STRIPE_WEBHOOK_SECRET": "whsec_only_a_name",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_only_another_name",
    "SMTP_HOST": "127.0.0.1",
    "LABELHUB_SITE_URL": "https://hub.example.com",
    "LABELHUB_MEDIA_URL": "https://media.example.com",
}
pytestmark = pytest.mark.timeout(900)


class Deployment:
    """The two files, with `places` put for addresses and folders that only exist inside containers."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self.services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        self._dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
        self.processes: dict[str, subprocess.Popen[str]] = {}

    def env(self, service: str) -> dict[str, str]:
        image = dict(
            pair.split("=", 1) for line in re.findall(r"^ENV (.*)", self._dockerfile, re.M) for pair in line.split()
        )
        given = {name: self._interpolated(value) for name, value in self.services[service]["environment"].items()}
        machine = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        inside = {name: self._placed(value) for name, value in (image | given).items()}
        return machine | inside | {"PATH": path, "HOSTNAME": socket.gethostname()}

    def command(self, service: str) -> list[str]:
        return [self._placed(part) for part in self.services[service]["command"]]

    def run(self, service: str, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.env(service), capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def health(self, service: str) -> list[str]:
        kind, *command = self.services[service]["healthcheck"]["test"]
        command = [self._placed(self._interpolated(part)) for part in command]
        return ["sh", "-c", *command] if kind == "CMD-SHELL" else command

    def start(self, service: str) -> None:
        self.processes[service] = subprocess.Popen(
            self.command(service),
            cwd=ROOT,
            env=self.env(service),
            text=True,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # as in a container of its own
        )

    def build_static_files(self) -> None:
        command = re.findall(r"^RUN (.*collectstatic.*)", self._dockerfile, re.M)[0]
        self.run("web", ["sh", "-c", command])

    def image_command(self) -> list[str]:
        found: list[str] = yaml.safe_load(re.findall(r"^CMD (.*)", self._dockerfile, re.M)[0])
        return found

    def _interpolated(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name, rule, default = match.groups()
            return GIVEN.get(name) or (default if rule == ":-" else pytest.fail(f"{name} is required"))

        return re.sub(r"\$\{(\w+)(:-|:\?)([^}]*)\}", value, text).replace("$$", "$")

    def _placed(self, text: str) -> str:
        for inside, here in self._places.items():
            text = text.replace(inside, here)
        return text


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    (folder / "run").mkdir()
    with ExitStack() as opened:
        places = {
            "postgresql://labelhub:unused@database:5432/labelhub": opened.enter_context(scratch_database()),
            "redis://broker:6379/0": opened.enter_context(scratch_broker()),
            "http://objects:9000": opened.enter_context(object_store()),
            "/var/lib/labelhub": str(folder),
            "/run/labelhub": str(folder / "run"),
            "/app/staticfiles": str(folder / "static"),
            "0.0.0.0": "127.0.0.1",  # noqa: S104
            "8000": str(ports.choose()),
        }
        deployed = Deployment(places)
        deployed.build_static_files()
        deployed.run("migrate", deployed.command("migrate"))
        for service in PRODUCT:
            deployed.start(service)
        yield deployed
        for process in deployed.processes.values():
            process.terminate()
        for process in deployed.processes.values():
            process.wait(60)


@contextmanager
def object_store() -> Iterator[str]:
    """An S3 server with the bucket that the one-off `bucket` service makes."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    access = {"aws_access_key_id": "labelhub", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **access).create_bucket(Bucket="media")
    yield url
    server.stop()


@pytest.fixture(scope="module")
def site(deployment: Deployment) -> Iterator[httpx.Client]:
    """Answers once /readyz does, asked as the proxy would."""
    port = deployment.env("web")["GRANIAN_PORT"]
    headers = {"Host": "hub.example.com", "X-Forwarded-Proto": "https"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(client):
            assert time.monotonic() < deadline
            assert deployment.processes["web"].poll() is None
            time.sleep(0.2)
        yield client


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx.TransportError:
        return False


def test_the_site_is_ready(site: httpx.Client) -> None:
    answer = site.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True), answer.text


def test_the_health_checks_pass(site: httpx.Client, deployment: Deployment) -> None:
    deployment.run("web", deployment.health("web"))
    for service in ("worker", "media"):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while subprocess.run(
            deployment.health(service), cwd=ROOT, env=deployment.env(service), check=False, capture_output=True
        ).returncode:
            assert time.monotonic() < deadline, f"{service} does not answer a ping"


def test_everything_still_runs(site: httpx.Client, deployment: Deployment) -> None:
    assert {name: process.poll() for name, process in deployment.processes.items()} == dict.fromkeys(PRODUCT)


def test_pages_come_with_hashed_compressed_files_to_be_kept(site: httpx.Client) -> None:
    page = site.get("/accounts/login/")
    assert page.status_code == 200
    style = re.findall(r'href="(/static/build/site\.[0-9a-f]{12}\.css)"', page.text)[0]
    file = site.get(style, headers={"Accept-Encoding": "br"})
    assert file.headers["Content-Encoding"] == "br"
    assert "immutable" in file.headers["Cache-Control"]
    assert "Secure" in page.headers["Set-Cookie"]


def test_the_policy_allows_pictures_from_the_media_address(site: httpx.Client) -> None:
    assert "img-src 'self' data: blob: https://media.example.com;" in site.get("/").headers["Content-Security-Policy"]


def test_metrics_need_the_token(site: httpx.Client) -> None:
    assert site.get("/metrics").status_code == 401
    answer = site.get("/metrics", headers={"Authorization": "Bearer letmecount"})
    assert "labelhub_web_processes 3.0" in answer.text


def test_the_image_starts_the_site_by_itself(deployment: Deployment) -> None:
    assert deployment.image_command() == deployment.services["web"]["command"]


def test_every_required_setting_has_a_name_the_settings_read(deployment: Deployment) -> None:
    read = (ROOT / "labelhub" / "settings.py").read_text()
    for name in deployment.services["web"]["environment"]:
        assert f'"{name}"' in read or name.endswith(("_CLIENT_ID", "_SECRET")), f"{name} is read by nobody"


def test_the_example_names_what_the_containers_are_given() -> None:
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    assert named == read


def test_commands_are_the_embedded_ones(deployment: Deployment) -> None:
    """One way to start a worker, wherever it runs."""
    embedded = (ROOT / "labelhub" / "embedded" / "programs.py").read_text()
    for service in ("worker", "media"):
        queues = deployment.command(service)[deployment.command(service).index("--queues") + 1]
        assert f'"{queues}"' in embedded, shlex.join(deployment.command(service))
