"""The closed lists that terms and catalogue entries are written in, in English and Dutch, with their IRIs.

A value outside these lists is refused when it is written and denied when it is read. To widen a list, add a
line here: nothing else needs to change.
"""

from dataclasses import dataclass

PROFILE = "urn:aifactory:terms:1"
"""Names the profile of ODRL 2.2 that our policies keep to; `PROFILE:<word>` are its own terms."""

DPV = "https://w3id.org/dpv#"
ODRL = "http://www.w3.org/ns/odrl/2/"
_EU = "http://publications.europa.eu/resource/authority/"


@dataclass(frozen=True)
class Word:
    """One entry of a closed list: its IRI in the outside world and how people read it."""

    iri: str
    en: str
    nl: str

    def label(self, language: str) -> str:
        """Return the Dutch label for `nl…`, else the English one."""
        return self.nl if language.startswith("nl") else self.en


#: What data may be used for. Each is ours, under the nearest purpose of the W3C Data Privacy Vocabulary.
PURPOSES: dict[str, Word] = {
    "scientific-research": Word(
        DPV + "ScientificResearch", "Scientific research", "Wetenschappelijk onderzoek"
    ),
    "research-and-development-of-diagnostic-support": Word(
        DPV + "ResearchAndDevelopment",
        "Research and development of diagnostic support",
        "Onderzoek naar en ontwikkeling van hulp bij diagnose",
    ),
    "training-and-testing-of-ai": Word(
        DPV + "ResearchAndDevelopment", "Training and testing of AI", "Trainen en testen van AI"
    ),
    "improvement-of-healthcare": Word(DPV + "ImproveHealthcare", "Better health care", "Betere zorg"),
    "improvement-of-public-services": Word(
        DPV + "ImprovePublicServices", "Better public services", "Betere publieke dienstverlening"
    ),
    "energy-and-climate": Word(
        DPV + "CombatClimateChange", "Energy and the fight against climate change", "Energie en klimaat"
    ),
    "mobility-and-logistics": Word(
        DPV + "ImproveTransportMobility", "Better transport and logistics", "Beter vervoer en logistiek"
    ),
    "crops-and-food": Word(DPV + "ResearchAndDevelopment", "Crops and food", "Gewassen en voedsel"),
    "official-statistics": Word(
        DPV + "ProvideOfficialStatistics", "Official statistics", "Officiële statistiek"
    ),
    "education": Word(PROFILE + ":education", "Education and training", "Onderwijs en opleiding"),
}

#: What may be done with data. Ours, because ODRL has no words for computing near the data.
ACTIONS: dict[str, Word] = {
    "analyse": Word(
        PROFILE + ":analyse", "run analyses on it in the factory", "er in de fabriek analyses op uitvoeren"
    ),
    "train": Word(
        PROFILE + ":train", "train models on it in the factory", "er in de fabriek modellen mee trainen"
    ),
    "export-results": Word(
        PROFILE + ":exportResults",
        "take out results and models after a check",
        "na controle resultaten en modellen meenemen",
    ),
    "download": Word(ODRL + "reproduce", "download a copy", "een kopie downloaden"),
}

#: Where it must be used, if the holder asks for more than the usual walls: the two ways that SANE calls Blind and
#: Tinker. What a job writes and prints stays there until one person has checked it, or two.
ENVIRONMENTS: dict[str, Word] = {
    "blind": Word(
        PROFILE + ":blind",
        "in the secure environment: nobody of the project sees the data, and results leave after a check",
        "in de beveiligde omgeving: niemand van het project ziet de gegevens, en resultaten gaan er na controle uit",
    ),
    "blind-two-checkers": Word(
        PROFILE + ":blindTwoCheckers",
        "in the secure environment: nobody of the project sees the data, and results leave after a check by two people",
        "in de beveiligde omgeving: niemand van het project ziet de gegevens, en resultaten gaan er na controle door "
        "twee mensen uit",
    ),
    "tinker": Word(
        PROFILE + ":tinker",
        "in the secure environment: people who are named see the data in a notebook and may not copy it, and results "
        "leave after a check",
        "in de beveiligde omgeving: mensen met naam zien de gegevens in een notebook en mogen ze niet kopiëren, en "
        "resultaten gaan er na controle uit",
    ),
    "tinker-two-checkers": Word(
        PROFILE + ":tinkerTwoCheckers",
        "in the secure environment: people who are named see the data in a notebook and may not copy it, and results "
        "leave after a check by two people",
        "in de beveiligde omgeving: mensen met naam zien de gegevens in een notebook en mogen ze niet kopiëren, en "
        "resultaten gaan er na controle door twee mensen uit",
    ),
}
#: The environments in which the people who are named see the data; in any other nobody of the project does.
SEEN = frozenset({"tinker", "tinker-two-checkers"})

