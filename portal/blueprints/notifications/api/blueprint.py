"""The room's blueprint for programs."""

from apiflask import APIBlueprint

bp = APIBlueprint(
    "notifications_api", "portal.blueprints.notifications", url_prefix="/api/v1/notifications"
)
