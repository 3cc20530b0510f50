"""The doors of the room, as one blueprint."""

from flask import Blueprint

bp = Blueprint("briefings", __name__)
