"""The words of ODRL 2.2 (W3C Vocabulary & Expression, 2018), and which actions contain which."""

from collections.abc import Mapping

ODRL = "http://www.w3.org/ns/odrl/2/"
CC = "http://creativecommons.org/ns#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCT = "http://purl.org/dc/terms/"
XSD = "http://www.w3.org/2001/XMLSchema#"
SOTW = "https://w3id.org/force/sotw#"
REPORT = "https://w3id.org/force/compliance-report#"
LANGUAGE_TEXT = RDF + "langString"

#: What may stand beside the words of ODRL without changing what a policy allows.
ANNOTATIONS = (
    DCT,
    RDFS,
    SKOS,
    "http://purl.org/dc/elements/1.1/",
    "http://www.w3.org/ns/prov#",
    "http://xmlns.com/foaf/0.1/",
    "http://www.w3.org/2006/vcard/ns#",
    "http://schema.org/",
    "https://schema.org/",
)


def _odrl(names: str) -> frozenset[str]:
    return frozenset(ODRL + name for name in names.split())


_UNDER_USE = _odrl("""
    acceptTracking aggregate annotate anonymize archive attribute compensate concurrentUse delete derive digitize
    distribute ensureExclusivity execute grantUse include index inform install modify move nextPolicy obtainConsent
    play present print read reproduce reviewPolicy stream synchronize textToSpeech transform translate uninstall
    watermark""") | {
    CC + name
    for name in (
        "Attribution", "CommercialUse", "DerivativeWorks", "Distribution", "Notice", "Reproduction",
        "ShareAlike", "Sharing", "SourceCode",
    )
}  # fmt: skip

#: action → the action that it is a part of (`odrl:includedIn`)
INCLUDED_IN: dict[str, str] = dict.fromkeys(_UNDER_USE, ODRL + "use") | {
    ODRL + "display": ODRL + "play",
    ODRL + "extract": ODRL + "reproduce",
    ODRL + "give": ODRL + "transfer",
    ODRL + "sell": ODRL + "transfer",
}

#: outdated action → the one that means the same today (`skos:exactMatch`)
SAME_AS: dict[str, str] = {
    ODRL + old: new
    for old, new in {
        "append": ODRL + "modify",
        "appendTo": ODRL + "modify",
        "attachPolicy": CC + "Notice",
        "attachSource": CC + "SourceCode",
        "commercialize": CC + "CommercialUse",
        "copy": ODRL + "reproduce",
        "export": ODRL + "transform",
        "license": ODRL + "grantUse",
        "pay": ODRL + "compensate",
        "share": CC + "Sharing",
        "shareAlike": CC + "ShareAlike",
        "write": ODRL + "modify",
        "writeTo": ODRL + "modify",
    }.items()
}

ACTIONS = (
    frozenset(INCLUDED_IN)
    | frozenset(SAME_AS)
    | _odrl(
        "use transfer adHocShare extractChar extractPage extractWord lease lend preview secondaryUse",
    )
)

LEFT_OPERANDS = _odrl("""
    absolutePosition absoluteSize absoluteSpatialPosition absoluteTemporalPosition count dateTime delayPeriod
    deliveryChannel device elapsedTime event fileFormat industry language media meteredTime payAmount percentage
    product purpose recipient relativePosition relativeSize relativeSpatialPosition relativeTemporalPosition
    resolution spatial spatialCoordinates system systemDevice timeInterval unitOfCount version virtualLocation""")

#: What has happened so far is known by who keeps the books, never by who asks.
BOOKED = _odrl("count elapsedTime meteredTime payAmount timeInterval delayPeriod")

ORDER = _odrl("eq neq lt lteq gt gteq")
SETS = _odrl("isA isAnyOf isAllOf isNoneOf isPartOf hasPart")
OPERATORS = ORDER | SETS
LOGICAL = _odrl("and or xone andSequence")

PERMISSION, PROHIBITION, OBLIGATION, DUTY = (
    ODRL + x for x in ("permission", "prohibition", "obligation", "duty")
)
#: The other roles that a party may have in a rule: told, never tested.
PARTY_FUNCTIONS = _odrl("""
    attributedParty attributingParty compensatedParty compensatingParty consentedParty consentingParty
    contractedParty contractingParty informedParty informingParty trackedParty trackingParty""")


def short(iri: str) -> str:
    """Return `odrl:read` for a word of ODRL, and anything else as it is."""
    return f"odrl:{iri.removeprefix(ODRL)}" if iri.startswith(ODRL) else iri


def contains(allowed: str, asked: str, included: Mapping[str, frozenset[str]]) -> bool:
    """Say whether doing `asked` is a way of doing `allowed`; `included` adds what a profile declares."""
    goal = SAME_AS.get(allowed, allowed)
    todo, seen = [asked], set[str]()
    while todo:
        action = todo.pop()
        action = SAME_AS.get(action, action)
        if action == goal:
            return True
        if action not in seen:
            seen.add(action)
            todo += [*included.get(action, ()), *([INCLUDED_IN[action]] if action in INCLUDED_IN else [])]
    return False
