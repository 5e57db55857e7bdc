"""What Stripe does not offer: paying without a browser, moving the clock, asking for failures."""

from payments.sandbox import controls, disputes, faults, onboarding, paying, payouts, switches
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import Json


@endpoint(None)
def pay(call: Call, identifier: str) -> Json:
    """Pay as a person would on the hosted page: `card` (default 4242…), `email`, `name`."""
    payer = paying.Payer(
        email=call.params.get("email", "buyer@example.test"), name=call.params.get("name", "Sandbox buyer")
    )
    paying.pay(call.store, identifier, payer, call.params.get("card", "4242424242424242"))
    return call.store.get("checkout.session", identifier)


@endpoint(None)
def onboard(call: Call, identifier: str) -> Json:
    """End an account's onboarding as a person would on the hosted page.

    `outcome` (default complete: see onboarding.OUTCOMES), `bank` (default a number that takes payouts).
    """
    bank = onboarding.BankDetails("Sandbox producer", call.params.get("bank", "DE89370400440532013000"))
    return onboarding.finish(call.store, identifier, call.params.get("outcome", "complete"), bank)


@endpoint(None)
def dispute(call: Call, identifier: str) -> Json:
    """Dispute a charge: `reason` (default fraudulent); with `inquiry=true` the bank only asks."""
    inquiry, reason = call.params.get("inquiry") == "true", call.params.get("reason", "fraudulent")
    return disputes.open_on(call.store, identifier, reason=reason, inquiry=inquiry)


@endpoint(None)
def win(call: Call, identifier: str) -> Json:
    return disputes.decide(call.store, identifier, won=True)


@endpoint(None)
def lose(call: Call, identifier: str) -> Json:
    return disputes.decide(call.store, identifier, won=False)


@endpoint(None)
def fail_payout(call: Call, identifier: str) -> Json:
    """Let the bank give a payout back, even one that was paid."""
    return payouts.fail(call.store, identifier)


@endpoint(None)
def turn(call: Call) -> Json:
    """Set how many seconds the clock is `ahead`, the `webhook_url` and the `connect_webhook_url`.

    With `negative_balances=true` a reversal may leave a payee below zero; otherwise it is refused.
    What is not given goes back to normal.
    """
    ahead = int(call.params.get("ahead", 0))
    urls = {name: call.params.get(name, "") for name in ("webhook_url", "connect_webhook_url")}
    negative = call.params.get("negative_balances") == "true"
    call.store.run(
        "update controls set ahead = %s, webhook_url = %s, connect_webhook_url = %s, negative_balances = %s",
        [ahead, *urls.values(), negative],
    )
    return {"object": "sandbox.controls", **controls.read(call.store)}


@endpoint(None)
def reset(call: Call) -> Json:
    """Forget everything, deliveries that are due included."""
    call.store.run("truncate objects, deliveries, delivery_switches, idempotency_keys, faults")
    call.store.run(
        "update controls set ahead = 0, webhook_url = '', connect_webhook_url = '', negative_balances = false"
    )
    return {"object": "sandbox.reset"}


@endpoint(None)
def add_fault(call: Call) -> Json:
    """Fail the next `times` requests to `path` in the way `kind` says: see faults.KINDS; `seconds` to be late by."""
    wish = call.params
    times, seconds = int(wish.get("times", 1)), float(wish.get("seconds", faults.SLOW_SECONDS))
    faults.add(call.store, path=wish.get("path", ""), kind=wish.get("kind", ""), times=times, seconds=seconds)
    return {"object": "sandbox.fault", **wish}


@endpoint(None)
def add_switch(call: Call) -> Json:
    """Let the next `times` events of `type` meet a `kind` of trouble on their way: see switches.KINDS."""
    numbers = {name: int(call.params[name]) for name in ("times", "copies", "seconds") if name in call.params}
    switches.add(call.store, kind=call.params.get("kind", ""), type=call.params.get("type", "*"), **numbers)
    return {"object": "sandbox.delivery_switch", **call.params}
