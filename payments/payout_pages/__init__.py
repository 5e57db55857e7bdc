"""What payees read of being paid: how they stand, their statement, their payouts. Pages and API show the same."""
