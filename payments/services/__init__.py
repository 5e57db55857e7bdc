"""Every change of state of the money. Checkouts, refunds and events are here under their own names; payees, payouts,
disputes and reconciliation have modules of their own."""