#: What is forbidden unless allowed: said aloud, because ODRL does not read silence as a no.
DISTRIBUTE = Word(ODRL + "distribute", "pass the data on to others", "de gegevens doorgeven aan anderen")
REIDENTIFY = Word(
    PROFILE + ":reidentify", "try to recognise people in it", "er mensen in proberen te herkennen"
)
PROHIBITIONS = (DISTRIBUTE, REIDENTIFY)

#: Who may use it, by kind of organisation.
RECIPIENTS: dict[str, Word] = {
    "company": Word(PROFILE + ":company", "companies", "bedrijven"),
    "research": Word(
        PROFILE + ":research",
        "universities and research institutes",
        "universiteiten en onderzoeksinstituten",
    ),
    "hospital": Word(PROFILE + ":hospital", "hospitals", "ziekenhuizen"),
    "public": Word(PROFILE + ":public", "public bodies", "overheden"),
    "other": Word(PROFILE + ":other", "other legal entities", "andere rechtspersonen"),
}

#: Where the user must be established.
PLACES: dict[str, Word] = {
    "NL": Word(_EU + "country/NLD", "the Netherlands", "Nederland"),
    "EU": Word(_EU + "country/EUR", "the European Union", "de Europese Unie"),
    "EEA": Word(PROFILE + ":EEA", "the European Economic Area", "de Europese Economische Ruimte"),
    "any": Word(PROFILE + ":anywhere", "any country", "elk land"),
}
# fmt: off
_EU_MEMBERS = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})
# fmt: on
COUNTRIES: dict[str, frozenset[str]] = {
    "NL": frozenset({"NL"}),
    "EU": _EU_MEMBERS,
    "EEA": _EU_MEMBERS | {"IS", "LI", "NO"},
}

#: What the user must do in return.
DUTIES: dict[str, Word] = {
    "attribute": Word(
        ODRL + "attribute", "name the holder in every result", "de houder noemen bij elk resultaat"
    ),
    "delete-at-end": Word(
        ODRL + "delete", "delete all copies when the agreement ends", "alle kopieën wissen bij het einde"
    ),
    "report": Word(
        PROFILE + ":report", "report the results to the holder", "de resultaten melden aan de houder"
    ),
    "destroy-key": Word(
        PROFILE + ":destroyKey",
        "let the key to the data be destroyed when the agreement ends",
        "de sleutel van de gegevens laten vernietigen bij het einde",
    ),
}

#: Who may see and get the data (EU access-right authority table).
ACCESS_RIGHTS: dict[str, Word] = {
    "public": Word(_EU + "access-right/PUBLIC", "Public", "Openbaar"),
    "restricted": Word(_EU + "access-right/RESTRICTED", "Restricted", "Beperkt"),
    "nonpublic": Word(_EU + "access-right/NON_PUBLIC", "Not public", "Niet openbaar"),
}

#: Themes (EU data-theme authority table).
THEMES: dict[str, Word] = {
    "health": Word(_EU + "data-theme/HEAL", "Health", "Gezondheid"),
    "transport": Word(_EU + "data-theme/TRAN", "Transport and logistics", "Vervoer en logistiek"),
    "energy": Word(_EU + "data-theme/ENER", "Energy", "Energie"),
    "agriculture": Word(_EU + "data-theme/AGRI", "Agriculture and food", "Landbouw en voedsel"),
    "environment": Word(_EU + "data-theme/ENVI", "Environment", "Milieu"),
    "government": Word(_EU + "data-theme/GOVE", "Government", "Overheid"),
    "society": Word(_EU + "data-theme/SOCI", "Population and society", "Bevolking en samenleving"),
    "economy": Word(_EU + "data-theme/ECON", "Economy", "Economie"),
    "science": Word(_EU + "data-theme/TECH", "Science and technology", "Wetenschap en techniek"),
}

#: Licences (EU licence authority table); `agreement` for data that is used under an agreement only.
LICENCES: dict[str, Word] = {
    "CC-BY-4.0": Word(_EU + "licence/CC_BY_4_0", "CC BY 4.0", "CC BY 4.0"),
    "CC0-1.0": Word(
        _EU + "licence/CC0", "CC0 1.0 (no rights reserved)", "CC0 1.0 (geen rechten voorbehouden)"
    ),
    "Apache-2.0": Word(_EU + "licence/APACHE_2_0", "Apache 2.0", "Apache 2.0"),
    "BSD-3-Clause": Word(_EU + "licence/BSD_3_CLAUSE", "BSD 3-clause", "BSD 3-clause"),
    "PDDL-1.0": Word(_EU + "licence/ODC_PDDL", "ODC public domain", "ODC publiek domein"),
    "EUPL-1.2": Word(_EU + "licence/EUPL_1_2", "EUPL 1.2", "EUPL 1.2"),
    "agreement": Word(PROFILE + ":agreement", "By agreement", "Volgens overeenkomst"),
}

