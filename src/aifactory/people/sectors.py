"""The sectors that an organisation chooses from: few enough to compare, and the same words for everybody."""

from aifactory.kit.bilingual import Text

SECTORS: dict[str, Text] = {
    "agriculture": Text(en="Agriculture and food", nl="Landbouw en voedsel"),
    "construction": Text(en="Construction and housing", nl="Bouw en wonen"),
    "culture": Text(en="Culture and media", nl="Cultuur en media"),
    "security": Text(en="Defence and security", nl="Defensie en veiligheid"),
    "education": Text(en="Education", nl="Onderwijs"),
    "energy": Text(en="Energy", nl="Energie"),
    "finance": Text(en="Finance and insurance", nl="Financiën en verzekeringen"),
    "health": Text(en="Health", nl="Zorg"),
    "ict": Text(en="Information and communication", nl="Informatie en communicatie"),
    "manufacturing": Text(en="Manufacturing", nl="Maakindustrie"),
    "mobility": Text(en="Mobility and logistics", nl="Mobiliteit en logistiek"),
    "nature": Text(en="Nature, water and environment", nl="Natuur, water en milieu"),
    "government": Text(en="Public services", nl="Overheid en publieke diensten"),
    "research": Text(en="Research", nl="Onderzoek"),
    "services": Text(en="Trade and services", nl="Handel en dienstverlening"),
    "other": Text(en="Another sector", nl="Een andere sector"),
}


def sector_in(code: str, language: str) -> str:
    """Return what a sector is called; a code that is not in the list as it is."""
    return SECTORS[code].of(language) if code in SECTORS else code
