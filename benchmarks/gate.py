"""Decisions of the mount gate's evaluator on a real agreement's terms, one agreement in force and a hundred.

Ours: find the policy of the dataset that is asked for, and hold its terms (purpose, kind of organisation, place,
days, count, action, prohibitions, duties) against the request; with the compliance report in plain JSON, too. Peer in
the same run: rdflib, the usual RDF library of Python, asked in SPARQL for the permission that fits the same
request in the same policies; it leaves out prohibitions and duties. Times are seconds of processor time. The limit
in the same run is one Ed25519 signature: what a grant costs after the decision, whatever decides.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aifactory.datasets import profile
from aifactory.datasets import vocabulary as v
from aifactory.datasets.odrl.evaluation import evaluate
from aifactory.datasets.odrl.graph import from_json
from aifactory.datasets.odrl.model import Ask, Policy, Request, World
from aifactory.datasets.odrl.reading import policies
from aifactory.datasets.odrl.report import answer, turtle
from aifactory.datasets.odrl.values import Literal
from aifactory.datasets.odrl.words import ODRL, XSD
from aifactory.datasets.terms import Terms, to_odrl
from benchmarks import ratio, table

TERMS = Terms(
    purposes=("scientific-research", "research-and-development-of-diagnostic-support"),
    actions=("analyse", "train", "export-results"),
    recipients=("company", "research", "hospital"),
    spatial="EEA",
    until=date(2027, 6, 30),
    duties=("attribute", "delete-at-end"),
    since=date(2026, 1, 1),
    count=50,
)
TIMES_FASTER, MOST_GROWTH = 10.0, 1.5
#: one EXISTS a constraint: as one pattern, rdflib would try every combination of the six
QUESTION = """
PREFIX odrl: <http://www.w3.org/ns/odrl/2/>
ASK {
  ?p odrl:target ?target ; odrl:action ?action .
  FILTER EXISTS { ?p odrl:constraint ?c1 . ?c1 odrl:leftOperand odrl:purpose ; odrl:rightOperand ?thePurpose }
  FILTER EXISTS { ?p odrl:constraint ?c2 . ?c2 odrl:leftOperand odrl:recipient ; odrl:rightOperand ?theRecipient }
  FILTER EXISTS { ?p odrl:constraint ?c3 . ?c3 odrl:leftOperand odrl:spatial ; odrl:rightOperand ?thePlace }
  FILTER EXISTS { ?p odrl:constraint ?c4 . ?c4 odrl:leftOperand odrl:dateTime ; odrl:operator odrl:gteq ;
                  odrl:rightOperand ?first FILTER (?first <= ?today) }
  FILTER EXISTS { ?p odrl:constraint ?c5 . ?c5 odrl:leftOperand odrl:dateTime ; odrl:operator odrl:lteq ;
                  odrl:rightOperand ?last FILTER (?today <= ?last) }
  FILTER EXISTS { ?p odrl:constraint ?c6 . ?c6 odrl:leftOperand odrl:count ;
                  odrl:rightOperand ?most FILTER (?uses <= ?most) }
}"""


def documents(count: int) -> list[dict[str, object]]:
    """Return the ODRL of as many agreements, each on a dataset of its own."""
    return [
        to_odrl(
            TERMS, uid=f"urn:agreement:{n}", kind="Agreement", target=f"urn:dataset:{n}", assigner="urn:holder",
            assignee="urn:user",
        )
        for n in range(count)
    ]  # fmt: skip


def book(count: int) -> dict[str, Policy]:
    """Return the policies as the evaluator reads them, by dataset."""
    read = [policies(from_json(one) + profile.graph(), profiles=[v.PROFILE])[0] for one in documents(count)]
    return {f"urn:dataset:{n}": policy for n, policy in enumerate(read)}


def asked(dataset: str, purpose: str) -> Request:
    """Return the request of a job in a Dutch hospital's project."""
    values = {
        ODRL + "purpose": (profile.purpose(purpose),),
        ODRL + "recipient": (v.RECIPIENTS["hospital"].iri,),
        ODRL + "spatial": (profile.country("NL"),),
    }
    return Request("urn:request", (Ask("urn:request", "urn:user", v.ACTIONS["train"].iri, dataset),), values)


