"""Objects in the shape that Stripe's SDK declares for them."""

import typing
from typing import Any

import stripe

from payments.sandbox.errors import Json

ON_REQUEST = {"line_items", "refunds"}
NEVER_SENT = {"OBJECT_NAME"}


def shaped(resource: type[stripe.StripeObject], **facts: Any) -> Json:
    """The object with every field Stripe sends: those not given are null.

    Raises TypeError for a field that the SDK does not declare, or that Stripe never leaves null.
    """
    declared = {k: v for k, v in resource.__annotations__.items() if k not in ON_REQUEST | NEVER_SENT}
    unknown = facts.keys() - declared.keys()
    needed = {name for name, hint in declared.items() if not nullable(hint)} - facts.keys()
    if unknown or needed:
        raise TypeError(f"{resource.__name__}: unknown {sorted(unknown)}, needed {sorted(needed)}")
    return {**dict.fromkeys(declared), **facts}


def nullable(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)
