"""What the doors of this room share."""

from flask import Blueprint

from .. import rules
from ..forms import BANDS, IMPACT, LIKELY, RULES, STAGES

bp = Blueprint("risk", __name__, url_prefix="/risk")
bp.record_once(
    lambda setup: setup.app.jinja_env.globals.update(
        risk_deed=rules.deed,
        risk_factor=rules.factor_word,
        risk_measure=rules.measured,
        risk_points=rules.in_points,
        risk_words={
            "bands": BANDS,
            "stages": STAGES,
            "rules": RULES,
            "likely": LIKELY,
            "impact": IMPACT,
        },
    )
)
