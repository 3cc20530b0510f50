"""The words for the choices of this room, in the language of whoever reads."""

from collections.abc import Mapping

from portal.blueprints.escalations.models import Problem, Trigger
from portal.blueprints.escalations.rules import words as case_words
from portal.blueprints.postmortems.models import (
    ActionKind,
    ActionPriority,
    DueReason,
    Factor,
    FindingKind,
    RemarkState,
    State,
)
from portal.core.access import Role
from portal.core.i18n import _

from .due import CounselChoice


def _pick(words: Mapping[str, str], key: str) -> str:
    return str(words.get(key, key))


def reason_words(reason: str) -> str:
    """Say which rule made a post-mortem due."""
    words: dict[str, str] = {
        DueReason.E1: _("a critical case (E1)"),
        DueReason.E2_LONG: _("a high case (E2) that took more than two weeks"),
        DueReason.LOST_ACCOUNT: _("the customer was lost"),
        DueReason.COMPENSATION_ABOVE_DIRECTOR: _("compensation above a director’s limit"),
        DueReason.RE_ESCALATION: _("the case came back within 90 days"),
        DueReason.ASKED_FOR: _("somebody asked for it"),
    }
    return _pick(words, reason)


def factor_words(factor: str) -> str:
    """Name a contributing factor of the taxonomy."""
    words: dict[str, str] = {
        Factor.PRODUCT_DEFECT: _("Product defect"),
        Factor.CHANGE_OR_RELEASE: _("Change or release"),
        Factor.CAPACITY_OR_LOAD: _("Capacity or load"),
        Factor.THIRD_PARTY: _("Third party"),
        Factor.MONITORING_GAP: _("Gap in monitoring"),
        Factor.PROCESS_GAP: _("Gap in the process"),
        Factor.HANDOVER: _("Hand-over"),
        Factor.COMMUNICATION: _("Communication"),
        Factor.EXPECTATION_OR_CONTRACT: _("Expectation or contract"),
        Factor.STAFFING_OR_SKILL: _("Staffing or skill"),
        Factor.DATA_OR_BILLING: _("Data or billing"),
        Factor.SECURITY: _("Security"),
    }
    return _pick(words, factor)


def weight_words(weight: int | None) -> str:
    """Say how much a factor weighed."""
    words = {3: _("Decisive"), 2: _("Contributing"), 1: _("Minor")}
    return str(words[weight]) if weight in words else str(_("not weighed"))


def finding_words(kind: str) -> str:
    """Name what went well, badly, or by luck."""
    words: dict[str, str] = {
        FindingKind.WELL: _("What went well"),
        FindingKind.BADLY: _("What went badly"),
        FindingKind.LUCK: _("What was luck"),
    }
    return _pick(words, kind)


def kind_words(kind: str | None) -> str:
    """Name what an action changes."""
    words: dict[str, str] = {
        ActionKind.PREVENT: _("Prevent"),
        ActionKind.DETECT: _("Detect sooner"),
        ActionKind.RESPOND: _("Respond better"),
        ActionKind.TRAIN: _("Train"),
        ActionKind.DOCUMENT: _("Document"),
        ActionKind.PRODUCT: _("Change the product"),
    }
    return _pick(words, kind) if kind else str(_("kind not said"))


def missing_words(kind: str) -> str:
    """Name what is missing: a step, an action, a verification, a note."""
    words = {
        "draft": _("Draft of the post-mortem"),
        "meeting": _("Meeting about the post-mortem"),
        "approval": _("Approval of the post-mortem"),
        "publication": _("Publication of the post-mortem"),
        "action": _("Action"),
        "verification": _("Verification by somebody else"),
        "loss": _("Loss note"),
    }
    return _pick(words, kind)


def alike_words(name: str, value: str) -> str:
    """Say in what two are alike: a fact that both share, or words."""
    words = {
        "factor": _("the same factor: %(value)s", value=factor_words(value)),
        "account": _("the same customer"),
        "problem": _("the same kind of problem: %(value)s", value=_problem(value)),
        "trigger": _("the same trigger: %(value)s", value=_trigger(value)),
        "product": _("the same product: %(value)s", value=value),
        "segment": _("the same segment: %(value)s", value=value),
        "industry": _("the same industry: %(value)s", value=value),
        "words": _("the same words: %(value)s", value=value),
    }
    return _pick(words, name)


