"""Where a label came from, as a sentence."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from datasets.formats.registry import FORMATS
from datasets.models import Annotation, Provenance


def sentence(row: Annotation) -> str:
    """«Imported from Pascal VOC, Ana, 20 Nov 2026», «By hand, Ana, 20 Nov 2026»; needs `with_origins`."""
    who = row.created_by.name if row.created_by else ""
    when = date_format(localtime(row.created_at), "j M Y")
    return ", ".join(part for part in (_how(row), who, when, _confidence(row)) if part)


def _how(row: Annotation) -> str:
    if row.provenance == Provenance.IMPORT and row.upload and row.upload.format in FORMATS:
        return _("Imported from %s") % FORMATS[row.upload.format].title
    return str(Provenance(row.provenance).label)


def _confidence(row: Annotation) -> str:
    return "" if row.confidence is None else _("%d %% sure") % round(100 * row.confidence)
