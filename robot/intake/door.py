"""What every request to the tasks API passes: token, size, JSON; and the one shape of a refusal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security.http import HttpAuthBase

from robot.intake import tokens
from robot.intake.refusal import Refusal, Wrong
from robot.models import Connection
from robot.transitions import TransitionError, ledger

log = structlog.get_logger(__name__)

MAX_BODY = 64 * 1024
_MESSAGES = {"missing": "is missing", "extra_forbidden": "is not a known key"}
_TOO_BIG = f"the body has more than {MAX_BODY // 1024} KiB"
_NO_JSON = (
    "the body must be one JSON object in UTF-8; a key given twice, NaN and very deep nesting are "
    "refused too"
)


class Bearer(HttpAuthBase):
    """`Authorization: Bearer <token>` -> the Connection; afterwards the size of the body."""

    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Connection:
        """The connection, or Refusal 401 or 413."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal(401, "unauthorized", "give your token as: Authorization: Bearer <token>")
        try:
            connection = tokens.verify(token.strip())
        except tokens.BadToken as bad:
            known = bad.connection
            # The reason is for our ledger; outside, all bad tokens look the same.
            raise Refusal(
                401, "unauthorized", "this token opens nothing", [Wrong("", "", bad.reason)], known
            ) from None
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise Refusal(413, "too_large", _TOO_BIG, connection=connection)
        return connection


class StrictJson(Parser):
    """JSON without its ambiguities: no key twice, no NaN, an object on top."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body's object. Raises ValueError, which becomes a 400."""
        try:
            body = json.loads(
                request.body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant
            )
        except RecursionError:
            raise ValueError("nested too deep") from None
        if not isinstance(body, dict):
            raise TypeError("no object")
        return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def install(api: NinjaAPI) -> None:
    """Give the API its one shape of refusals."""
    handlers: dict[type[Exception], Any] = {
        Refusal: _refused,
        ValidationError: _invalid,
        AuthenticationError: _http,
        HttpError: _http,
        OperationalError: _busy,
        TransitionError: _busy,
    }
    for error, handler in handlers.items():
        api.add_exception_handler(error, handler)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Write the one ledger row, without values, then answer."""
    connection = refusal.connection or getattr(request, "auth", None)
    if isinstance(connection, Connection):
        route = request.resolver_match.route if request.resolver_match else ""
        body = {
            "reason": refusal.code,
            "request": f"{request.method} {route}",
            "connection": connection.slug,
            "fields": [wrong.ledger or wrong.path for wrong in refusal.fields],
        }
        actor = "unknown" if refusal.status == 401 else connection.slug
        try:
            ledger(connection.tenant, "intake_refused", actor, body)
        except OperationalError as error:
            return _busy(request, error)
    shown = [{"path": w.path, "detail": w.detail} for w in refusal.fields if w.detail]
    problem = {"error": refusal.code, "detail": refusal.detail, "fields": shown}
    response = JsonResponse(problem, status=refusal.status)
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [_wrong(item) for item in error.errors]
    kinds = {str(item["type"]) for item in error.errors}
    code = "too_few_keys" if kinds == {"too_few_keys"} else "invalid"
    detail = "; ".join(f"{wrong.path or 'the body'}: {wrong.detail}" for wrong in fields[:3])
    return _refused(request, Refusal(422, code, detail, fields[:50]))


def _wrong(item: dict[str, Any]) -> Wrong:
    # loc: where it came from (body, query, header, path), the argument's name, then the path.
    place, kind = [str(part)[:60] for part in item["loc"]], str(item["type"])
    path = place[2:] if place[0] == "body" else place[1:]
    detail = _MESSAGES.get(kind) or str(item["msg"])
    kept = [*path[:-1], "?"] if kind == "extra_forbidden" else path
    return Wrong(".".join(path), detail, ".".join(kept))


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 400:
        return _refused(request, Refusal(400, "invalid_json", _NO_JSON))
    return _refused(request, Refusal(error.status_code, "refused", error.message))


def _busy(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database was locked or another was first: nothing was changed, the same call may come again."""
    log.warning("intake was busy", reason=type(error).__name__)
    problem = {"error": "busy", "detail": "nothing was changed; try again soon", "fields": []}
    response = JsonResponse(problem, status=503)
    response["Retry-After"] = "2"
    return response


def need(connection: Connection, scopes: Iterable[str]) -> None:
    """Raise Refusal (403) unless the connection has these scopes."""
    missing = [scope for scope in scopes if scope not in connection.scopes]
    if missing:
        raise Refusal(403, "missing_scope", f"this token lacks the scope {' and '.join(missing)}")
