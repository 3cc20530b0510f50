"""The room's blueprint for programs."""

from apiflask import APIBlueprint

bp = APIBlueprint(
    "sponsorship_api", "portal.blueprints.sponsorship", url_prefix="/api/v1/sponsorship"
)
