"""Who answers for what in the demonstration, and who carries its factory. All are invented."""

from datetime import timedelta
from decimal import Decimal

from aifactory.demo.cast import Cast
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.people.actors import INSTALLER
from aifactory.people.mandates import actions as mandates
from aifactory.people.mandates.duties import duties
from aifactory.people.partners import actions as partners

#: duty → part in the cast and function; decisions on applications come in a chapter of their own
HOLDERS = {
    "call:state_budget": ("director", "Director of access"),
    "selection:publish": ("office", "Head of the office"),
    "objection:decide": ("auditor", "Chair of the objections committee"),
    "conflict:handle": ("office", "Head of the office"),
    "application:weigh_law": ("office", "Head of the office"),
    "agreement:decide": ("adviser", "Head of data"),
    "suspension:impose": ("office", "Head of the office"),
    "invoice:issue": ("office", "Head of the office"),
    "award:reclaim": ("office", "Head of the office"),
    "award:change": ("office", "Head of the office"),
    "dataset:destroy_key": ("office", "Head of the office"),
    "mode:adopt": ("director", "Director of access"),
    "terms:publish": ("director", "Director of access"),
    "cluster:operate": ("operator", "Head of operations"),
    "energy:report": ("operator", "Head of operations"),
    "security:guard": ("operator", "Security officer"),
    "privacy:guard": ("auditor", "Privacy officer"),
    "expertise:lead": ("adviser", "Head of the expertise centre"),
    "dataset:steward": ("adviser", "Head of data"),
    "register:publish": ("office", "Head of the office"),
    "partner:lead": ("director", "Director of access"),
}


def hand_out_mandates(cast: Cast) -> int:
    """Make one person accountable for every duty but decisions on applications; returns for how many."""
    until = clock.now() + timedelta(days=365)
    for duty in duties():
        if duty.subject in HOLDERS:
            part, function = HOLDERS[duty.subject]
            mandates.appoint(
                cast[part],
                by=INSTALLER,
                subject=duty.subject,
                holder_title=function,
                valid_until=until,
                basis="Decision of the board, example",
            )
    mandates.involve(
        "suspension:impose",
        by=INSTALLER,
        part="consulted",
        function="Security officer",
        person=cast["operator"],
    )
    mandates.involve("suspension:impose", by=INSTALLER, part="informed", function="Privacy officer")
    return len(HOLDERS)


def found_consortium(cast: Cast) -> str:
    """Let two partners sign an agreement and promise something; returns what the agreement is called."""
    office, today = cast["office"], clock.now().date()
    members = [
        partners.admit(cast.organisations[key], by=office, function=function, since=today)
        for key, function in (("factory", "Runs the factory"), ("university", "Research and courses"))
    ]
    agreement = partners.agree(
        by=office,
        title="Consortium agreement (example)",
        kind="consortium",
        document_digest=digest(b"The consortium agreement of the demonstration."),
        starts_on=today,
        ends_on=today + timedelta(days=5 * 365),
        partners=members,
        terms="Costs and decisions are shared; results are open where the law allows.",
    )
    for party in agreement.parties.order_by("pk"):
        partners.sign(party, by=office, signed_on=today, signatory="The board")
    hours = partners.promise(
        members[1],
        by=office,
        kind="staff",
        amount=Decimal(1600),
        description="Two advisers for half of their time",
        agreement=agreement,
        due_on=today + timedelta(days=365),
    )
    partners.deliver(hours, by=office, amount=Decimal(120), delivered_on=today, evidence="Time sheets")
    return agreement.title
