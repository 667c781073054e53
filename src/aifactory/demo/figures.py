"""A job's own figures in words."""

from typing import Any


def classifier(metrics: dict[str, Any]) -> list[str]:
    """Say what a sweep of classifiers found on its held-out cases; the verdict is the recipe's own sentence."""
    measure = "ROC-AUC" if metrics["measure"] == "roc_auc" else "accuracy"
    difference, majority = metrics["comparison"], metrics["against_majority"]
    families = metrics["selection"]["families"]
    swept = ", ".join(f"{name} {found['mean']:.4f}" for name, found in families.items())
    shown = dict.fromkeys(filter(None, (metrics["chosen"], metrics["released"])))
    tested = ", ".join(f"{name} {metrics['test'][name][metrics['measure']]:.4f}" for name in shown)
    return [
        f"nested cross-validation ({measure}): {swept}",
        f"held-out test ({measure}): {tested}; released: {metrics['released'] or 'nothing'}",
        f"paired difference of {difference['of']} from logistic regression: {difference['difference']:+.4f} "
        f"({difference['low']:+.4f} … {difference['high']:+.4f}, {difference['level']:.0%})",
        f"difference from the majority rule: {majority['difference']:+.4f} ({majority['low']:+.4f} … {majority['high']:+.4f})",
        metrics["verdict"]["en"],
    ]


WON = {"clear_win": "clearly better", "clear_loss": "clearly worse", "no_clear_win": "not clearly different"}


def forecast(metrics: dict[str, Any]) -> list[str]:
    """Say how far a forecast of carbon intensity was off on the test days, beside persistence and the published one."""
    errors, beaten, peer = metrics["mae"], metrics["against_persistence"], metrics["peer"]
    return [
        f"mean absolute error on unseen days: {errors['model']} {metrics['unit']}; "
        f"persistence {errors['persistence']}, mean of 7 days {errors['mean_of_7_days']}",
        f"persistence's error less ours: {_gap(beaten)}: {WON[beaten['verdict']]}",
        f"published CarbonCast forecast on the same {peer['days']} days: {peer['mae_peer']}, ours {peer['mae_model']}; "
        f"theirs less ours: {_gap(peer)}: {WON[peer['verdict']]}",
        f"the range held {metrics['range']['held']:.0%} of the hours (aimed: {metrics['range']['aimed']:.0%})",
    ]


def _gap(found: dict[str, Any]) -> str:
    return f"{found['difference']} ({found['low']} … {found['high']}, {found['level']:.0%})"
