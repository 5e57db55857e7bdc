"""What keeps an organisation from being deleted. Apps above accounts declare their obstacles here.

@closing.obstacle
def media_left(organization: Organization) -> str:
    return _("It still holds media. Delete them first.") if … else ""
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from accounts.models import Organization

Check = Callable[[Organization], str]

_checks: list[Check] = []


def obstacle(check: Check) -> Check:
    """Declare a check: a sentence that says what is in the way and what to do, or nothing."""
    _checks.append(check)
    return check


def obstacles(organization: Organization) -> list[str]:
    return [sentence for check in _checks if (sentence := check(organization))]


@obstacle
def personal(organization: Organization) -> str:
    return _("It is your personal workspace, which goes only with your account.") if organization.is_personal else ""
