"""The room for programs, as one blueprint."""

from apiflask import APIBlueprint

bp = APIBlueprint("briefings_api", __name__, url_prefix="/api/v1/briefings")
