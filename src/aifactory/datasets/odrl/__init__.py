"""ODRL 2.2 evaluated by the W3C formal semantics: pure functions on plain data, no Django.

`graph` holds triples, `reading` makes a `model` of them, `evaluation` holds a policy against a request and the
state of the world, `report` says the outcome as the compliance report (https://w3id.org/force/compliance-report).
What is not understood never permits.
"""
