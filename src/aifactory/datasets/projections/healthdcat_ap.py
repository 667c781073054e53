"""HealthDCAT-AP: the profile of the European Health Data Space, in the form for data that is not open.

Where the holder has not said something that the profile wants, it is left out and `conformance` says so.
"""

from aifactory.datasets import vocabulary as v
from aifactory.datasets.projections import dcat_ap, personal_data
from aifactory.datasets.projections.entry import Entry
from aifactory.datasets.projections.nodes import CONTEXT, Node, agent, concept, law, statement

_DATASET_TYPE = v.Word(
    "http://publications.europa.eu/resource/authority/dataset-type/STATISTICAL", "Statistical", "Statistisch"
)
_PERSONAL = v.Word(
    "http://publications.europa.eu/resource/authority/dataset-type/PERSONAL_DATA",
    "Personal data",
    "Persoonsgegevens",
)


def dataset(entry: Entry) -> Node:
    """Return one dataset as a JSON-LD document."""
    return {"@context": CONTEXT} | node(entry)


def node(entry: Entry) -> Node:
    """Return the node of one dataset."""
    said = entry.details
    made = dcat_ap.node(entry) | {
        "dct:identifier": {"@value": entry.address, "@type": "xsd:anyURI"},
        "dct:publisher": _publisher(entry),
        "dct:type": concept(_PERSONAL if entry.personal_data else _DATASET_TYPE),
        "dcatap:applicableLegislation": law(dcat_ap.EHDS),
        "dcat:distribution": [_distribution(one) for one in dcat_ap.distributions(entry)],
        "healthdcatap:healthTheme": [
            {"@type": "skos:Concept", "skos:prefLabel": theme} for theme in said.health_themes
        ],
    }
    if said.health_category:
        made["healthdcatap:healthCategory"] = concept(v.HEALTH_CATEGORIES[said.health_category])
    if said.access_body:
        made["healthdcatap:hdab"] = _access_body(entry)
    if entry.personal_data:
        made["dpv:hasPersonalData"] = personal_data.kinds(entry.personal)
        made["dpv:hasLegalBasis"] = personal_data.grounds(entry.personal)
        made["healthdcatap:retentionPeriod"] = personal_data.kept(entry.personal) or []
    if said.sample_page:
        made["adms:sample"] = {
            "@id": said.sample_page + "#sample",
            "@type": "dcat:Distribution",
            "dcat:accessURL": {"@id": said.sample_page},
        }
    return {key: value for key, value in made.items() if value != []}


def _publisher(entry: Entry) -> Node:
    said = entry.details
    made = agent(entry.holder, entry.holder_address) | {
        "healthdcatap:trustedDataHolder": {"@value": "false", "@type": "xsd:boolean"}
    }
    if said.homepage:
        made["foaf:homepage"] = {"@id": said.homepage}
    if said.contact:
        made["foaf:mbox"] = {"@id": f"mailto:{said.contact}"}
    if said.publisher_type:
        made["healthdcatap:publisherType"] = concept(v.PUBLISHER_TYPES[said.publisher_type])
    if said.publisher_note:
        made["healthdcatap:publisherNote"] = said.publisher_note
    return made


def _access_body(entry: Entry) -> Node:
    said = entry.details
    made = agent(said.access_body, entry.address + "#access-body")
    if said.access_body_page:
        made["foaf:homepage"] = {"@id": said.access_body_page}
    if said.access_body_mail:
        made["foaf:mbox"] = {"@id": f"mailto:{said.access_body_mail}"}
    return made


def _distribution(node: Node) -> Node:
    form = node.get("dct:format", {"@id": _FILE_TYPE, "@type": "dct:MediaTypeOrExtent"})
    return node | {
        "dct:format": form,
        "dct:rights": statement("Used inside the factory, under an agreement.", "dct:RightsStatement"),
        "dcatap:applicableLegislation": law(dcat_ap.EHDS),
    }


#: The files of data that is not open are handed out together; their types are not told.
_FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/OCTET"
