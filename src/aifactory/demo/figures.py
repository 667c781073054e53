"""A job's own figures in words."""

from typing import Any


def classifier(metrics: dict[str, Any]) -> list[str]:
    """Say what a sweep of classifiers found on its held-out cases; the verdict is the recipe's own sentence."""
    measure = "ROC-AUC" if metrics["measure"] == "roc_auc" else "accuracy"
    difference, majority = metrics["comparison"], metrics["against_majority"]
    families = metrics["selection"]["families"]
    swept = ", ".join(f"{name} {found['mean']:.4f}" for name, found in families.items())
    chosen = metrics["test"][metrics["chosen"]]
    return [
        f"nested cross-validation ({measure}): {swept}",
        f"test {measure} of {metrics['chosen']}: {chosen[metrics['measure']]['value']:.4f}",
        f"paired difference from logistic regression: {difference['difference']:+.4f} "
        f"({difference['low']:+.4f} … {difference['high']:+.4f}, {difference['level']:.0%})",
        f"difference from the majority rule: {majority['difference']:+.4f} ({majority['low']:+.4f} … {majority['high']:+.4f})",
        metrics["verdict"]["en"],
    ]
