"""What every door for programs shares: tokens, problems as RFC 9457, ETags, keys that make a
repeated call harmless.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from flask import Flask, Response, g, request
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import PydanticCustomError, core_schema
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import HTTP_STATUS_CODES

from portal.core import clock, paging
from portal.core.db import db, insert_once
from portal.core.errors import NotFound, Refused, Stale
from portal.core.money import Money
from portal.core.web import Once, moving, viewer

S = TypeVar("S", bound=BaseModel)
V = TypeVar("V", bound=Callable[..., Any])
MOST = 200
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# What the business refuses although it is of the right shape: 409, as if an action had refused it.
REFUSED = "refused"


def init_app(app: Flask) -> None:
    """Let errors under /api/ be problems."""
    app.extensions["portal_problem"] = problem


class Shape(BaseModel):
    """Input or output of the API: strict, and nothing that it does not name."""

    # Built when first used: for all of them at once it takes a tenth of every process's start.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True)
class Words:
    """What holds of a text: at most so many characters, with something to read in it unless `least`
    is 0, and without the character that no database stores.
    """

    most: int
    least: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Give how the library reads it: held as it was sent, then without the space around."""
        held = core_schema.str_schema(
            strict=True,
            min_length=self.least or None,
            max_length=self.most,
            pattern=r"^[^\x00]*[^\x00\s][^\x00]*$" if self.least else r"^[^\x00]*$",
        )
        return core_schema.no_info_after_validator_function(str.strip, held)


def _written(value: Any) -> Any:
    """Hold a time against RFC 3339: the library reads seconds since 1970 out of a text too."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise PydanticCustomError("datetime", "a time is written as RFC 3339 says, with its offset")
    if value[17:19] == "60":
        raise PydanticCustomError(REFUSED, "leap seconds are not kept here")
    return value


def _as_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(REFUSED, "this time lies outside of all calendars") from None


When = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_written), AfterValidator(_as_utc)
]


def _day(value: Any) -> Any:
    """Hold a day against ISO 8601: the library reads seconds since 1970 out of a text too."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise PydanticCustomError("date", "a day is written as ISO 8601 says: 2026-11-23")
    return value


Day = Annotated[date, Field(strict=False), BeforeValidator(_day)]


def _whole(value: Any) -> Any:
    """Read a number without a fraction as JSON Schema does: 2.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Stands last, after the bounds of a number: they would be missing from the description else.
Whole = BeforeValidator(_whole)
Limit = Annotated[int, Field(ge=1, le=MOST, description="How many rows a page has at most.")]


def _cursor(value: str) -> str:
    """Refuse a cursor that we never gave: whoever asks would read the first page for ever."""
    if value and not paging.is_cursor(value):
        raise PydanticCustomError(REFUSED, "this is no place in a list that we gave")
    return value


Cursor = Annotated[str, Words(400, least=0), AfterValidator(_cursor)]


class Amount(Shape):
    """Money: an exact decimal as text, and its ISO 4217 currency."""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


def amount_of(money: Money | None) -> Amount | None:
    """Give money as programs read it."""
    if money is None:
        return None
    return Amount(amount=format(money.amount, "f"), currency=money.currency.code)


class Paging(Shape):
    """Which part of a list: after which row (`after` of the page before), and how long."""

    after: Cursor = ""
    limit: Limit = 50


def shapes(
    *,
    asks: type[BaseModel] | None = None,
    takes: type[BaseModel] | type[bytes] | None = None,
    gives: type[BaseModel] | type[bytes] | None = None,
    status: int = 200,
) -> Callable[[V], V]:
    """Say what an end point asks for in its address, takes and gives (`bytes` for a file), for the
    OpenAPI document.
    """

    def mark(view: V) -> V:
        view.shapes = (asks, takes, gives, status)  # type: ignore[attr-defined]
        return view

    return mark


def problem(
    status: int,
    *,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
    allow: Iterable[str] = (),
) -> Response:
    """Answer with a problem (RFC 9457), with a list of fields where there are any, and with the
    methods that would be allowed.
    """
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
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(allow))
    return response


def answer(shape: BaseModel, *, status: int = 200, etag: str = "", location: str = "") -> Response:
    """Answer with a shape as JSON."""
    response = Response(shape.model_dump_json(), status, content_type="application/json")
    if etag:
        response.set_etag(etag)
    if location:
        response.headers["Location"] = location
    return response


def read_body(shape: type[S]) -> S:
    """Read the request's JSON as a shape; pydantic's own error says which fields are wrong."""
    if not request.is_json:
        raise UnsupportedMediaType
    return shape.model_validate_json(request.get_data(cache=True))


def read_query(shape: type[S]) -> S:
    """Read what an address asks for as a shape; each word once, and none that it does not name."""
    given = request.args.lists()
    single = {name: values[0] if len(values) == 1 else values for name, values in given}
    return shape.model_validate_strings(single)


def call(work: Callable[[], Response]) -> Response:
    """Carry out a call and turn every business "no" into a problem."""
    try:
        return work()
    except ValidationError as wrong:
        found = _misshapen(wrong)
    except NotFound:
        found = moving.led_on() or problem(404)
    except Refused as refusal:
        fields = [{"field": refusal.field, "message": refusal.message}] if refusal.field else []
        found = problem(409, detail=refusal.message, errors=fields)
    except Stale as stale:
        found = problem(412, detail=stale.message)
    db.session.rollback()
    return found


def _misshapen(wrong: ValidationError) -> Response:
    found = wrong.errors(include_url=False, include_input=False)
    fields = [{"field": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in found]
    if all(e["type"] == REFUSED for e in found):
        return problem(409, detail=found[0]["msg"], errors=fields)
    return problem(422, detail="what was sent is not as described", errors=fields)


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