WORLD = World(
    now=Literal("2026-11-23", XSD + "date"),
    values={ODRL + "count": (Literal("7", XSD + "integer"),)},
    parts={profile.country("NL"): profile.places("NL")},
)
PURPOSES = ("scientific-research", "education")


def rate(decide: Callable[[str, str], bool], count: int, rounds: int) -> float:
    """Return decisions a second; every other request is one to refuse, and every answer is looked at."""
    turns = list(itertools.islice(itertools.cycle(range(count)), rounds))
    begun = time.process_time()
    right = sum(decide(f"urn:dataset:{n}", PURPOSES[i % 2]) == (i % 2 == 0) for i, n in enumerate(turns))
    spent = time.process_time() - begun
    assert right == rounds, f"{rounds - right} decisions are wrong"
    return rounds / spent


def ours(count: int) -> tuple[Callable[[str, str], bool], Callable[[str, str], bool]]:
    """Return the decision alone, and with the report."""
    held = book(count)

    def alone(dataset: str, purpose: str) -> bool:
        return evaluate(held[dataset], asked(dataset, purpose), WORLD).permitted

    def reported(dataset: str, purpose: str) -> bool:
        return answer([evaluate(held[dataset], asked(dataset, purpose), WORLD)])["decision"] == "permit"

    return alone, reported


def peer(count: int) -> Callable[[str, str], bool]:
    """Return the same look-up by rdflib in SPARQL, prepared once."""
    import rdflib
    from rdflib.plugins.sparql import prepareQuery

    graph = rdflib.Graph()
    for document in documents(count):
        graph.parse(data=turtle(list(from_json(document).triples())), format="turtle")
    question = prepareQuery(QUESTION)
    fixed = {
        "action": rdflib.URIRef(v.ACTIONS["train"].iri),
        "theRecipient": rdflib.URIRef(v.RECIPIENTS["hospital"].iri),
        "thePlace": rdflib.URIRef(v.PLACES["EEA"].iri),
        "today": rdflib.Literal(date(2026, 11, 23)),
        "uses": rdflib.Literal(7),
    }

    def decide(dataset: str, purpose: str) -> bool:
        given = {"target": rdflib.URIRef(dataset), "thePurpose": rdflib.URIRef(profile.purpose(purpose))}
        return bool(graph.query(question, initBindings=fixed | given).askAnswer)

    return decide


def signatures(rounds: int) -> float:
    """Return Ed25519 signatures a second."""
    key = Ed25519PrivateKey.generate()
    begun = time.process_time()
    for _ in range(rounds):
        key.sign(b"x" * 1000)
    return rounds / (time.process_time() - begun)


def main() -> None:
    """Measure, and print the table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", type=int, nargs=2, default=[1, 100], metavar=("FEW", "MANY"))
    parser.add_argument("--decisions", type=int, default=4000)
    given = parser.parse_args()
    few, many = given.policies
    rows, rates = [], {}
    for count in (few, many):
        alone, reported = ours(count)
        rates[count] = rate(alone, count, given.decisions)
        with_report = rate(reported, count, given.decisions // 4)
        others = rate(peer(count), count, max(20, given.decisions // 40))
        rates[count, "peer"] = others
        rows.append([count, f"{rates[count]:,.0f}", f"{with_report:,.0f}", f"{others:,.0f}"])
    table(["agreements", "decisions/s", "with report/s", "rdflib SPARQL/s"], rows)
    print(f"one Ed25519 signature, for scale: {signatures(2000):,.0f}/s")
    ratio("gate.decisions_against_sparql", rates[many] / rates[many, "peer"], TIMES_FASTER)
    ratio("gate.growth_few_to_many", rates[few] / rates[many], MOST_GROWTH)


if __name__ == "__main__":
    main()
