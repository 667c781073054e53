"""The reason that a letter opens with where a person followed the rule."""

from aifactory.kit.bilingual import Text

#: standing in the result → the sentence
BY_THE_RULE = {
    "ranked": Text(
        en="This decision follows the published rule of the call. The list was made by that rule and confirmed by a"
        " person with a mandate.",
        nl="Dit besluit volgt de gepubliceerde regel van de oproep. De lijst is met die regel gemaakt en bevestigd"
        " door iemand met mandaat.",
    ),
    "below_the_line": Text(
        en="Your application did not reach the quality line of the call, so it was not ranked.",
        nl="Uw aanvraag haalde de kwaliteitsgrens van de oproep niet en is daarom niet gerangschikt.",
    ),
    "not_reviewed": Text(
        en="Your application was not reviewed, so it was not ranked.",
        nl="Uw aanvraag is niet beoordeeld en daarom niet gerangschikt.",
    ),
    "ineligible": Text(
        en="Your application does not meet all rules for applying, so it was not ranked.",
        nl="Uw aanvraag voldoet niet aan alle regels om aan te vragen en is daarom niet gerangschikt.",
    ),
    "stopped": Text(
        en="The assessment of law and ethics stops this work, and no score outweighs that.",
        nl="De toets op recht en ethiek houdt dit werk tegen, en geen score weegt daartegen op.",
    ),
    "not_feasible": Text(
        en="The technical check says that this work can't run here, and no score outweighs that.",
        nl="De technische toets zegt dat dit werk hier niet kan draaien, en geen score weegt daartegen op.",
    ),
}
