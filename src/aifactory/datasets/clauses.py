"""What the catalogue profiles ask of each kind of node, as tables written from the specifications.

A line reads: class (or class>property: the nodes which that property leads to), property, how many, kind of value.
`1..` is at least one, `..1` at most one; kinds are `text` (a literal), `link` (an address), `thing` (an
address or a nameless node), `moment` (date, dateTime, year or month), `any`, or a datatype of XML Schema.
Lines under `recommended` are advice: they never stop a publication.
"""

from dataclasses import dataclass

from aifactory.datasets.projections.graph import expand
from aifactory.datasets.projections.nodes import CONTEXT


@dataclass(frozen=True)
class Clause:
    """One line of a table; `of` and `path` are full addresses, `name` is what the specification calls it."""

    profile: str
    name: str
    of: tuple[str, ...]
    path: str
    least: int
    most: int | None
    kind: str
    required: bool


#: How each profile is cited.
TITLES = {
    "dcat-ap": "DCAT-AP 3.0.1",
    "dcat-ap-nl": "DCAT-AP-NL 3.0",
    "healthdcat-ap": "HealthDCAT-AP",
    "mldcat-ap": "MLDCAT-AP 3.1",
}

_DCAT_AP = """
dcat:Catalog dct:title 1.. text
dcat:Catalog dct:description 1.. text
dcat:Catalog dct:publisher 1..1 any
dcat:Catalog dct:creator ..1 thing
dcat:Catalog dcat:dataset .. thing
dcat:Catalog dct:license ..1 thing
dcat:Catalog dct:issued ..1 moment
dcat:Catalog dct:modified ..1 moment
dcat:Catalog foaf:homepage ..1 thing
dcat:Dataset dct:title 1.. text
dcat:Dataset dct:description 1.. text
dcat:Dataset dct:accessRights ..1 thing
dcat:Dataset dct:publisher ..1 thing
dcat:Dataset dct:creator .. thing
dcat:Dataset dcat:contactPoint .. thing
dcat:Dataset dcat:distribution .. thing
dcat:Dataset dct:identifier .. text
dcat:Dataset dcat:keyword .. text
dcat:Dataset dcat:theme .. link
dcat:Dataset dct:issued ..1 moment
dcat:Dataset dct:modified ..1 moment
dcat:Dataset dct:accrualPeriodicity ..1 thing
dcat:Dataset dct:spatial .. thing
dcat:Dataset dct:temporal .. thing
dcat:Dataset dct:language .. thing
dcat:Dataset dct:provenance .. thing
dcat:Dataset dcat:landingPage .. thing
dcat:Dataset foaf:page .. thing
dcat:Dataset dct:conformsTo .. thing
dcat:Dataset dcat:version ..1 text
dcat:Dataset dcatap:applicableLegislation .. link
dcat:Distribution dcat:accessURL 1.. thing
dcat:Distribution dcat:downloadURL .. thing
dcat:Distribution dct:license ..1 thing
dcat:Distribution dct:rights ..1 thing
dcat:Distribution dct:format ..1 thing
dcat:Distribution dcat:mediaType ..1 thing
dcat:Distribution dcat:byteSize ..1 nonNegativeInteger
dcat:Distribution spdx:checksum ..1 thing
dcat:Distribution dct:issued ..1 moment
dcat:Distribution dct:modified ..1 moment
dcat:Distribution dct:title .. text
dcat:Distribution dct:description .. text
foaf:Agent foaf:name 1.. text
foaf:Agent dct:type ..1 any
skos:Concept skos:prefLabel 1.. text
spdx:Checksum spdx:algorithm 1..1 any
spdx:Checksum spdx:checksumValue 1..1 hexBinary
"""

_NL = """
dcat:Catalog dcat:contactPoint 1..1 thing
dcat:Catalog dcat:dataset 1.. any
dcat:Dataset dct:accessRights 1.. any
dcat:Dataset dcat:contactPoint 1..1 any
dcat:Dataset dct:creator 1.. any
dcat:Dataset dct:identifier 1..1 any
dcat:Dataset dct:publisher 1.. any
dcat:Dataset dcat:theme 1.. any
dcat:Dataset adms:status ..1 thing
dcat:Dataset dcat:version ..1 any
dcat:Distribution dct:license 1.. any
dcat:Distribution dcat:accessURL ..1 any
dcat:Distribution dcat:downloadURL ..1 any
"""

