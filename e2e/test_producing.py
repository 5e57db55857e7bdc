"""A producer's way from image files to a listing, and from a labelled zip to a gallery."""

import io
import re
import secrets
import zipfile

from playwright.sync_api import FilePayload, Locator, Page, expect

from datasets.tests.pictures import jpeg
from e2e.goods import list_current_version
from e2e.people import new_email, sign_up

JOB_MILLISECONDS = 60_000
VOC = """<annotation><filename>{name}</filename><size><width>300</width><height>200</height><depth>3</depth></size>
<object><name>wren</name><bndbox><xmin>20</xmin><ymin>30</ymin><xmax>120</xmax><ymax>110</ymax></bndbox></object>
</annotation>"""


def test_from_files_to_a_listing_that_strangers_see(page: Page, other_page: Page) -> None:
    seller = sign_up(page, new_email("maker"))
    title = f"Garden birds, {secrets.token_hex(3)}"
    page.get_by_role("link", name="Upload images").click()
    _create_dataset(page, title)
    _drop(page, _pictures())
    page.get_by_role("button", name="Start reading").click()
    _report_names_each_fault(page)
    page.get_by_role("link", name="Open dataset").click()
    page.get_by_role("link", name="Open the gallery").click()
    page.get_by_role("group", name="Images").get_by_role("link").first.click()
    _label_by_mouse_key_and_name(page)
    page.get_by_role("link", name=title).click()
    _release(page)
    page.get_by_role("link", name="List on the market").click()
    listing = list_current_version(page, price="12.50", image_price="0.80")
    other_page.goto(listing)
    expect(other_page.get_by_role("heading", name=title)).to_be_visible()
    expect(other_page.get_by_text("12.50")).to_be_visible()
    expect(other_page.get_by_text(seller.email.partition("@")[0])).to_have_count(0)


def test_a_labelled_zip_shows_its_labels(page: Page) -> None:
    sign_up(page, new_email("importer"))
    page.get_by_role("link", name="Upload images").click()
    _create_dataset(page, "Wrens")
    page.get_by_label("Drop images, folders or zip archives here").set_input_files(_labelled_zip())
    page.get_by_role("button", name="Start reading").click()
    expect(page.get_by_text("2 labels")).to_be_visible(timeout=JOB_MILLISECONDS)
    page.get_by_role("link", name="Open dataset").click()
    distribution = page.get_by_role("group", name="Labels by class")
    expect(distribution).to_contain_text("wren")
    page.get_by_role("link", name="Open the gallery").click()
    expect(page.get_by_role("group", name="Images").locator("svg .shape").first).to_be_visible()


def _create_dataset(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("First classes").fill("wren\nrobin")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", name=f"Upload to {name}")).to_be_visible()


def _pictures() -> list[FilePayload]:
    """Three images, the first of them twice, and a letter that calls itself one."""
    seed = secrets.randbelow(1_000_000)
    contents = {f"garden-{number}.jpg": jpeg(seed=seed + number) for number in range(3)}
    contents |= {"the-first-again.jpg": contents["garden-0.jpg"], "letter.jpg": b"Dear editor, this is no picture."}
    return [{"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in contents.items()]


def _drop(page: Page, files: list[FilePayload]) -> None:
    """Let go of files over the page's drop zone, as a file manager does."""
    plain = [{"name": file["name"], "bytes": list(file["buffer"])} for file in files]
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const { name, bytes } of files)
                transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
            return transfer;
        }""",
        plain,
    )
    zone = page.locator("[data-dropzone]")
    for event in ("dragenter", "dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": transfer})


def _report_names_each_fault(page: Page) -> None:
    report = page.get_by_role("table")
    expect(report).to_be_visible(timeout=JOB_MILLISECONDS)
    expect(report.get_by_role("row").filter(has_text="letter.jpg")).to_contain_text("not an image")
    # Files travel side by side: either of the two may be the one that comes second.
    twins = report.get_by_role("row").filter(has_text=re.compile("garden-0.jpg|the-first-again.jpg"))
    expect(twins.filter(has_text="same image")).to_have_count(1)


def _label_by_mouse_key_and_name(page: Page) -> None:
    canvas, labels = page.get_by_role("application"), page.get_by_role("complementary", name="Labels")
    boxes = labels.get_by_role("button", name="Remove this label")
    expect(canvas).to_have_attribute("data-mode", "draw")
    _drag(page, canvas)
    expect(boxes).to_have_count(1)
    canvas.press("2")
    canvas.press("Enter")
    expect(boxes).to_have_count(2)
    page.get_by_label("Add a tag").fill("in the garden")
    page.get_by_role("button", name="Add tag").click()
    tags = labels.get_by_role("listitem").filter(has=page.get_by_role("button", name="Remove this tag"))
    expect(tags).to_contain_text("in the garden")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.reload()
    expect(tags).to_contain_text("in the garden")
    expect(boxes).to_have_count(2)


def _drag(page: Page, canvas: Locator) -> None:
    """From the middle of the image towards its upper left."""
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=4)
    page.mouse.up()


def _release(page: Page) -> None:
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Release a version").first.click()
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("link", name="List on the market")).to_be_visible(timeout=JOB_MILLISECONDS)


def _labelled_zip() -> FilePayload:
    packed = io.BytesIO()
    seed = secrets.randbelow(1_000_000)
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(2):
            archive.writestr(f"JPEGImages/wren-{number}.jpg", jpeg(seed=seed + number))
            archive.writestr(f"Annotations/wren-{number}.xml", VOC.format(name=f"wren-{number}.jpg"))
    return {"name": "wrens.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
