"""How what is given is taxed and booked: the policy says it, form by form."""

from collections.abc import Sequence

from portal.blueprints.concessions.models import Form, Ground
from portal.blueprints.policies.rules.compensation import CompensationPolicy, Treatment

from .request import Request


def treatment(
    form: Form, ground: Ground, *, policies: Sequence[CompensationPolicy]
) -> Treatment | None:
    """Give how a form on a ground is taxed, by the first policy that says so; None: not decided."""
    said = (one.treatment_of(form.value, ground.value) for one in policies)
    return next((one for one in said if one is not None), None)


def touches_revenue(request: Request, *, policies: Sequence[CompensationPolicy]) -> bool:
    """Say whether a request touches when revenue may be recognised, under any policy: by its terms,
    or by a form that revenue accounting signs.
    """
    for policy in policies:
        if request.special_terms & set(policy.finance_signs):
            return True
        said = (policy.treatment_of(one.form.value, one.ground.value) for one in request.parts)
        if any(one is not None and one.revenue_signs for one in said):
            return True
    return False
