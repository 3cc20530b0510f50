"""The policy documents: their shapes, version 1 as shipped, and how a page describes them."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

from portal.blueprints.policies.models import PolicyKind

from .base import ClockSpan, Document, Span, Unit
from .changes import Change, Merged, changes, rebase
from .churn import CardFactor, ChurnCard
from .compensation import Authority, CompensationPolicy, Treatment
from .conditions import CONFIDENTIAL, FIELDS, Comparison, Condition, FactValue, Kind, Op, compare
from .described import (
    Row,
    Section,
    condition_words,
    described,
    fact_words,
    joiner_words,
    seen_words,
    since_words,
)
from .editing import added, digest, moved, removed, value_at, with_value
from .findings import Company, Finding, findings
from .outline import Page, beside, fact_choices, page_at, page_with, pages
from .playbooks import Joiner, Playbook, PlaybooksPolicy, PlaybookStep
from .postmortem import PostmortemPolicy
from .problems import Problem
from .problems import read as read_draft
from .regulator import RegulatorClock, RegulatorClocksPolicy
from .rights import may_propose, rehearsed, rehearsed_on_cases, signatures, signs_as
from .risk import RiskPolicy
from .routing import TEMPLATES, Actions, RoutingPolicy, RoutingRule
from .severity import Brief, LadderStep, SeverityLevel, SeverityPolicy
from .sheet import Control, Field, Group, Node, Options, Rows, find, tree
from .sponsorship import Lane, SponsorshipPolicy
from .triggers import Exclusions, PhraseList, TriggersPolicy
from .typed import read as read_typed
from .value import ValuePolicy
from .words import span_words, word

__all__ = [
    "CONFIDENTIAL",
    "FIELDS",
    "SHAPES",
    "TEMPLATES",
    "Actions",
    "Authority",
    "Brief",
    "CardFactor",
    "Change",
    "ChurnCard",
    "ClockSpan",
    "Company",
    "Comparison",
    "CompensationPolicy",
    "Condition",
    "Control",
    "Document",
    "Exclusions",
    "FactValue",
    "Field",
    "Finding",
    "Group",
    "Joiner",
    "Kind",
    "LadderStep",
    "Lane",
    "Merged",
    "Node",
    "Op",
    "Options",
    "Page",
    "PhraseList",
    "Playbook",
    "PlaybookStep",
    "PlaybooksPolicy",
    "PostmortemPolicy",
    "Problem",
    "RegulatorClock",
    "RegulatorClocksPolicy",
    "RiskPolicy",
    "RoutingPolicy",
    "RoutingRule",
    "Row",
    "Rows",
    "Section",
    "SeverityLevel",
    "SeverityPolicy",
    "Span",
    "SponsorshipPolicy",
    "Treatment",
    "TriggersPolicy",
    "Unit",
    "ValuePolicy",
    "added",
    "beside",
    "changes",
    "compare",
    "condition_words",
    "described",
    "digest",
    "dump",
    "fact_choices",
    "fact_words",
    "find",
    "findings",
    "joiner_words",
    "load_default",
    "may_propose",
    "moved",
    "page_at",
    "page_with",
    "pages",
    "parse",
    "parse_as",
    "read_draft",
    "read_typed",
    "rebase",
    "rehearsed",
    "rehearsed_on_cases",
    "removed",
    "seen_words",
    "shipped",
    "signatures",
    "signs_as",
    "since_words",
    "span_words",
    "tree",
    "value_at",
    "with_value",
    "word",
]

SHAPES: dict[PolicyKind, type[Document]] = {
    PolicyKind.SEVERITY: SeverityPolicy,
    PolicyKind.ROUTING: RoutingPolicy,
    PolicyKind.TRIGGERS: TriggersPolicy,
    PolicyKind.PLAYBOOKS: PlaybooksPolicy,
    PolicyKind.VALUE: ValuePolicy,
    PolicyKind.RISK: RiskPolicy,
    PolicyKind.COMPENSATION: CompensationPolicy,
    PolicyKind.SPONSORSHIP: SponsorshipPolicy,
    PolicyKind.POSTMORTEM: PostmortemPolicy,
    PolicyKind.REGULATOR_CLOCKS: RegulatorClocksPolicy,
}

D = TypeVar("D", bound=Document)


def parse(kind: PolicyKind, document: Mapping[str, object]) -> Document:
    """Read a document as JSON or TOML gave it; a ValueError (of pydantic) says what is wrong."""
    text = json.dumps(document, default=_iso)
    return SHAPES[PolicyKind(kind)].model_validate_json(text)


def parse_as(shape: type[D], document: Mapping[str, object]) -> D:
    """Read a document of a known shape: `parse_as(SeverityPolicy, version.document)`."""
    return read_as(shape, json.dumps(document, default=_iso))


def read_as(shape: type[D], text: str) -> D:
    """Read the JSON of a document of a known shape."""
    found = _read(shape, text)
    assert isinstance(found, shape)
    return found


@lru_cache(64)
def _read(shape: type[Document], text: str) -> Document:
    """Read a document that does not change; reading one takes as long as a page may."""
    return shape.model_validate_json(text)


def dump(document: Document) -> dict[str, object]:
    """Give the JSON document that `parse` reads: exact numbers and dates as strings."""
    return document.model_dump(mode="json")


def shipped(shape: type[D]) -> D:
    """Give version 1 by its shape, typed: `shipped(SeverityPolicy)`."""
    kind = next(kind for kind, known in SHAPES.items() if known is shape)
    document = load_default(kind)
    assert isinstance(document, shape)
    return document


@lru_cache
def load_default(kind: PolicyKind) -> Document:
    """Give version 1 of a policy as shipped in `defaults/`."""
    path = files("portal.blueprints.policies") / "defaults" / f"{PolicyKind(kind).value}.toml"
    return parse(kind, tomllib.loads(path.read_text(encoding="utf-8")))


def _iso(value: object) -> str:
    """Spell a date of TOML as JSON does."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a policy")