#: Languages (EU language authority table).
LANGUAGES: dict[str, Word] = {
    "nl": Word(_EU + "language/NLD", "Dutch", "Nederlands"),
    "en": Word(_EU + "language/ENG", "English", "Engels"),
    "de": Word(_EU + "language/DEU", "German", "Duits"),
    "fr": Word(_EU + "language/FRA", "French", "Frans"),
    "fy": Word(_EU + "language/FRY", "Frisian", "Fries"),
}

#: What part of the world the data is about (EU authority tables of countries and continents).
COVERAGE: dict[str, Word] = {
    "NL": Word(_EU + "country/NLD", "the Netherlands", "Nederland"),
    "BE": Word(_EU + "country/BEL", "Belgium", "België"),
    "DE": Word(_EU + "country/DEU", "Germany", "Duitsland"),
    "EU": Word(_EU + "country/EUR", "the European Union", "de Europese Unie"),
    "EUROPE": Word(_EU + "continent/EUROPE", "Europe", "Europa"),
}

#: How often the data is renewed (EU frequency authority table).
FREQUENCIES: dict[str, Word] = {
    "never": Word(_EU + "frequency/NEVER", "Never", "Nooit"),
    "daily": Word(_EU + "frequency/DAILY", "Every day", "Elke dag"),
    "weekly": Word(_EU + "frequency/WEEKLY", "Every week", "Elke week"),
    "monthly": Word(_EU + "frequency/MONTHLY", "Every month", "Elke maand"),
    "quarterly": Word(_EU + "frequency/QUARTERLY", "Every quarter", "Elk kwartaal"),
    "annual": Word(_EU + "frequency/ANNUAL", "Every year", "Elk jaar"),
    "irregular": Word(_EU + "frequency/IRREG", "From time to time", "Af en toe"),
}

#: Categories of electronic health data for secondary use: Regulation (EU) 2025/327, article 51(1)(a)-(q).
HEALTH_CATEGORIES: dict[str, Word] = {
    letter: Word(f"{PROFILE}:ehds-51-1-{letter}", en, nl)
    for letter, en, nl in (
        ("a", "Health records", "Patiëntendossiers"),
        ("b", "Factors that influence health", "Factoren die de gezondheid beïnvloeden"),
        ("c", "Needs, resources, access and costs of care", "Behoefte, middelen, toegang en kosten van zorg"),
        ("d", "Pathogens", "Ziekteverwekkers"),
        ("e", "Administration of care", "Administratie van zorg"),
        ("f", "Human genetic data", "Menselijke genetische gegevens"),
        ("g", "Other human molecular data", "Andere menselijke moleculaire gegevens"),
        ("h", "Data from medical devices on persons", "Gegevens van medische hulpmiddelen over personen"),
        ("i", "Data from wellness applications", "Gegevens van welzijnsapps"),
        ("j", "Health professionals", "Zorgverleners"),
        ("k", "Public health registries", "Registraties van volksgezondheid"),
        ("l", "Medical and mortality registries", "Medische registraties en sterfteregisters"),
        ("m", "Clinical trials and studies", "Klinische proeven en studies"),
        ("n", "Other data from medical devices", "Andere gegevens van medische hulpmiddelen"),
        ("o", "Registries of medicines and devices", "Registraties van geneesmiddelen en hulpmiddelen"),
        ("p", "Research cohorts and surveys", "Onderzoekscohorten en enquêtes"),
        ("q", "Biobanks", "Biobanken"),
    )
}

#: What kind of body publishes (ADMS publisher types).
PUBLISHER_TYPES: dict[str, Word] = {
    code: Word("http://purl.org/adms/publishertype/" + name, en, nl)
    for code, name, en, nl in (
        (
            "academia",
            "Academia-ScientificOrganisation",
            "University or research",
            "Universiteit of onderzoek",
        ),
        ("company", "Company", "Company", "Bedrijf"),
        ("local", "LocalAuthority", "Local government", "Lokale overheid"),
        ("national", "NationalAuthority", "National government", "Nationale overheid"),
        ("regional", "RegionalAuthority", "Regional government", "Regionale overheid"),
        (
            "nonprofit",
            "NonProfitOrganisation",
            "Organisation without profit",
            "Organisatie zonder winstoogmerk",
        ),
    )
}
