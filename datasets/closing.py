"""What datasets have against deleting an organisation."""

from django.utils.translation import ngettext

from accounts import closing
from accounts.models import Organization
from core.kit.figures import number
from datasets.models import Asset


@closing.obstacle
def media_left(organization: Organization) -> str:
    count = Asset.objects.for_organization(organization).count()
    sentence = ngettext(
        "It still holds %(count)s image. Delete it first.", "It still holds %(count)s images. Delete them first.", count
    )
    return sentence % {"count": number(count)} if count else ""
