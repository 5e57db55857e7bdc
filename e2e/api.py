"""The API as a signed-in page's scripts use it, for journeys that need things to be there already."""

from typing import Any

from playwright.sync_api import APIResponse, FilePayload, Page, expect

from datasets.tests.pictures import jpeg
from e2e.people import Person

JOB_MILLISECONDS = 60_000


class Api:
    def __init__(self, page: Page, person: Person) -> None:
        self.page = page
        self.person = person
        self.root = f"/api/v1/organizations/{person.slug}/"

    def get(self, path: str) -> dict[str, Any]:
        return _answered(self.page.request.get(f"{self.root}{path}"))

    def post(self, path: str, **data: Any) -> dict[str, Any]:
        return _answered(self.page.request.post(f"{self.root}{path}", data=data, headers=self._headers()))

    def put(self, path: str, **data: Any) -> dict[str, Any]:
        return _answered(self.page.request.put(f"{self.root}{path}", data=data, headers=self._headers()))

    def album(self, name: str, classes: list[str], images: int) -> dict[str, Any]:
        """A dataset with generated photographs and without labels."""
        dataset = self.post("datasets/", name=name, classes=classes)
        opened = self.post(f"datasets/{dataset['id']}/uploads/")
        upload = f"uploads/{opened['id']}/"
        for number in range(images):
            photo: FilePayload = {
                "name": f"photo-{number}.jpg",
                "mimeType": "image/jpeg",
                "buffer": jpeg(seed=abs(hash(dataset["id"])) % 1_000_000 + number),
            }
            address = f"{self.root}{upload}files/"
            _answered(self.page.request.post(address, multipart={"file": photo}, headers=self._headers()))
        self.finished(self.post(f"{upload}start/")["job"]["id"])
        return dataset

    def finished(self, job: str) -> None:
        self.page.goto(f"{self.person.home}jobs/{job}/")
        expect(self.page.get_by_text("Done", exact=True)).to_be_visible(timeout=JOB_MILLISECONDS)

    def _headers(self) -> dict[str, str]:
        tokens = {cookie["name"]: cookie["value"] for cookie in self.page.context.cookies()}
        return {"X-CSRFToken": tokens["csrftoken"]}


def _answered(answer: APIResponse) -> dict[str, Any]:
    assert answer.ok, f"{answer.url} answered {answer.status}: {answer.text()}"
    found: dict[str, Any] = answer.json()
    return found
