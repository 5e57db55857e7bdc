"""The market and its money under trouble, drawn from a seed: what happens, in which order, and what goes wrong.

Everything runs in one process: the product's own code, the payment sandbox behind Stripe's real SDK, one clock for
both. A run is repeated by its seed. After each step every invariant of the books is checked (`checks`); now and then
the trouble stops, and all that was begun has to come to its end.
"""
