"""`labelhub upload` against a real server with a real worker."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from accounts.permissions import Role, Scope
from accounts.services import tokens
from accounts.tests.factories import MembershipFactory
from datasets.models import Annotation, Dataset, Upload
from datasets.tests import pictures
from jobs import runner
from jobs.models import Job, JobState
from labelhub_cli.__main__ import main
from labelhub_cli.client import Client
from projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)

VOC = """<annotation><filename>a.jpg</filename><size><width>300</width><height>200</height></size>
<object><name>cat</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>50</xmax><ymax>60</ymax></bndbox></object>
</annotation>"""


@pytest.fixture
def _worker() -> Iterator[None]:
    """Runs jobs as they come, as a Celery worker would."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(0.05):
            for job in Job.objects.filter(state=JobState.QUEUED):
                runner.run(job.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stopped.set()
    thread.join()


@pytest.fixture
def cli(live_server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client of a member, with the command line set up for the same."""
    seat = MembershipFactory(role=Role.EDITOR, organization__slug="heron")
    _token, secret = tokens.create_token(membership=seat, name="test", scopes=Scope.values, expires_in=None)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("LABELHUB_URL", live_server.url)
    monkeypatch.setenv("LABELHUB_TOKEN", secret)
    return Client(live_server.url, secret, "heron")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "photos"
    for name, data in {
        "JPEGImages/a.jpg": pictures.jpeg(),
        "Annotations/a.xml": VOC.encode(),
        "broken.jpg": b"no image",
        ".hidden/secret.jpg": pictures.jpeg(seed=9),
        "Thumbs.db": b"system file",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(data)
    return home


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--organization", "heron"])


@pytest.mark.usefixtures("_worker")
def test_a_folder_is_sent_read_and_reported(cli: Client, folder: Path) -> None:
    done = run("upload", str(folder), "--dataset", "Cats", "--create")
    assert done.exit_code == 0, done.output
    assert "added: 1" in done.output
    assert "broken.jpg: This is not an image." in done.output
    assert "not sent: Thumbs.db: Your system made this file" in done.output
    assert Annotation.objects.get().label_class.name == "cat"
    assert set(Upload.objects.get().files.values_list("name", flat=True)) == {
        "JPEGImages/a.jpg",
        "Annotations/a.xml",
        "broken.jpg",
    }


@pytest.mark.usefixtures("_worker")
def test_an_interrupted_upload_goes_on_where_it_was(cli: Client, folder: Path, tmp_path: Path) -> None:
    dataset = cli.dataset("Cats", create=True)
    upload = cli.open_upload(dataset)
    (tmp_path / "config" / "labelhub").mkdir(parents=True)
    memory = tmp_path / "config" / "labelhub" / "uploads.json"
    memory.write_text(json.dumps({f"{dataset['id']} {folder.resolve()}": upload["id"]}))
    assert cli.send_files(upload, folder / "JPEGImages") == {}
    done = run("import", str(folder), "--dataset", "Cats")
    assert "Going on with an upload of 1 files" in done.output
    assert Upload.objects.get().file_count == 4
    assert json.loads(memory.read_text()) == {}
    again = run("upload", str(folder), "--dataset", "Cats")
    assert "duplicate: 1" in again.output
    assert Upload.objects.count() == 2


def test_a_dataset_that_does_not_exist_is_not_made_by_mistake(cli: Client, folder: Path) -> None:
    refused = run("upload", str(folder), "--dataset", "Cast")
    assert refused.exit_code == 1
    assert "`upload --create` makes one." in refused.output
    assert not Dataset.objects.exists()


def test_the_token_is_kept_for_its_owner_alone(cli: Client, tmp_path: Path, live_server: LiveServer) -> None:
    secret = cli._http.headers["Authorization"].removeprefix("Bearer ")
    done = CliRunner().invoke(main, ["login", live_server.url, "--token", secret])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "config" / "labelhub" / "login.json").stat().st_mode & 0o777 == 0o600
    wrong = CliRunner().invoke(main, ["login", live_server.url, "--token", "lh_wrong"])
    assert wrong.exit_code == 1
    assert "unknown, expired or revoked" in wrong.output


def test_a_download_of_no_project_makes_none(cli: Client) -> None:
    refused = CliRunner().invoke(main, ["download", "Tpyo", "-o", "heron"])
    assert refused.exit_code == 1
    assert "There is no project “Tpyo”." in refused.output
    assert not Project.objects.exists()
