"""Bank accounts that payouts go to: test numbers, what each of them does, and the object.

The numbers follow Stripe's own test accounts (docs.stripe.com/connect/testing): a bank takes the
payout, or gives it back with a failure code.
"""

import hashlib
import re
from dataclasses import dataclass

import stripe

from payments.sandbox.errors import Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import new_id


@dataclass(frozen=True)
class Bank:
    number: str
    title: str
    failure_code: str = ""
    failure_message: str = ""

    @property
    def spaced(self) -> str:
        return " ".join(self.number[start : start + 4] for start in range(0, len(self.number), 4))


CLOSED = ("account_closed", "The bank account has been closed.")
UNKNOWN = ("no_account", "The bank account could not be located.")
BANKS = {
    bank.number: bank
    for bank in (
        Bank("DE89370400440532013000", "Takes payouts"),
        Bank("DE35370400440532013002", "Closed", *CLOSED),
        Bank("DE62370400440532013001", "Unknown to the bank", *UNKNOWN),
        Bank("000123456789", "US, takes payouts"),
        Bank("000111111113", "US, closed", *CLOSED),
        Bank("000111111116", "US, unknown to the bank", *UNKNOWN),
    )
}
FIRST_LETTER = ord("A") - 10


def plain(number: str) -> str:
    return re.sub(r"[\s-]", "", number).upper()


def problem(number: str) -> str:
    """What is wrong with an account number or IBAN; empty when nothing is."""
    if number[:2].isalpha():
        return "" if passes_iban(number) else "This IBAN is wrong. Check its digits."
    return "" if re.fullmatch(r"\d{6,17}", number) else "An account number has 6 to 17 digits."


def passes_iban(number: str) -> bool:
    """Whether the check digits are right (ISO 13616, modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", number):
        return False
    turned = number[4:] + number[:4]
    digits = "".join(str(ord(sign) - FIRST_LETTER) if sign.isalpha() else sign for sign in turned)
    return int(digits) % 97 == 1


def new_bank_account(account: Json, number: str, holder: str) -> Json:
    """The object of an account's payout destination. The number itself is not in it."""
    return shaped(
        stripe.BankAccount,
        id=new_id("ba"),
        object="bank_account",
        account=account["id"],
        account_holder_name=holder,
        account_holder_type=account["business_type"] or "individual",
        available_payout_methods=["standard"],
        bank_name="SANDBOX BANK",
        country=number[:2] if number[:2].isalpha() else account["country"],
        currency=account["default_currency"],
        default_for_currency=True,
        fingerprint=hashlib.sha256(number.encode()).hexdigest()[:16],
        last4=number[-4:],
        metadata={},
        status="new",
    )
