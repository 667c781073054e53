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
    best_en, best_nl = NAMES[comparison["of"]]
    figure_en, figure_nl = MEASURES[measure]
    gap = f"{comparison['difference']:+.4f} ({comparison['low']:+.4f} … {comparison['high']:+.4f})"
    if against["low"] <= 0:
        name_en, name_nl = NAMES[released]
        return {
            "en": f"Nothing is released: {name_en} is not clearly better than always naming the largest class.",
            "nl": f"Er komt niets vrij: {name_nl} is niet duidelijk beter dan altijd de grootste klasse noemen.",
        }
    if chosen != comparison["of"]:
        return {
            "en": "The simplest model, logistic regression, was the best in cross-validation and is released. "
            f"On the test cases {best_en}, the strongest other, differs from it by {figure_en} {gap}.",
            "nl": "Het simpelste model, logistische regressie, was het beste bij de kruisvalidatie en komt vrij. "
            f"Op de testgevallen wijkt {best_nl}, de sterkste andere, ervan af met {figure_nl} {gap}.",
        }
    if comparison["verdict"] == "clear_win":
        return {
            "en": f"On the test cases {best_en} is clearly better than logistic regression: {figure_en} {gap}. It is released.",
            "nl": f"Op de testgevallen is {best_nl} duidelijk beter dan logistische regressie: {figure_nl} {gap}. Dat model komt vrij.",
        }
    return {
        "en": f"In cross-validation {best_en} was best, but on the test cases it is not clearly better than "
        f"logistic regression: {figure_en} {gap}. The simpler model, logistic regression, is released.",
        "nl": f"Bij de kruisvalidatie was {best_nl} het beste, maar op de testgevallen is het niet duidelijk beter "
        f"dan logistische regressie: {figure_nl} {gap}. Het simpelere model, logistische regressie, komt vrij.",
    }
