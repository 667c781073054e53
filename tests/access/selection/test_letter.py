"""What a letter says of a place in a list, in both languages, with numbers as each writes them."""

from fractions import Fraction

from aifactory.access.decisions.standing import Standing, amount, amounts, change, number, why
from aifactory.kit.bilingual import Text

FACTS = {
    "standing": "ranked",
    "class": "small",
    "rank": 7,
    "raw": 413,
    "corrected": 390,
    "low": 360,
    "high": 420,
    "line": 400,
    "way": "",
    "odds": "3/7",
    "entrants": 7,
    "places": 3,
    "without_correction": True,
    "without_floor": False,
}


def standing(**changes: object) -> Standing:
    wishes: dict[str, object] = {
        "label": "A0007",
        "facts": FACTS,
        "class_title": Text(en="Up to 2,000 GPU-hours", nl="Tot 2.000 GPU-uren"),
        "range_percent": 50,
        "seed": "5eed",
        "inputs_digest": "sha256:1",
        "proposed": {},
        "final": {},
    }
    return Standing(**(wishes | changes))  # type: ignore[arg-type]


def test_a_refusal_says_score_range_line_chance_seed_and_what_the_correction_did() -> None:
    assert why(standing(), "en") == [
        (
            "Some reviewers are stricter than others. Corrected for that, and for how little a few scores tell, your"
            " score is 3.90 (range 3.60 to 4.20; uncorrected 4.13)."
        ),
        "The range is meant to hold the true score with a chance of 50 %.",
        "Your request competes in the class “Up to 2,000 GPU-hours”; there you stand at number 7.",
        "The line in your class is 4.00: the corrected score of the first for which nothing was left by rank.",
        (
            "Scores this close cannot be told apart, so a draw chose 3 of 7 applications; your chance was 3/7 (43 %)."
            " Your application was not drawn."
        ),
        "The seed of the draw was fixed before the first score and is now public: 5eed.",
        "Without the correction the rule would have come to another outcome for you: granted.",
        (
            "In the published list your application is A0007. With the published inputs anybody can compute the list"
            " again; their digest is sha256:1."
        ),
    ]
    assert change(standing(), "en") == [
        "A range that lies wholly above the line: a corrected score 0.41 higher, with the same range.",
        "A smaller request: what did not fit in what was left was skipped.",
    ]


def test_dutch_writes_commas_and_its_own_units() -> None:
    said = " ".join(why(standing(), "nl"))
    assert "uw score 3,90 (bereik 3,60 tot 4,20; ongecorrigeerd 4,13)" in said
    assert "uw kans was 3/7 (43 %). Uw aanvraag is niet ingeloot." in said
    assert "een gecorrigeerde score die 0,41 hoger was" in change(standing(), "nl")[0]
    assert amount("gpu", 1500 * 3600, "nl") == "1.500 GPU-uren"
    assert amount("gpu", 1500 * 3600, "en") == "1,500 GPU-hours"
    assert amounts({"storage": 5 * 10**11, "gpu": 1800}, "nl") == "0,5 GPU-uren, 500 GB opslag"
    assert amounts({}, "nl") == "niets"


def test_an_award_that_differs_says_what_the_rule_proposed() -> None:
    given = standing(
        proposed={"gpu": 7200},
        final={"gpu": 3600},
        facts=FACTS | {"way": "remainder", "odds": None, "line": None},
    )
    said = why(given, "en")
    assert "In your class there was room for everybody above the quality line." in said
    assert "It was given from what all classes left, in the order of the corrected scores." in said
    assert "Without the correction the rule would have come to the same outcome for you." in said
    floor = "Without the share that is set aside for small and medium-sized enterprises the outcome for you would have"
    assert f"{floor} been: not granted." in said
    assert said[-2].startswith(
        "The rule proposed 2 GPU-hours. The person who decided came to another conclusion"
    )
    assert change(given, "en") == []


def test_what_was_not_ranked_says_only_where_to_find_it() -> None:
    assert len(why(standing(facts={"standing": "ineligible"}), "en")) == 1
    assert change(standing(facts={"standing": "below_the_line"}), "en") == []


def test_halves_go_up() -> None:
    assert [number(Fraction(x), "en") for x in ("3.005", "2.994", "10/3")] == ["3.01", "2.99", "3.33"]
    assert number(Fraction("1234.5"), "nl", 0) == "1.235"
