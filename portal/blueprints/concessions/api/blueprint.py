"""The doors of compensation for programs."""

from apiflask import APIBlueprint

bp = APIBlueprint("concessions_api", __name__, url_prefix="/api/v1/concessions")
