"""Stripe's errors and their JSON shape (docs.stripe.com/api/errors)."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """An answer other than 200. `kept` says whether an idempotency key remembers it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        extra: Json | None = None,
        kept: bool = True,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.kind, self.code, self.param = message, status, kind, code, param
        self.extra = extra or {}
        self.kept = kept

    def body(self) -> Json:
        error: Json = {"type": self.kind, "message": self.message}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": {**error, **self.extra}}


def parameter_error(code: str, message: str, param: str) -> ApiError:
    return ApiError(message, code=code, param=param, kept=False)


def missing_parameter(name: str) -> ApiError:
    return parameter_error("parameter_missing", f"Missing required param: {name}.", name)


def not_positive(amount: int, name: str) -> None:
    """Refuse an amount below one minor unit."""
    if amount < 1:
        raise parameter_error("parameter_invalid_integer", "Invalid positive integer", name)


def insufficient_balance() -> ApiError:
    return ApiError(
        "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
        "balance by creating Charges using the 4000000000000077 test card.",
        code="balance_insufficient",
    )


def restricted_account() -> ApiError:
    return ApiError(
        "Your destination account needs to have at least one of the following capabilities enabled: "
        "transfers, crypto_transfers, legacy_payments",
        code="insufficient_capabilities_for_transfer",
    )


def missing_resource(kind: str, identifier: str) -> ApiError:
    noun = kind.replace(".", " ")
    return ApiError(f"No such {noun}: '{identifier}'", status=404, code="resource_missing", param="id", kept=False)
