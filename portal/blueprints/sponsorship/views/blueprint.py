"""The blueprint of the room."""

from flask import Blueprint

bp = Blueprint("sponsorship", __name__, url_prefix="/sponsorship")
