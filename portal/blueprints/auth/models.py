"""People, their roles and teams, and the organisation they work in."""

from enum import StrEnum


class Grade(StrEnum):
    """How far up a person stands; authority to approve rests on it."""

    STAFF = "staff"
    MANAGER = "manager"
    DIRECTOR = "director"
    VP = "vp"
    CXO = "cxo"
