"""From an HTTP request to an endpoint and back: keys, versions, parameters, idempotency, errors."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import stripe
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from psycopg.types.json import Jsonb

from payments.sandbox import bodies, config, expansion, faults
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.params import check
from payments.sandbox.store import Store, new_id, transaction

KEY_LIFETIME = 24 * 3600
LONGEST_KEY = 255


@dataclass(frozen=True)
class Call:
    """One authenticated request with its checked parameters."""

    store: Store
    params: Json
    request_id: str
    idempotency_key: str | None
    account: str | None = None

    @property
    def origin(self) -> Json:
        """What an event says about the request that caused it."""
        return {"id": self.request_id, "idempotency_key": self.idempotency_key}


@dataclass(frozen=True)
class Endpoint:
    """`connected` says whether it can act for a connected account, named in `Stripe-Account`."""

    handler: Callable[..., Json]
    declared: type | None
    acts_on: frozenset[str]
    connected: bool


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    replayed: bool = False


def endpoint(
    declared: type | None, *acts_on: str, connected: bool = False
) -> Callable[[Callable[..., Json]], Endpoint]:
    """Declare the SDK class of the parameters, and which of them (dotted when nested) have an effect."""
    return lambda handler: Endpoint(handler, declared, frozenset(acts_on), connected)


def resource(**methods: Endpoint) -> Callable[..., HttpResponseBase]:
    @csrf_exempt
    def view(request: HttpRequest, **ids: str) -> HttpResponseBase:
        request_id = new_id("req")
        try:
            answer = respond(request, methods, ids, request_id)
        except ApiError as error:
            answer = Answer(error.status, error.body())
        return as_response(answer, request_id)

    return view


def respond(request: HttpRequest, methods: dict[str, Endpoint], ids: dict[str, str], request_id: str) -> Answer:
    authenticate(request.headers.get("Authorization", ""))
    check_version(request.headers.get("Stripe-Version"))
    found = methods.get(request.method or "")
    if found is None:
        raise unrecognized(request)
    with faults.injected(request.path) as refusal, transaction() as store:
        return answered(request, refusing(found, refusal), ids, store, request_id)


def answered(request: HttpRequest, found: Endpoint, ids: dict[str, str], store: Store, request_id: str) -> Answer:
    body = bodies.read(request)
    params = body.given if found.declared is None else check(body.given, found.declared, found.acts_on)
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    account = acting_for(store, found, request.headers.get("Stripe-Account"))
    call = Call(store, params, request_id, key, account)
    if key is None:
        return Answer(200, perform(found, call, ids))
    return once(call, key, fingerprint(request.path, account, body.identity), lambda: perform(found, call, ids))


def acting_for(store: Store, found: Endpoint, account: str | None) -> str | None:
    if account is None:
        return None
    if not found.connected:
        raise ApiError("The sandbox does not act for connected accounts here.", param="Stripe-Account", kept=False)
    if not store.rows("select 1 from objects where kind = 'account' and id = %s", [account]):
        raise ApiError(
            f"The provided key does not have access to account '{account}' (or that account does not exist).",
            status=403,
            code="account_invalid",
            kept=False,
        )
    return account


def refusing(found: Endpoint, refusal: ApiError | None) -> Endpoint:
    def refuse(call: Call, **ids: str) -> Json:
        raise refusal or AssertionError

    return replace(found, handler=refuse) if refusal else found


def perform(found: Endpoint, call: Call, ids: dict[str, str]) -> Json:
    return expansion.expanded(call.store, found.handler(call, **ids), call.params.get("expand", []))


def once(call: Call, key: str, fingerprint: str, perform: Callable[[], Json]) -> Answer:
    """Perform under an idempotency key, or replay the first answer given under it."""
    if len(key) > LONGEST_KEY:
        raise ApiError(f"Idempotency keys have at most {LONGEST_KEY} characters.", kept=False)
    if not call.store.lock_key(key):
        raise ApiError(
            "There is currently another in-progress request using this idempotency key.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
            kept=False,
        )
    return replayed(call.store, key, fingerprint) or remembered(call.store, key, fingerprint, perform)


def replayed(store: Store, key: str, fingerprint: str) -> Answer | None:
    store.run("delete from idempotency_keys where created < %s", [store.now - KEY_LIFETIME])
    rows = store.rows("select * from idempotency_keys where key = %s", [key])
    if not rows:
        return None
    if rows[0]["fingerprint"] != fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
            kept=False,
        )
    return Answer(rows[0]["status"], rows[0]["body"], replayed=True)


def remembered(store: Store, key: str, fingerprint: str, perform: Callable[[], Json]) -> Answer:
    try:
        with store.connection.transaction():
            answer = Answer(200, perform())
    except ApiError as error:
        if not error.kept:
            raise
        answer = Answer(error.status, error.body())
    store.run(
        "insert into idempotency_keys (key, fingerprint, status, body, created) values (%s, %s, %s, %s, %s)",
        [key, fingerprint, answer.status, Jsonb(answer.body), store.now],
    )
    return answer


def fingerprint(path: str, account: str | None, body: bytes) -> str:
    return hashlib.sha256(f"{account or ''}{path}?".encode() + body).hexdigest()


def authenticate(header: str) -> None:
    key = secret_key(header)
    if not key:
        raise denied("You did not provide an API key. Send it as a bearer token in the Authorization header.")
    if key.startswith("sk_live"):
        raise denied("This is the sandbox. It refuses live keys: keep yours away from it.")
    if not key.startswith(config.KEY_PREFIX):
        raise denied(
            f"Invalid API Key provided: {key[:7]}***. The sandbox takes keys that begin with {config.KEY_PREFIX}."
        )


def secret_key(header: str) -> str:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError:
            return ""
    return ""


def denied(message: str) -> ApiError:
    return ApiError(message, status=401, kept=False)


def check_version(version: str | None) -> None:
    if version not in (None, stripe.api_version):
        raise ApiError(f"Invalid Stripe API version: {version}. The sandbox speaks {stripe.api_version}.", kept=False)


def unrecognized(request: HttpRequest) -> ApiError:
    return ApiError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404, kept=False)


def as_response(answer: Answer, request_id: str) -> JsonResponse:
    headers = {"Request-Id": request_id, "Stripe-Version": str(stripe.api_version)}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return JsonResponse(answer.body, status=answer.status, headers=headers)


def not_found(request: HttpRequest) -> HttpResponseBase:
    return as_response(Answer(404, unrecognized(request).body()), new_id("req"))


def failed() -> HttpResponseBase:
    error = ApiError("The sandbox failed. Its log has the traceback.", status=500, kind="api_error")
    return as_response(Answer(500, error.body()), new_id("req"))
