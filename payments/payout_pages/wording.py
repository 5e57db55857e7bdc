"""Sentences about being paid: each reason and each refusal in calm words, with what to do next."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.kit.figures import money
from payments.models import BankPayout, PayeeState, SendState, Transfer
from payments.payout_pages.overview import Figures
from payments.standing import Reason, threshold

SET_UP, DETAILS, STATEMENT = "set_up", "details", "statement"


@dataclass(frozen=True)
class Answer:
    """When the next payout is, or why there is none. `step` names what the payee can do, if anything."""

    title: str
    text: str
    tone: str = "info"
    step: str = ""


STATES: dict[str, Promise] = {
    PayeeState.NONE: _l("Say where your earnings go. It takes a few minutes on the payment service's own pages."),
    PayeeState.INCOMPLETE: _l("You began to set up payouts. Give the remaining details, so that you can be paid."),
    PayeeState.CHECKING: _l("The payment service checks your details. That takes minutes, sometimes a few days."),
    PayeeState.RESTRICTED: _l("The payment service needs something more before it pays you."),
    PayeeState.REJECTED: _l(
        "The payment service does not pay this account. Your earnings stay yours. "
        "Write to us, so that we find another way."
    ),
    PayeeState.ACTIVE: _l("Your earnings go to your bank account by themselves."),
}

# Those that need no figures: title, text, tone and step.
PLAIN: dict[Reason, tuple[Promise, Promise, str, str]] = {
    Reason.NOT_SET_UP: (
        _l("No payout yet: payouts are not set up"),
        _l("Your earnings are safe and wait for you. Set up payouts once; after that they come by themselves."),
        "warning",
        SET_UP,
    ),
    Reason.NOT_READY: (
        _l("No payout yet: your account is not ready"),
        _l("The payment service still asks for something, or checks what you gave. See what is missing below."),
        "warning",
        DETAILS,
    ),
    Reason.SUSPENDED: (
        _l("No payout: the organisation is suspended"),
        _l("Nothing is paid while it is. What you earned stays yours. Write to us to have it looked at."),
        "warning",
        "",
    ),
    Reason.UNDER_WAY: (
        _l("A payout is under way"),
        _l("The next one begins when it is done. You need to do nothing."),
        "info",
        "",
    ),
    Reason.FUNDS: (
        _l("Your payout waits for buyers' payments to arrive"),
        _l("Card payments take up to a few days to reach the account that pays you. It is tried again every hour."),
        "info",
        "",
    ),
    Reason.DISAGREES: (
        _l("Your payout waits: an administrator looks at a difference"),
        _l(
            "Our books and your account at the payment service do not show the same. "
            "Nothing is lost, and you need to do nothing."
        ),
        "warning",
        STATEMENT,
    ),
    Reason.UNANSWERED: (
        _l("Your payout waits for the payment service"),
        _l("It did not answer. It is asked again within the hour; you need to do nothing."),
        "info",
        "",
    ),
}  # fmt: skip


def next_payout(found: Figures) -> Answer:
    """When a currency is paid next, or why it is not."""
    shown = {
        "amount": money(found.payable, found.currency),
        "least": money(threshold(found.currency), found.currency),
        "owed": money(found.owed, found.currency),
        "reserved": money(found.reserved, found.currency),
        "when": _release(found),
    }
    if found.reason is None:
        title = _("Your next payout is %(amount)s, within the hour") % shown
        return Answer(title, _("Payouts run every hour. Your bank then takes a few days."), "success")
    if found.reason == Reason.NOT_SET_UP and not found.available:
        text = _("%(when)s Set up payouts before, so that you are paid without delay.") % shown
        return Answer(_("Payouts are not set up"), text.strip(), "warning", SET_UP)
    if found.reason in PLAIN:
        words, meaning, tone, step = PLAIN[found.reason]
        return Answer(str(words), str(meaning), tone, step)
    return _in_figures(found.reason, shown)


def _in_figures(reason: Reason, shown: Mapping[str, str]) -> Answer:
    if reason == Reason.OWES:
        text = _("It was refunded to buyers after you had been paid. Your next earnings settle it by themselves.")
        return Answer(_("You owe %(owed)s") % shown, text, "warning", STATEMENT)
    if reason == Reason.DISPUTED:
        text = _("%(reserved)s are kept back until the buyer's bank has decided. What is left is below %(least)s.")
        return Answer(_("Your payout waits for a dispute"), text % shown, "info", STATEMENT)
    text = _("A payout is at least %(least)s; %(amount)s are available. %(when)s") % shown
    return Answer(_("Nothing to pay out yet"), text.strip())


_REFUSED: tuple[tuple[str, Promise], ...] = (
    (r"insufficient|balance", _l("Buyers' payments had not all arrived yet.")),
    (r"capabilit|destination|account", _l("Your account at the payment service could not receive it then.")),
)


def refusal(transfer: Transfer) -> str:
    """Why a transfer was refused, and what becomes of its money. Empty when it was not."""
    if transfer.state != SendState.FAILED:
        return ""
    why = next((text for pattern, text in _REFUSED if re.search(pattern, transfer.problem, re.I)), None)
    why = why or _l("The payment service did not take it.")
    return _("%(why)s The amount is available again and goes out with a later payout.") % {"why": why}


_SENT_BACK: tuple[tuple[str, Promise], ...] = (
    (r"account.closed", _l("The bank account is closed.")),
    (r"account.frozen|bank.account.restricted|restricted", _l("The bank account takes no payments now.")),
    (r"no.account|invalid.account.number|could.not.be.located", _l("The bank knows no account of that number.")),
    (r"holder.name", _l("The name on the bank account is another.")),
    (r"invalid.currency|currency", _l("The bank account does not take this currency.")),
    (r"declined|not.authorized|debit", _l("The bank declined it.")),
)  # fmt: skip


def sent_back(payout: BankPayout) -> str:
    """Why a bank sent a payout back, and what to do. Empty when it did not."""
    if payout.status != BankPayout.Status.FAILED:
        return ""
    found = next((text for pattern, text in _SENT_BACK if re.search(pattern, payout.failure, re.I)), None)
    why = str(found or payout.failure or _("The bank gave no reason."))
    why += "" if why.endswith(".") else "."
    return _("%(why)s Check your bank details; the money is paid again once they are right.") % {"why": why}


def _release(found: Figures) -> str:
    if not found.next_release or not found.held:
        return ""
    if found.next_release <= timezone.now():
        return "" if found.contested else _("More becomes available within the hour.")
    return _("The next earnings become available on %(day)s.") % {"day": _day(found.next_release)}


def _day(moment: datetime) -> str:
    return date_format(moment, "j M Y")
