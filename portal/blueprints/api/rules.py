"""The description of the API as an OpenAPI 3.1 document, made from what the end points declare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

REFS = "#/components/schemas/{model}"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem as RFC 9457 describes it.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
NOES = {
    "400": "The request cannot be read.",
    "401": "There is no token, or it is over.",
    "403": "The token does not allow this.",
    "404": "There is no such record, or not for this token.",
    "409": "The business says no.",
    "412": "Somebody else changed the record since it was read (`If-Match`).",
    "413": "The body is too large.",
    "415": "The body is of another type than described.",
    "422": "What was sent is not as described, or its Idempotency-Key was used with another body.",
    "503": "The database is away, busy or full: try again.",
}
PATTERNS = {
    "account": r"^ACC-[0-9]{5,12}$",
    "kind": r"^[a-z_]{3,40}$",
    "reference": r"^[A-Z]{2,3}-[0-9-]{4,20}$",
}
MOST_ID = 2**31 - 1
ONCE = (
    "Sent with a header `Idempotency-Key` of your choice it does its work once: the same request"
    " again gives the same answer for two days, another body under the same key is refused (422)."
)
UNCHANGED = (
    "With `If-Match` and the ETag that was read it is done only where nobody changed the record"
    " since (412)."
)


@dataclass(frozen=True)
class EndPoint:
    """One method of one path, and what it declares."""

    path: str
    method: str
    name: str
    room: str
    summary: str
    permission: str | None
    parameters: tuple[tuple[str, str], ...] = ()
    asks: type[BaseModel] | None = None
    takes: type[BaseModel] | type[bytes] | None = None
    gives: type[BaseModel] | type[bytes] | None = None
    status: int = 200


@dataclass
class Schemas:
    """The shapes that were met, each once, and each under a name of its own."""

    known: dict[str, Any] = field(default_factory=lambda: {"ProblemDetails": PROBLEM})

    def content(self, shape: type[BaseModel] | type[bytes], *, mode: str) -> dict[str, Any]:
        """Give what a body is made of, by its media type; a shape is kept with all it names."""
        if not issubclass(shape, BaseModel):
            return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        return {"application/json": {"schema": self.ref(shape, mode=mode)}}

    def ref(self, shape: type[BaseModel], *, mode: str) -> dict[str, str]:
        """Keep a shape with all it is made of, and give the reference to it."""
        schema = shape.model_json_schema(
            ref_template=REFS, mode="validation" if mode == "in" else "serialization"
        )
        self.keep({**schema.pop("$defs", {}), shape.__name__: schema})
        return {"$ref": REFS.format(model=shape.__name__)}

    def keep(self, found: Mapping[str, Any]) -> None:
        """Keep schemas by their names; two different ones of one name are a mistake of ours."""
        for name, schema in found.items():
            if self.known.setdefault(name, schema) != schema:
                raise ValueError(f"two shapes of the API are called {name}")


def document(end_points: Iterable[EndPoint], *, server: str) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of the end points; `server` is the address people use."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for point in sorted(end_points, key=lambda p: (p.path, p.method)):
        paths.setdefault(point.path, {})[point.method.lower()] = _operation(point, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Parley",
            "version": "1",
            "description": "Decimals are strings, times are written as RFC 3339 says, lists are"
            " pages by key: give `after` of one page to get the next.",
        },
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(sorted(schemas.known.items())),
        },
    }


def _operation(point: EndPoint, schemas: Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": point.name,
        "summary": point.summary,
        "tags": [point.room],
        "responses": _responses(point, schemas),
    }
    if point.permission:
        found["x-permission"] = point.permission
    else:
        found["security"] = []
    if point.method != "GET" and point.permission:
        found["description"] = ONCE if point.method == "POST" else UNCHANGED
    if point.takes:
        content = schemas.content(point.takes, mode="in")
        found["requestBody"] = {"required": True, "content": content}
    parameters = [*_in_path(point), *_in_query(point, schemas)]
    if parameters:
        found["parameters"] = parameters
    return found


def _in_path(point: EndPoint) -> Iterable[dict[str, Any]]:
    for name, kind in point.parameters:
        schema: dict[str, Any] = {"type": kind}
        if kind == "integer":
            schema |= {"minimum": 0, "maximum": MOST_ID}
        elif name in PATTERNS:
            schema |= {"pattern": PATTERNS[name]}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(point: EndPoint, schemas: Schemas) -> Iterable[dict[str, Any]]:
    """Give each word that may stand in an address after the question mark."""
    if point.asks is None:
        return
    whole = point.asks.model_json_schema(ref_template=REFS, mode="validation")
    schemas.keep(whole.pop("$defs", {}))
    needed = whole.get("required", [])
    for name, schema in whole["properties"].items():
        found: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
        if "description" in schema:
            found["description"] = schema.pop("description")
        yield found | ({"required": True} if name in needed else {})


def _responses(point: EndPoint, schemas: Schemas) -> Mapping[str, Any]:
    good: dict[str, Any] = {"description": point.summary}
    if point.gives:
        good["content"] = schemas.content(point.gives, mode="out")
    answers = {str(point.status): good}
    problem = {
        "application/problem+json": {"schema": {"$ref": REFS.format(model="ProblemDetails")}}
    }
    for status, words in NOES.items() if point.permission else ():
        answers[status] = {"description": words, "content": problem}
    return answers
