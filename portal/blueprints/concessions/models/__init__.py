"""Compensation cases: what is owed, lost, spent in effort, and given as a gesture."""

from .kinds import Form, Ground, Insurer, LeftOut, LotState, Move, Period, Rounding, State, Verdict
from .lots import CreditLine, CreditLot, LotSignature
from .offers import (
    Approval,
    Budget,
    ClosedPeriod,
    Concession,
    ConcessionPart,
    MeasuredAvailability,
    Movement,
    SentOffer,
    ServiceTerms,
)

__all__ = [
    "Approval",
    "Budget",
    "ClosedPeriod",
    "Concession",
    "ConcessionPart",
    "CreditLine",
    "CreditLot",
    "Form",
    "Ground",
    "Insurer",
    "LeftOut",
    "LotSignature",
    "LotState",
    "MeasuredAvailability",
    "Move",
    "Movement",
    "Period",
    "Rounding",
    "SentOffer",
    "ServiceTerms",
    "State",
    "Verdict",
]
