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
    "401": "There is no token, or it is over.",
    "403": "The token does not allow this.",
    "404": "There is no such record, or not for this token.",
    "409": "The business says no.",
    "412": "Somebody else changed the record.",
    "422": "The body is not as described, or its Idempotency-Key was used with another one.",
}


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
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200


@dataclass
class Schemas:
    """The shapes that were met, each once."""

    known: dict[str, Any] = field(default_factory=lambda: {"Problem": PROBLEM})

    def ref(self, shape: type[BaseModel], *, mode: str) -> dict[str, str]:
        """Keep a shape with all it is made of, and give the reference to it."""
        schema = shape.model_json_schema(
            ref_template=REFS, mode="validation" if mode == "in" else "serialization"
        )
        self.known |= schema.pop("$defs", {})
        self.known[shape.__name__] = schema
        return {"$ref": REFS.format(model=shape.__name__)}


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
            "description": "Decimals are strings, times are UTC in ISO 8601, lists are pages by"
            " key: give `after` of one page to get the next.",
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
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": kind}}
        for name, kind in point.parameters
    ]
    if point.takes:
        parameters.append({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}})
        shape = schemas.ref(point.takes, mode="in")
        content = {"application/json": {"schema": shape}}
        found["requestBody"] = {"required": True, "content": content}
    if parameters:
        found["parameters"] = parameters
    return found


def _responses(point: EndPoint, schemas: Schemas) -> Mapping[str, Any]:
    good: dict[str, Any] = {"description": point.summary}
    if point.gives:
        shape = schemas.ref(point.gives, mode="out")
        good["content"] = {"application/json": {"schema": shape}}
    answers = {str(point.status): good}
    problem = {"application/problem+json": {"schema": {"$ref": REFS.format(model="Problem")}}}
    for status, words in NOES.items() if point.permission else ():
        answers[status] = {"description": words, "content": problem}
    return answers
