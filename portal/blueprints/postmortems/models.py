"""Post-mortems: what happened, why, and what is done so that it does not happen again."""

from enum import StrEnum


class State(StrEnum):
    """Where a post-mortem stands."""

    DUE = "due"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITH_COUNSEL = "with_counsel"
    WAIVED = "waived"


class DueReason(StrEnum):
    """Which rule made a post-mortem due."""

    E1 = "e1"
    E2_LONG = "e2_long"
    LOST_ACCOUNT = "lost_account"
    COMPENSATION_ABOVE_DIRECTOR = "compensation_above_director"
    RE_ESCALATION = "re_escalation"
    ASKED_FOR = "asked_for"


class Factor(StrEnum):
    """Taxonomy of contributing factors."""

    PRODUCT_DEFECT = "product_defect"
    CHANGE_OR_RELEASE = "change_or_release"
    CAPACITY_OR_LOAD = "capacity_or_load"
    THIRD_PARTY = "third_party"
    MONITORING_GAP = "monitoring_gap"
    PROCESS_GAP = "process_gap"
    HANDOVER = "handover"
    COMMUNICATION = "communication"
    EXPECTATION_OR_CONTRACT = "expectation_or_contract"
    STAFFING_OR_SKILL = "staffing_or_skill"
    DATA_OR_BILLING = "data_or_billing"
    SECURITY = "security"


class FindingKind(StrEnum):
    """What went well, badly, or by luck."""

    WELL = "well"
    BADLY = "badly"
    LUCK = "luck"


class ActionState(StrEnum):
    """What became of an action: it ends verified or dropped with a reason."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"


class ActionPriority(StrEnum):
    """Priority actions are due in four weeks, others in eight."""

    PRIORITY = "priority"
    NORMAL = "normal"