_NL_ADVICE = """
dcat:Dataset dct:conformsTo 1.. any
dcat:Dataset foaf:page 1.. any
dcat:Dataset dcat:landingPage 1.. any
dcat:Dataset dct:language 1.. any
"""

_HEALTH = """
dcat:Dataset dct:accessRights 1..1 thing
dcat:Dataset dcatap:applicableLegislation 1.. link
dcat:Dataset dcat:contactPoint 1.. thing
dcat:Dataset dcat:distribution 1.. thing
dcat:Dataset dct:identifier 1.. anyURI
dcat:Dataset dcat:keyword 1.. text
dcat:Dataset dct:spatial 1.. thing
dcat:Dataset dct:provenance 1.. thing
dcat:Dataset dct:publisher 1..1 thing
dcat:Dataset dcat:theme 1.. link
dcat:Dataset dct:type 1..1 thing
dcat:Dataset dpv:hasPurpose 1.. thing
dcat:Dataset dpv:hasPersonalData .. thing
dcat:Dataset dpv:hasLegalBasis .. thing
dcat:Dataset>healthdcatap:retentionPeriod dcat:startDate ..1 moment
dcat:Dataset>healthdcatap:retentionPeriod dcat:endDate ..1 moment
dcat:Dataset adms:sample 1.. thing
dcat:Dataset>adms:sample dcat:accessURL 1.. thing
dcat:Dataset healthdcatap:hdab 1..1 thing
dcat:Dataset healthdcatap:healthCategory 1.. thing
dcat:Dataset healthdcatap:healthTheme 1.. thing
dcat:Dataset>dct:publisher foaf:homepage 1..1 link
dcat:Dataset>dct:publisher foaf:mbox 1..1 link
dcat:Dataset>dct:publisher healthdcatap:publisherType 1..1 thing
dcat:Dataset>dct:publisher healthdcatap:publisherNote 1.. text
dcat:Dataset>dct:publisher healthdcatap:trustedDataHolder 1..1 boolean
dcat:Dataset>healthdcatap:hdab foaf:name 1.. text
dcat:Dataset>healthdcatap:hdab foaf:homepage 1..1 link
dcat:Dataset>healthdcatap:hdab foaf:mbox 1..1 link
dcat:Dataset>dcat:distribution dcatap:applicableLegislation 1.. link
dcat:Dataset>dcat:distribution dcat:byteSize 1..1 nonNegativeInteger
dcat:Dataset>dcat:distribution dct:format 1..1 thing
dcat:Dataset>dcat:distribution dct:rights 1..1 thing
vcard:Kind vcard:hasURL 1.. link
vcard:Kind vcard:hasEmail 1.. link
"""

_ML = """
dcat:Dataset it6:collectionDate 1..1 text
dcat:Dataset it6:collectionMethod ..1 text
dcat:Dataset it6:versionLabel ..1 text
dcat:Dataset it6:biasMethod .. text
dcat:Dataset it6:unsuitabilityMethod .. text
dcat:Dataset it6:dataProvenance .. text
dcat:Distribution dqv:hasQualityMeasurement 1.. thing
"""


def _read(profile: str, table: str, *, required: bool = True) -> tuple[Clause, ...]:
    made = []
    for line in table.strip().splitlines():
        of, path, count, kind = line.split()
        least, most = count.split("..")
        made.append(
            Clause(
                profile,
                f"{TITLES[profile]} {of.rsplit(':')[-1]}.{path.partition(':')[2]}",
                tuple(expand(step, CONTEXT) for step in of.split(">")),
                expand(path, CONTEXT),
                int(least or 0),
                int(most) if most else None,
                kind,
                required,
            )
        )
    return tuple(made)


_BASE = _read("dcat-ap", _DCAT_AP)
#: Every profile builds on DCAT-AP.
CLAUSES: dict[str, tuple[Clause, ...]] = {
    "dcat-ap": _BASE,
    "dcat-ap-nl": (
        *_BASE,
        *_read("dcat-ap-nl", _NL),
        *_read("dcat-ap-nl", _NL_ADVICE, required=False),
    ),
    "healthdcat-ap": (*_BASE, *_read("healthdcat-ap", _HEALTH)),
    "mldcat-ap": (*_BASE, *_read("mldcat-ap", _ML)),
}
