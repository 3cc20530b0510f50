"""Every read of the surveys; the functions named here are its contract with others."""

from .asking import (
    KEY,
    Asked,
    asked,
    current,
    earlier,
    first_there,
    of_case,
    page,
    token_of,
    whom_to_ask,
)
from .exports import answers_table, recommend_table
from .facts import FACTS, latest_nps, would_not_recommend
from .nps import (
    NPS_KEY,
    AskedToRecommend,
    asked_to_recommend,
    due_to_be_asked,
    nps_answer,
    nps_page,
    nps_scores,
    nps_token,
    schedule,
    who_recommends,
)

__all__ = [
    "FACTS",
    "KEY",
    "NPS_KEY",
    "Asked",
    "AskedToRecommend",
    "answers_table",
    "asked",
    "asked_to_recommend",
    "current",
    "due_to_be_asked",
    "earlier",
    "first_there",
    "latest_nps",
    "nps_answer",
    "nps_page",
    "nps_scores",
    "nps_token",
    "of_case",
    "page",
    "recommend_table",
    "schedule",
    "token_of",
    "who_recommends",
    "whom_to_ask",
    "would_not_recommend",
]
