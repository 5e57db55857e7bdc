"""A local server that speaks the part of Stripe's API that Label Hub uses. No money moves.

It runs as a program of its own (`python -m payments.sandbox`) and shares nothing with the
product but the wire: the product reaches it through Stripe's SDK, it reaches the product by
signed webhooks. What it accepts is read from the SDK's typed parameter classes, so a request
that Stripe would refuse is refused here.
"""
