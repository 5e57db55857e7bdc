class CannotStart(Exception):
    """Told to the person at the terminal as it stands: what is wrong and what to do."""


class Interrupted(Exception):
    """Asked to stop while still starting."""
