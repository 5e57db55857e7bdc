"""What became of each file, as sentences: one for the line in the list, one for the sum of them."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.kit.figures import bytes_size, number
from datasets.decoder.protocol import Refusal
from datasets.formats.registry import FORMATS
from datasets.models import Upload, UploadOutcome

KINDS_WITH_ADVICE = {"HEIC", "AVIF", "BMP", "Photoshop", "SVG", "PDF"}


def refusal_sentence(refusal: Refusal) -> str:
    data, code = refusal.data, refusal.code
    if code == "not_an_image":
        return _not_an_image(str(data.get("looks_like", "")))
    sentences = {
        "empty": _("The file is empty."),
        "damaged": _("The image is damaged or cut off. Export it again from where it came from."),
        "too_many_pixels": _("It has %(megapixels)s megapixels; the most is %(limit)s. Reduce it and upload it again."),
        "too_many_frames": _("Its %(frames)s frames together have more than %(limit)s megapixels."),
        "pixel_layout": _("Its pixels are %(format)s in %(bands)s channels. Save it with 8 or 16 bits a channel."),
        "too_costly": _("Reading it took more time or memory than one image may. It may be damaged."),
        "too_large": _("It is larger than %(limit)s."),
        "quota": _("There is no room left for it in your organisation's storage."),
        "unreadable": _("It could not be read from the archive: %(detail)s"),
    }
    return sentences[code] % data


def _not_an_image(looks_like: str) -> str:
    if looks_like in KINDS_WITH_ADVICE:
        return _("%s files are not taken. Save it as JPEG, PNG, WebP or TIFF.") % looks_like
    if looks_like == "video":
        return _("This is a video. Only images are taken here.")
    if looks_like:
        return _("This is not an image but a file of type %s.") % looks_like
    return _("This is not an image. JPEG, PNG, WebP, GIF and TIFF are taken.")


def note_sentence(code: str, data: Mapping[str, Any]) -> str:
    sentences = {
        "other_extension": _("The name says otherwise, but it is a %(type)s image and was read as one."),
        "turned_and_saved": _("It was turned upright and saved again as JPEG at quality 95."),
        "turned": _("It was turned upright; no pixel changed."),
        "first_frame": _("It has %(frames)s frames. Only the first was kept."),
        "converted": _("It was converted from %(from)s to %(to)s; no pixel changed."),
        "partly_damaged": _("Part of it could not be read. Look at it before you use it."),
    }
    return sentences[code] % data


def duplicate_sentence() -> str:
    return _("The same image is in this dataset already.")


def stored_before_sentence() -> str:
    return _("The same image was in your media already. It is in this dataset now, and stored once.")


def no_labels_sentence() -> str:
    return _("This is not an image, and no labels in a known format were found in it.")


def too_large(limit: int) -> Refusal:
    return Refusal("too_large", {"limit": bytes_size(limit)})


def summary(report: Mapping[str, Any]) -> str:
    """«12 of 364 files could not be read. 9 are not images, 3 are larger than 50 megapixels.»"""
    rejected, total = report.get("rejected", 0), report.get("files", 0)
    if not rejected:
        return ngettext("%d file was read.", "All %d files were read.", total) % total if total else ""
    words = {"rejected": rejected, "total": total}
    first = _("%(rejected)s of %(total)s files could not be kept.") % words
    return f"{first} {', '.join(_counted_reasons(report.get('reasons', {})))}."


def _counted_reasons(reasons: Mapping[str, int]) -> list[str]:
    """Those with a phrase of their own, then all the others together."""
    named = [phrase % count for code, count in reasons.items() if (phrase := _reason(code, count))]
    others = sum(count for code, count in reasons.items() if not _reason(code, count))
    if others:
        named.append(ngettext("%d has another fault", "%d have another fault", others) % others)
    return named


def _reason(code: str, count: int) -> str:
    phrases = {
        "not_an_image": ngettext("%d is not an image", "%d are not images", count),
        "empty": ngettext("%d is empty", "%d are empty", count),
        "damaged": ngettext("%d is damaged", "%d are damaged", count),
        "too_many_pixels": ngettext("%d has too many pixels", "%d have too many pixels", count),
        "too_many_frames": ngettext("%d has too many frames", "%d have too many frames", count),
        "pixel_layout": ngettext("%d has unusual pixels", "%d have unusual pixels", count),
        "too_costly": ngettext("%d took too long to read", "%d took too long to read", count),
        "too_large": ngettext("%d is too large", "%d are too large", count),
        "quota": ngettext("%d found no room", "%d found no room", count),
        "bad_archive": ngettext(
            "%d is an archive that cannot be opened", "%d are archives that cannot be opened", count
        ),
        "empty_archive": ngettext("%d is an archive without files", "%d are archives without files", count),
        "no_labels": ngettext("%d has no labels that we know", "%d have no labels that we know", count),
        "unsafe_name": ngettext("%d has an unusable name", "%d have unusable names", count),
        "encrypted": ngettext("%d is locked with a password", "%d are locked with a password", count),
        "bomb": ngettext("%d unpacks to far too much", "%d unpack to far too much", count),
    }
    return phrases.get(code, "")


def labels_left_out(report: Mapping[str, Any]) -> int:
    return sum(labels["left_out"] for labels in report.get("labels", []) if labels.get("format"))


def label_sentences(report: Mapping[str, Any]) -> list[str]:
    """«4,888 labels on 364 images, read as Pascal VOC.», one for each archive that had labels."""
    return [_label_sentence(labels) for labels in report.get("labels", []) if labels.get("format")]


def _label_sentence(labels: Mapping[str, Any]) -> str:
    words = {
        "labels": number(labels["labels"] + labels["repeated"]),
        "images": number(labels["images"]),
        "format": FORMATS[labels["format"]].title,
        "left_out": number(labels["left_out"]),
    }
    kept = _("%(labels)s labels on %(images)s images, read as %(format)s.") % words
    lost = ngettext("%(left_out)s was left out.", "%(left_out)s were left out.", labels["left_out"]) % words
    return f"{kept} {lost}" if labels["left_out"] else kept


@dataclass(frozen=True)
class Tab:
    """Lines of one result; an empty result means all of them."""

    result: str
    label: str
    count: int
    current: bool


def tabs(upload: Upload, current: str) -> list[Tab]:
    counts = dict(upload.outcomes.values_list("result").annotate(n=Count("pk")).order_by())
    known = [(result, label, counts[result]) for result, label in UploadOutcome.Result.choices if counts.get(result)]
    all_lines = ("", _("All"), sum(counts.values()))
    return [Tab(result, str(label), count, result == current) for result, label, count in (all_lines, *known)]


class _Line:
    """Lets the csv module hand over each line instead of writing it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: QuerySet[UploadOutcome]) -> Iterator[str]:
    """A leading =, + or the like would be a formula in a spreadsheet, so it is put in quotes."""
    writer = csv.writer(_Line())
    yield writer.writerow(["name", "result", "code", "message"])
    for row in rows.iterator():
        yield writer.writerow([_as_text(value) for value in (row.name, row.result, row.code, row.message)])


def _as_text(value: str) -> str:
    return f"'{value}" if value[:1] in "=+-@\t\r" and value else value
