"""Stripe's well-known test cards and what each of them does (docs.stripe.com/testing)."""

from dataclasses import dataclass
from typing import Literal

Behaviour = Literal["pay", "decline", "authenticate"]


@dataclass(frozen=True)
class Card:
    number: str
    brand: str
    title: str
    behaviour: Behaviour = "pay"
    code: str = "card_declined"
    decline_code: str = ""
    message: str = ""
    available_at_once: bool = False
    disputed: Literal["", "chargeback", "inquiry"] = ""

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


def decline(number: str, title: str, message: str, *, code: str = "card_declined", reason: str = "") -> Card:
    return Card(number, "visa", title, "decline", code, reason, message)


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "visa", "Pays"),
        Card("5555555555554444", "mastercard", "Pays"),
        Card("4000000000000077", "visa", "Pays, available at once", available_at_once=True),
        Card("4000000000000259", "visa", "Pays, then disputed", disputed="chargeback"),
        Card("4000000000001976", "visa", "Pays, then questioned", disputed="inquiry"),
        Card("4000002500003155", "visa", "Asks for confirmation", "authenticate"),
        decline("4000000000000002", "Declined", "Your card was declined.", reason="generic_decline"),
        decline(
            "4000000000009995",
            "Insufficient funds",
            "Your card has insufficient funds.",
            reason="insufficient_funds",
        ),
        decline("4000000000000341", "Fails when charged", "Your card was declined.", reason="generic_decline"),
        decline("4000000000000069", "Expired card", "Your card has expired.", code="expired_card"),
        decline(
            "4000000000000127", "Wrong security code", "Your card's security code is incorrect.", code="incorrect_cvc"
        ),
        decline(
            "4000000000000119",
            "Processing error",
            "An error occurred while processing your card. Try again in a little bit.",
            code="processing_error",
        ),
    )
}


def passes_luhn(number: str) -> bool:
    """Whether the check digit is right (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
