"""The `labelhub` command."""

import json
import os
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from labelhub_cli import client as api
from labelhub_cli.client import Client, Refused
from labelhub_cli.unfinished import Unfinished

console = Console()


def config_path() -> Path:
    home = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    return home / "labelhub" / "login.json"


def connected(organization: str = "") -> Client:
    """The client of the last login; LABELHUB_URL and LABELHUB_TOKEN take precedence."""
    path = config_path()
    saved: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    url = os.environ.get("LABELHUB_URL", saved.get("url", ""))
    token = os.environ.get("LABELHUB_TOKEN", saved.get("token", ""))
    if not url or not token:
        raise click.ClickException("Log in first: labelhub login URL")
    chosen = organization or saved.get("organization", "")
    if not chosen:
        raise click.ClickException("Name the organization to act for: --organization SLUG")
    return Client(url, token, chosen)


@contextmanager
def bar(label: str, *, of_bytes: bool = False) -> Iterator[api.Progress]:
    count = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeRemainingColumn())
    with Progress(*columns, console=console) as shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total or None)


class Plain(click.Group):
    """Tells what the server refused in its own words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
        except httpx.TransportError as error:
            raise click.ClickException(f"The server cannot be reached: {error}") from error


organization_option = click.option("--organization", "-o", default="", help="The organisation's address, as in /o/…/")


@click.group(cls=Plain)
def main() -> None:
    """Upload, release, list, search, buy and download with a Label Hub."""


@main.command()
@click.argument("url")
@click.option("--token", prompt="API token (Settings, API tokens)", hide_input=True)
@click.option("--organization", "-o", default="", help="Act for this one unless another is named")
def login(url: str, token: str, organization: str) -> None:
    """Keep the address and a token for later commands."""
    found = [row["organization"]["slug"] for row in Client(url, token).rows("organizations/")]
    chosen = organization or (found[0] if found else "")
    if chosen not in found:
        raise click.ClickException(f"The token does not reach “{chosen}”. It reaches: {', '.join(found) or 'nothing'}")
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps({"url": url, "token": token, "organization": chosen}))
    console.print(f"Logged in to {url} for {chosen}.")


@main.command(name="upload")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--dataset", "-d", required=True, help="Its name or address")
@click.option("--create", is_flag=True, help="Make the dataset when there is none")
@click.option("--format", "label_format", default="", help="coco, yolo, voc, csv, folder or jsonl; else found out")
@organization_option
def upload_command(path: Path, dataset: str, create: bool, label_format: str, organization: str) -> None:
    """Upload a file, a zip or a folder of images, with their labels if there are any.

    Interrupted, the same command goes on where it stopped.
    """
    client = connected(organization)
    target = client.dataset(dataset, create=create)
    memory = Unfinished(config_path().with_name("uploads.json"), f"{target['id']} {path.resolve()}")
    upload = client.unfinished_upload(memory.recall()) if memory.recall() else None
    if upload:
        console.print(f"Going on with an upload of {upload['file_count']} files that was interrupted.")
    else:
        upload = client.open_upload(target, label_format)
        memory.keep(upload["id"])
    with bar("Sending", of_bytes=True) as sending:
        refused = client.send_files(upload, path, sending)
    for name, message in refused.items():
        console.print(f"  not sent: {name}: {message}")
    started = client.start_upload(upload)
    memory.forget()
    with bar("Reading") as reading:
        done = client.finished_upload(started, reading)
    _tell_report(client, done)


main.add_command(upload_command, name="import")


@main.command()
@click.option("--dataset", "-d", required=True, help="Its name or address")
@click.option("--notes", default="", help="What changed")
@organization_option
def release(dataset: str, notes: str, organization: str) -> None:
    """Freeze a dataset as a new version."""
    client = connected(organization)
    version = client.release(client.dataset(dataset), notes)
    console.print(f"Version {version['number']} is released: {version['id']}")
    console.print(f"Manifest SHA-256 {version['manifest']['sha256']}")


@main.command(name="list")
@click.argument("version")
@click.option("--license", "license_code", required=True, help="research, commercial-training, CC-BY-4.0, …")
@click.option("--price-minor", type=int, required=True, help="For the whole version, in minor units (cents)")
@click.option("--image-price-minor", type=int, default=None, help="For each single image, in minor units")
@click.option("--currency", default="EUR")
@click.option("--title", required=True)
@click.option("--description", default="")
@click.option("--i-hold-the-rights", is_flag=True, required=True, help="Your word that you may license this")
@organization_option
def list_command(version: str, license_code: str, i_hold_the_rights: bool, organization: str, **terms: Any) -> None:
    """Put a released version, by its id, on the market."""
    made = connected(organization).offer(
        {"id": version}, license=license_code, rights_attested=i_hold_the_rights, **terms
    )
    console.print(f"Listed: {made['url']}")


@main.command()
@click.argument("words", nargs=-1)
@click.option("--label", multiple=True)
@organization_option
def search(words: tuple[str, ...], label: tuple[str, ...], organization: str) -> None:
    """Search the market."""
    found = connected(organization).search(q=" ".join(words), label=list(label))
    console.print(f"{found['total']} found")
    for offer in found["results"]:
        price = f"{offer['price_minor']} {offer['currency']} (minor units)" if offer["price_minor"] else "free"
        console.print(f"  {offer['id']}  {offer['title']}  ·  images: {offer['item_count']}  ·  {price}")


@main.command()
@click.argument("offers", nargs=-1, required=True)
@click.option("--project", default="", help="Group the purchase under this name")
@organization_option
def buy(offers: tuple[str, ...], project: str, organization: str) -> None:
    """Order offers by their ids; a priced order is paid on a page that opens in the browser."""
    client = connected(organization)
    order = client.order(offers)
    if order["payment_url"]:
        console.print(f"Pay here: {order['payment_url']}")
        webbrowser.open(order["payment_url"])
        order = client.paid_order(order, seconds=1800)
    console.print(f"Order {order['id']}: {order['state']}")
    if project and order["state"] == "paid":
        _group(client, project, order["line_count"])


@main.command()
@click.argument("project")
@click.option("--format", "label_format", default="coco", help="coco, yolo, voc, csv, folder, jsonl or imported")
@click.option("--to", "target", type=click.Path(path_type=Path), default=None, help="Where to save the archive")
@organization_option
def download(project: str, label_format: str, target: Path | None, organization: str) -> None:
    """Download everything in a project. Interrupted, it continues where it stopped."""
    client = connected(organization)
    with bar("Packing") as packing:
        found = client.prepared_download(client.project(project), label_format, packing)
    with bar("Saving", of_bytes=True) as saving:
        saved = client.fetch(found, target or Path(f"{project}-{label_format}.zip"), saving)
    console.print(f"{saved}: {found['item_count']} files, SHA-256 {found['sha256']} verified")


def _group(client: Client, project: str, count: int) -> None:
    newest = [grant["id"] for grant, _place in zip(client.grants(), range(count), strict=False)]
    client.add_purchases(client.project(project, create=True), newest)
    console.print(f"Grouped under “{project}”.")


def _tell_report(client: Client, upload: dict[str, Any]) -> None:
    console.print("  ".join(f"{name}: {count}" for name, count in upload["report"].items() if isinstance(count, int)))
    path = f"organizations/{client.organization}/uploads/{upload['id']}/outcomes/"
    for outcome, _place in zip(client.rows(path, result="rejected"), range(20), strict=False):
        console.print(f"  {outcome['name']}: {outcome['message']}")


if __name__ == "__main__":
    main()
