"""What an invariant is: a sentence, and the query for the rows that break it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    name: str
    offenders: str