def _problem(value: str) -> str:
    known = value in set(Problem)
    return case_words.problem_words(Problem(value)) if known else value


def _trigger(value: str) -> str:
    known = value in set(Trigger)
    return case_words.trigger_words(Trigger(value)) if known else value


def variant_words(name: str) -> str:
    """Name for whom a post-mortem is shown."""
    words = {
        "internal": _("For ourselves"),
        "customer": _("For the customer"),
        "counsel": _("For counsel"),
    }
    return _pick(words, name)


def priority_words(priority: str) -> str:
    """Name how soon an action is due."""
    words: dict[str, str] = {
        ActionPriority.PRIORITY: _("Priority"),
        ActionPriority.NORMAL: _("Normal"),
    }
    return _pick(words, priority)


def counsel_words(choice: str) -> str:
    """Name the form that counsel chose."""
    words: dict[str, str] = {
        CounselChoice.ORDINARY: _("Ordinary: written like any other"),
        CounselChoice.FACTS_ONLY: _("Facts only: timelines and actions, no causes"),
        CounselChoice.COMMISSIONED: _("Commissioned by counsel: written there, not here"),
    }
    return _pick(words, choice)


def field_words(name: str) -> str:
    """Name a text of a post-mortem."""
    words = {
        "title": _("Title"),
        "summary": _("Summary"),
        "surprise": _("Why we were surprised"),
        "what_happened": _("What happened"),
        "what_customer_heard": _("What the customer heard"),
        "what_promised": _("What we promised"),
        "what_decided": _("What we decided, and who knew"),
        "causes": _("Causes"),
        "findings": _("Findings"),
        "actions": _("Actions"),
    }
    return _pick(words, name)


def remark_words(state: str) -> str:
    """Say what became of a remark."""
    words: dict[str, str] = {
        RemarkState.OPEN: _("Remark open"),
        RemarkState.TAKEN: _("Its words were taken"),
        RemarkState.SETTLED: _("Remark settled"),
    }
    return _pick(words, state)


def step_words(step: str) -> str:
    """Name a step that has a deadline."""
    words = {"draft": _("Draft"), "meeting": _("Meeting"), "approval": _("Approval")}
    return _pick(words, step)


def decision_words(kind: str) -> str:
    """Name a decision about a post-mortem."""
    words = {
        "postmortems.due": _("A post-mortem is due"),
        "postmortems.approval": _("Approved"),
        "postmortems.waiver": _("Whether it is left out"),
        "postmortems.form": _("Counsel chose its form"),
    }
    return _pick(words, kind)


def next_words(state: str, *, late: bool) -> str:
    """Name what a post-mortem waits for."""
    words: dict[str, str] = {
        State.DUE: _("Draft"),
        State.DRAFT: _("Draft"),
        State.IN_REVIEW: _("Approval"),
        State.APPROVED: _("Publication"),
        State.PUBLISHED: _("Actions"),
        State.WITH_COUNSEL: _("Counsel’s choice"),
        State.WAIVED: _("Nothing more"),
    }
    step = _pick(words, state)
    return str(_("%(step)s, late", step=step)) if late else step


def role_words(role: str) -> str:
    """Speak of somebody by their role, as the middle of a sentence."""
    words: dict[str, str] = {
        Role.CSM: _("the customer success manager"),
        Role.ACCOUNT_MANAGER: _("the account manager"),
        Role.SUPPORT: _("the support agent"),
        Role.ESCALATION_MANAGER: _("the escalation manager"),
        Role.FINANCE: _("the finance partner"),
        Role.LEGAL: _("counsel"),
        Role.EXECUTIVE: _("the executive"),
        Role.LEADERSHIP: _("the leadership"),
        Role.PROGRAMME_MANAGER: _("the programme manager"),
        Role.CONTRIBUTOR: _("the specialist"),
        Role.PRIVACY: _("the data-protection officer"),
        "contact": _("the customer’s contact"),
    }
    return str(words.get(role) or _("a colleague"))
