"""Doors to the index of the API and to its description."""

import re
from collections.abc import Iterator

from apiflask import APIBlueprint
from flask import Response, current_app, jsonify

from portal.core.web import public

from . import rules

bp = APIBlueprint("api", __name__, url_prefix="/api/v1")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
KINDS = {"int": "integer"}
DOCUMENT = "portal_openapi"


@bp.get("/")
@public
def index() -> Response:
    """Say where the API is described and which rooms it has."""
    rooms = sorted({point.room for point in _end_points() if point.permission})
    return jsonify(
        name="Parley",
        version="1",
        openapi=f"{_base()}/api/v1/openapi.json",
        rooms={room: f"{_base()}/api/v1/{room}/" for room in rooms},
    )


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """Give the OpenAPI 3.1 document of every end point: worked out once, it takes a second."""
    kept = current_app.extensions
    if DOCUMENT not in kept:
        kept[DOCUMENT] = jsonify(rules.document(_end_points(), server=_base())).get_data()
    return Response(kept[DOCUMENT], mimetype="application/json")


def _base() -> str:
    return str(current_app.config["PORTAL"].base_url)


def _end_points() -> Iterator[rules.EndPoint]:
    """Walk the routes under /api/v1 and read what their views declare."""
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        if not rule.rule.startswith("/api/v1/") or not hasattr(view, "permission"):
            continue
        asks, takes, gives, status = getattr(view, "shapes", (None, None, None, 200))
        names = re.findall(r"<(?:(\w+)(?:\([^>]*\))?:)?(\w+)>", rule.rule)
        for method in sorted(set(METHODS) & (rule.methods or set())):
            yield rules.EndPoint(
                path=re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule),
                method=method,
                name=rule.endpoint.replace("_api", "") + ("" if method == "GET" else f".{method}"),
                room=rule.endpoint.partition(".")[0].removesuffix("_api"),
                summary=" ".join((view.__doc__ or rule.endpoint).split()),
                permission=view.permission.value if view.permission else None,
                parameters=tuple((name, KINDS.get(kind, "string")) for kind, name in names),
                asks=asks,
                takes=takes,
                gives=gives,
                status=status,
            )
