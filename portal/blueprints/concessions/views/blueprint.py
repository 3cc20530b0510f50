"""Where all pages of compensation hang."""

from flask import Blueprint

bp = Blueprint("concessions", __name__, url_prefix="/concessions")
