"""The outcome in plain words, in both languages of the house."""

from typing import Any

NAMES = {
    "majority": ("the majority rule", "de meerderheidsregel"),
    "logistic_regression": ("logistic regression", "logistische regressie"),
    "random_forest": ("random forest", "random forest"),
    "gradient_boosting": ("gradient boosting", "gradient boosting"),
    "support_vector_machine": ("a support vector machine", "een support vector machine"),
}
MEASURES = {"roc_auc": ("ROC-AUC", "ROC-AUC"), "accuracy": ("accuracy", "het aandeel goede antwoorden")}


def verdict(
    chosen: str, released: str, comparison: dict[str, Any], against: dict[str, Any], measure: str
) -> dict[str, str]:
    """Say which model is released and why, in English and in Dutch."""
    best_en, best_nl = NAMES[chosen]
    figure_en, figure_nl = MEASURES[measure]
    gap = f"{comparison['difference']:+.4f} ({comparison['low']:+.4f} … {comparison['high']:+.4f})"
    if against["low"] <= 0:
        name_en, name_nl = NAMES[released]
        return {
            "en": f"Nothing is released: {name_en} does not clearly beat always naming the largest class.",
            "nl": f"Er komt niets vrij: {name_nl} wint niet duidelijk van altijd de grootste klasse noemen.",
        }
    if comparison["verdict"] == "same_model":
        return {
            "en": "The simplest model, logistic regression, was also the best in cross-validation. "
            "It is released.",
            "nl": "Het simpelste model, logistische regressie, was ook het beste bij de kruisvalidatie. "
            "Dat komt vrij.",
        }
    if comparison["verdict"] == "clear_win":
        return {
            "en": f"On the test cases {best_en} is clearly better than logistic regression: "
            f"{figure_en} {gap}. It is released.",
            "nl": f"Op de testgevallen is {best_nl} duidelijk beter dan logistische regressie: "
            f"{figure_nl} {gap}. Dat model komt vrij.",
        }
    return {
        "en": f"In cross-validation {best_en} was best, but on the test cases it is not clearly better than "
        f"logistic regression: {figure_en} {gap}. The simpler model, logistic regression, is released.",
        "nl": f"Bij de kruisvalidatie was {best_nl} het beste, maar op de testgevallen is het niet duidelijk "
        f"beter dan logistische regressie: {figure_nl} {gap}. "
        "Het simpelere model, logistische regressie, komt vrij.",
    }
