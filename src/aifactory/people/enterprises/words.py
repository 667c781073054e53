"""What a determination of size says, in both languages; each sentence names its article of the Annex."""

from aifactory.kit.bilingual import Text
from aifactory.people.enterprises.size import Size

SIZES = {
    Size.MICRO: Text(en="micro enterprise", nl="micro-onderneming"),
    Size.SMALL: Text(en="small enterprise", nl="kleine onderneming"),
    Size.MEDIUM: Text(en="medium-sized enterprise", nl="middelgrote onderneming"),
    Size.SMALL_MID_CAP: Text(en="small mid-cap", nl="kleine midcap"),
    Size.LARGE: Text(en="large enterprise", nl="grote onderneming"),
}


def with_size(text: Text, size: Size) -> Text:
    """Return the sentence with the class filled in, each language in its own words."""
    return Text(en=text.en.format(size=SIZES[size].en), nl=text.nl.format(size=SIZES[size].nl))


OWN = Text(en="Its own accounts (Article 6(1)).", nl="De eigen jaarrekening (artikel 6, lid 1).")
LINKED = Text(
    en="A linked enterprise: its figures are added in full (Articles 3(3) and 6(2)).",
    nl="Een verbonden onderneming: de cijfers tellen helemaal mee (artikel 3, lid 3, en artikel 6, lid 2).",
)
PARTNER = Text(
    en="A partner enterprise: {share} % of its figures is added (Articles 3(2) and 6(2)).",
    nl="Een partneronderneming: {share} % van de cijfers telt mee (artikel 3, lid 2, en artikel 6, lid 2).",
)
LINKED_TO_PARTNER = Text(
    en="Linked to a partner enterprise: {share} % of its figures is added as well (Article 6(3)).",
    nl="Verbonden met een partneronderneming: ook hiervan telt {share} % van de cijfers mee (artikel 6, lid 3).",
)
CONSOLIDATED = Text(
    en="Already in the consolidated accounts of {name}, so nothing is added (Article 6(2)).",
    nl="Zit al in de geconsolideerde jaarrekening van {name}, dus hier komt niets bij (artikel 6, lid 2).",
)
#: why an enterprise's figures count, by its relation
RELATIONS = {"own": OWN, "linked": LINKED, "partner": PARTNER, "linked_to_partner": LINKED_TO_PARTNER}

AUTONOMOUS = Text(
    en="{name} is autonomous: nobody holds a quarter of it in a way that counts, and it holds a quarter of nobody "
    "(Article 3(1)).",
    nl="{name} is zelfstandig: niemand heeft er een kwart van op een manier die telt, en zij heeft van niemand een "
    "kwart (artikel 3, lid 1).",
)
TIED = Text(
    en="{name} is not autonomous: figures of other enterprises are added to its own (Article 6(2)).",
    nl="{name} is niet zelfstandig: cijfers van andere ondernemingen tellen mee bij de eigen (artikel 6, lid 2).",
)
FIGURES = Text(
    en="Together in {year}: {staff} annual work units, a turnover of EUR {turnover} and a balance-sheet total of "
    "EUR {balance}.",
    nl="Samen in {year}: {staff} arbeidsjaareenheden, een omzet van EUR {turnover} en een balanstotaal van "
    "EUR {balance}.",
)
BY_FIGURES = Text(
    en="These figures are those of a {size} (Article 2; (EU) 2025/1099 for small mid-caps).",
    nl="Deze cijfers zijn die van een {size} (artikel 2; (EU) 2025/1099 voor kleine midcaps).",
)
TWO_YEARS = Text(
    en="It still counts as a {size}: a class changes only after two years in a row over or under its line "
    "(Article 4(2)).",
    nl="Zij telt nog als {size}: een klasse verandert pas na twee jaar op rij boven of onder de grens "
    "(artikel 4, lid 2).",
)
PUBLIC = Text(
    en="Public bodies control {share} % of {name}: from 25 % on it can be no small or medium-sized enterprise, "
    "whatever its figures (Article 3(4)).",
    nl="Overheden hebben zeggenschap over {share} % van {name}: vanaf 25 % kan het geen mkb-onderneming zijn, wat de "
    "cijfers ook zijn (artikel 3, lid 4).",
)
MID_CAP = Text(
    en="A small mid-cap is no small or medium-sized enterprise; some modes take it nevertheless.",
    nl="Een kleine midcap is geen mkb-onderneming; sommige vormen van toegang nemen haar toch aan.",
)
NO_ACCOUNTS = Text(
    en="Add the accounts of {name} for the last year that was closed.",
    nl="Voeg de jaarcijfers van {name} toe van het laatste afgesloten jaar.",
)
NO_YEAR = Text(
    en="Add the accounts of {name} for {year}: without them the class can't be told.",
    nl="Voeg de jaarcijfers van {name} over {year} toe: zonder die cijfers is de klasse niet te bepalen.",
)
