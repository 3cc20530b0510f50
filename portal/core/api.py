"""What every door for programs shares: tokens, problems as RFC 9457, ETags, keys that make a
repeated call harmless.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.http import HTTP_STATUS_CODES

from portal.core import clock
from portal.core.db import db, insert_once
from portal.core.errors import NotFound, Refused, Stale
from portal.core.web import Once, viewer

V = TypeVar("V", bound=Callable[..., Any])
MAX_DEPTH = 32


def init_app(app: Flask) -> None:
    """Let errors under /api/ be problems."""
    app.extensions["portal_problem"] = problem


class Shape(BaseModel):
    """Input or output of the API: strict, and nothing that it does not name."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def shapes(
    *, takes: type[BaseModel] | None = None, gives: type[BaseModel] | None = None, status: int = 200
) -> Callable[[V], V]:
    """Say what an end point takes and gives, for the OpenAPI document."""

    def mark(view: V) -> V:
        view.shapes = (takes, gives, status)  # type: ignore[attr-defined]
        return view

    return mark


def problem(
    status: int, *, detail: str = "", errors: list[dict[str, str]] | None = None
) -> Response:
    """Answer with a problem (RFC 9457), with a list of fields where there are any."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "request_id": g.get("request_id", ""),
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answer(shape: BaseModel, *, status: int = 200, etag: str = "", location: str = "") -> Response:
    """Answer with a shape as JSON."""
    response = Response(shape.model_dump_json(), status, content_type="application/json")
    if etag:
        response.set_etag(etag)
    if location:
        response.headers["Location"] = location
    return response


def read_body(shape: type[BaseModel]) -> Any:
    """Read the request's JSON as a shape; pydantic's own error says which fields are wrong."""
    if not request.is_json:
        raise Refused("the body must be application/json")
    body = request.get_data(cache=True)
    if b"\\u0000" in body or b"\x00" in body:
        abort(400)
    return shape.model_validate_json(body)


def call(work: Callable[[], Response]) -> Response:
    """Carry out a call and turn every business "no" into a problem."""
    try:
        return work()
    except ValidationError as wrong:
        fields = [
            {"field": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in wrong.errors()
        ]
        found: Response = problem(422, detail="the body is not as described", errors=fields)
    except NotFound:
        found = problem(404)
    except Refused as refusal:
        fields = [{"field": refusal.field, "message": refusal.message}] if refusal.field else []
        found = problem(409, detail=refusal.message, errors=fields)
    except Stale as stale:
        found = problem(412, detail=stale.message)
    db.session.rollback()
    return found


def once(work: Callable[[], Response]) -> Response:
    """Carry out a creating call once per `Idempotency-Key`; another body under the same key is
    refused.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        response = call(work)
        if response.status_code < 400:
            db.session.commit()
        return response
    name = hashlib.sha256(f"{viewer().id}|{request.path}|{key}".encode()).hexdigest()
    digest = hashlib.sha256(request.get_data(cache=True)).hexdigest()
    if not insert_once(Once, key=name, digest=digest, at=clock.now(), location="", body=""):
        return _again(name, digest)
    response = call(work)
    if response.status_code < 400:
        kept = {"status": response.status_code, "body": response.get_data(as_text=True)}
        location = response.headers.get("Location", "")
        db.session.execute(
            sa.update(Once).where(Once.key == name).values(location=location, **kept)
        )
        db.session.commit()
    return response


def _again(name: str, digest: str) -> Response:
    earlier = db.session.execute(sa.select(Once).filter_by(key=name)).scalar_one()
    db.session.rollback()
    if earlier.digest != digest:
        return problem(422, detail="this Idempotency-Key was used with another body")
    response = Response(earlier.body, earlier.status or 409, content_type="application/json")
    if earlier.location:
        response.headers["Location"] = earlier.location
    return response
