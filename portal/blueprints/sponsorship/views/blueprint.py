"""The blueprint of the room."""

from flask import Blueprint

from ..rules import criterion_name

bp = Blueprint("sponsorship", __name__, url_prefix="/sponsorship")
bp.add_app_template_filter(criterion_name)
