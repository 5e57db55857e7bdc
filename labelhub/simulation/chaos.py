"""What goes wrong in a step, drawn before it begins: a process that dies, and a Stripe that does not answer well."""

from collections.abc import Callable
from random import Random
from typing import Any

CRASHES = 0.18
FAULTS = 0.18
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH", "\nWITH")
# The last two are of the way to Stripe and back; the others are answers (payments.sandbox.faults.KINDS).
FAULT_KINDS = ("error_before", "error_after", "error_kept", "conflict", "rate_limit", "no_way", "no_way_back")
# What requests that move money meet, more often than others.
REFUSALS = ("balance_insufficient", "account_restricted")
MOVES_MONEY = ("/v1/transfers", "/v1/refunds")
REFUSED, UNHEARD = 0.08, 0.15


class Crash(BaseException):
    """The process died here: whatever it had not committed is undone, and nobody hears of it."""


class Chaos:
    """Counts what a step does, and strikes at the moment that was drawn."""

    def __init__(self) -> None:
        self.wrote = False
        self.disarm()

    def disarm(self) -> None:
        self._dies_at_write = self._dies_at_answer = self._fails_at = 0
        self._dies_after = False
        self._fault, self._times, self._refusal = "", 0, ""
        self._unheard = False
        self._writes = self._answers = self._requests = 0

    def arm(self, draw: Random) -> None:
        self.disarm()
        self.wrote = False
        if draw.random() < CRASHES:
            at_write = draw.random() < 0.7
            self._dies_at_write = draw.randint(1, 25) if at_write else 0
            self._dies_at_answer = 0 if at_write else draw.randint(1, 3)
            self._dies_after = draw.random() < 0.5
        if draw.random() < FAULTS:
            self._fails_at = draw.randint(1, 3)
            self._fault = draw.choice(FAULT_KINDS)
            self._times = draw.choice((1, 3, 30))
        if draw.random() < REFUSED:
            self._refusal = draw.choice(REFUSALS)
        self._unheard = draw.random() < UNHEARD

    def on_query(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Django's hook around each query: the process may die before or after one that writes."""
        if not sql.startswith(WRITES):
            return execute(sql, params, many, context)
        self.wrote = True
        self._writes += 1
        strikes = self._writes == self._dies_at_write
        if strikes and not self._dies_after:
            raise Crash
        result = execute(sql, params, many, context)
        if strikes:
            raise Crash
        return result

    def on_request(self, method: str, path: str) -> str:
        """What this request to Stripe meets; empty for nothing."""
        if self._refusal and method == "POST" and path.startswith("/v1/transfers"):
            refusal, self._refusal = self._refusal, ""
            return refusal
        if self._unheard and method == "POST" and path.startswith(MOVES_MONEY):
            return "no_way_back"
        self._requests += 1
        if self._fault and self._fails_at <= self._requests < self._fails_at + self._times:
            return self._fault
        return ""

    def on_answer(self) -> None:
        """An answer of Stripe's arrived: the process may die before it is used."""
        self._answers += 1
        if self._answers == self._dies_at_answer:
            raise Crash
