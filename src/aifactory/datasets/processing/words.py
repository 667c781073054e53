"""The closed lists that personal data is described in; grounds and sensitive kinds are those of the house's law."""

from aifactory.assurance.laws import law
from aifactory.kit.bilingual import Text


def _options(question: str) -> dict[str, Text]:
    """Return the options of a question of `assurance/law/gdpr.toml` by id, without "we have none"."""
    options = law("gdpr").questions[question].options
    return {one.id: Text(en=one.label.en, nl=one.label.nl) for one in options if one.id != "none"}


#: GDPR Art. 6(1): on what ground data may be processed at all.
BASES = _options("legal_basis")
#: Art. 9(2): what lifts the prohibition on special categories.
CONDITIONS = _options("special_ground")
#: Art. 9(1) and 10: kinds of data that need more than a ground.
SENSITIVE = _options("special")
#: Art. 30(1)(c): kinds of personal data.
CATEGORIES: dict[str, Text] = {
    "identity": Text(en="Names and numbers that identify", nl="Namen en nummers die identificeren"),
    "contact": Text(
        en="Addresses and ways to reach someone", nl="Adressen en manieren om iemand te bereiken"
    ),
    "traits": Text(en="Age, sex and other traits", nl="Leeftijd, geslacht en andere kenmerken"),
    "work": Text(en="Work and education", nl="Werk en opleiding"),
    "money": Text(en="Income, payments and debts", nl="Inkomen, betalingen en schulden"),
    "place": Text(en="Where someone is or was", nl="Waar iemand is of was"),
    "behaviour": Text(en="What someone does, says or buys", nl="Wat iemand doet, zegt of koopt"),
    "pictures": Text(en="Pictures, sound and video", nl="Foto's, geluid en video"),
    **SENSITIVE,
}
#: Art. 30(1)(c): kinds of data subjects.
SUBJECTS: dict[str, Text] = {
    "patients": Text(en="Patients", nl="Patiënten"),
    "participants": Text(en="People who took part in a study", nl="Deelnemers aan een onderzoek"),
    "citizens": Text(en="Inhabitants", nl="Inwoners"),
    "customers": Text(en="Customers and users", nl="Klanten en gebruikers"),
    "employees": Text(en="Employees", nl="Werknemers"),
    "students": Text(en="Pupils and students", nl="Leerlingen en studenten"),
    "children": Text(en="Children", nl="Kinderen"),
    "others": Text(en="Other people", nl="Andere mensen"),
}
#: Art. 32: what protects the data here. Each is enforced by the code, none is a promise.
MEASURES: dict[str, Text] = {
    "grants": Text(
        en="A job gets the data by a signed grant of at most one hour",
        nl="Een taak krijgt de gegevens met een ondertekende toegang van hoogstens een uur",
    ),
    "agreement": Text(
        en="Use needs an agreement that both signed; ending it stops jobs",
        nl="Gebruik vraagt een overeenkomst die beide tekenden; eindigt die, dan stoppen taken",
    ),
    "log": Text(en="Every use is in a sealed log", nl="Elk gebruik staat in een verzegeld logboek"),
    "checksums": Text(
        en="Files are compared with their checksums before use",
        nl="Bestanden worden voor gebruik met hun controlegetal vergeleken",
    ),
    "sealed": Text(
        en="Files rest encrypted, under a key of this dataset alone",
        nl="Bestanden liggen versleuteld, met een sleutel van alleen deze dataset",
    ),
    "hidden": Text(
        en="Names of columns and counts below ten are hidden",
        nl="Namen van kolommen en aantallen onder de tien zijn verborgen",
    ),
    "enclave": Text(
        en="Only named people, in an environment without network",
        nl="Alleen mensen met naam, in een omgeving zonder netwerk",
    ),
    "no-download": Text(en="No copy may be downloaded", nl="Er mag geen kopie worden gedownload"),
    "delete-at-end": Text(
        en="Copies are deleted when the agreement ends", nl="Kopieën worden aan het einde gewist"
    ),
}
