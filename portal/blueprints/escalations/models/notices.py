"""Formal notices: letters with legal effect."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Row, choice, words


class NoticeKind(StrEnum):
    """Kinds of formal notice."""

    TERMINATION = "termination"
    MISE_EN_DEMEURE = "mise_en_demeure"
    DIFFIDA_AD_ADEMPIERE = "diffida_ad_adempiere"
    MESSA_IN_MORA = "messa_in_mora"
    LETTER_BEFORE_ACTION = "letter_before_action"
    SWITCHING_REQUEST = "switching_request"


class NoticeChannel(StrEnum):
    """How a formal notice came."""

    CERTIFIED_MAIL = "certified_mail"
    REGISTERED_POST = "registered_post"
    LAWYER = "lawyer"
    MAIL = "mail"


class FormalNotice(Row):
    """A letter with legal effect; makes the case E1. Only legal sets its legal deadline."""

    __tablename__ = "formal_notice"

    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"), index=True)
    kind: Mapped[NoticeKind] = choice(NoticeKind)
    channel: Mapped[NoticeChannel] = choice(NoticeChannel)
    received_at: Mapped[datetime]
    legal_deadline: Mapped[date | None]
    deadline_set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    sender: Mapped[str] = words(160, holds=personal.CONTACT, default="")
