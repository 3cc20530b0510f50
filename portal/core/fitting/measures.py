"""How good predicted chances are: discrimination, calibration and the Brier score."""

from typing import Any

import numpy as np
from scipy.stats import rankdata

from portal.core.fitting.maximum import Array

BINS = 10


def quality(chance: Array, y: Array) -> dict[str, Any]:
    """Give the measures of predicted chances against what happened (1 or 0), as JSON values."""
    auc = discrimination(chance, y)
    spread = 1.96 * _error(auc, yes=float(y.sum()), no=float(len(y) - y.sum()))
    share = float(y.mean())
    return {
        "held_back": len(y),
        "auc": auc,
        "auc_low": max(0.0, auc - spread),
        "auc_high": min(1.0, auc + spread),
        "gini": 2 * auc - 1,
        "brier": float(np.mean((chance - y) ** 2)),
        "brier_of_the_average": share * (1 - share),
        "calibration_error": calibration_error(chance, y),
        "calibration": curve(chance, y),
    }


def discrimination(chance: Array, y: Array) -> float:
    """Give the area under the ROC curve: how often one who had the outcome was given the greater
    chance than one who had not; ties count half (Mann and Whitney).
    """
    yes = float(y.sum())
    ranks = float(rankdata(chance)[y == 1].sum())
    return (ranks - yes * (yes + 1) / 2) / (yes * (len(y) - yes))


def _error(auc: float, *, yes: float, no: float) -> float:
    """Give the standard error of an area (Hanley and McNeil, Radiology 143 (1982), 29-36)."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (yes - 1) * (q1 - auc**2) + (no - 1) * (q2 - auc**2)
    return float(np.sqrt(max(0.0, spread) / (yes * no)))


def calibration_error(chance: Array, y: Array) -> float:
    """Give the mean distance of predicted and observed rate over ten equally wide bins, each
    weighed by its rows (expected calibration error).
    """
    place = np.minimum((chance * BINS).astype(int), BINS - 1)
    expected, happened = np.bincount(place, chance), np.bincount(place, y)
    return float(np.abs(expected - happened).sum() / len(y))


def curve(chance: Array, y: Array) -> list[dict[str, Any]]:
    """Give the calibration curve: ten groups of as many rows, by rising chance."""
    order = np.argsort(chance, kind="stable")
    return [
        {
            "rows": len(group),
            "predicted": float(chance[group].mean()),
            "observed": float(y[group].mean()),
        }
        for group in np.array_split(order, BINS)
        if len(group)
    ]
