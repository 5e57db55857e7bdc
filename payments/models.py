"""Money: append-only double entry, and what we asked of Stripe and heard from it."""
