"""A factory with at least one record of every kind, made by the rooms' own actions."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import override_settings

from aifactory.access import actions as access
from aifactory.access.conflicts.actions import name_collaborator
from aifactory.access.lanes.actions import allow_out_of_turn
from aifactory.access.matching.actions import match
from aifactory.access.matching.profiles import bid
from aifactory.access.models import Application, Review
from aifactory.access.modes import folder as folder_of_modes
from aifactory.access.modes.actions import write_mode
from aifactory.access.screening.steps import USUAL
from aifactory.access.selection.actions import propose, state_budget
from aifactory.awards.actions import add_member, draw, grant_line, remove_member, reserve
from aifactory.awards.billing import actions as billing
from aifactory.awards.changes import actions as changes
from aifactory.awards.models import Project
from aifactory.awards.pace import actions as pace
from aifactory.awards.pace.plan import months_of
from aifactory.awards.pace.queries import zone
from aifactory.awards.pace.watching import watch
from aifactory.awards.state_aid import actions as aid
from aifactory.datasets import actions as datasets
from aifactory.datasets.dataspace import actions as dataspace
from aifactory.datasets.dataspace import messages, policies, receiving
from aifactory.datasets.dataspace.models import Negotiation
from aifactory.datasets.duties import say_of_duty
from aifactory.datasets.erasure import actions as erasure
from aifactory.datasets.harvesting import actions as harvesting
from aifactory.datasets.harvesting.records import FoundRecord
from aifactory.datasets.intake import actions as intake
from aifactory.datasets.named_persons import actions as named_persons
from aifactory.expertise import actions as expertise
from aifactory.kit import clock
from aifactory.people.actions import give_mandate
from aifactory.people.actors import INSTALLER
from aifactory.people.enterprises import actions as enterprises
from aifactory.people.mandates.actions import involve
from aifactory.people.models import Organisation, Role, User
from aifactory.people.partners import actions as partners
from aifactory.people.ssh.actions import add_key
from aifactory.people.terms.actions import suspend
from aifactory.ports.cluster import Change, JobRecord
from aifactory.registry import actions as registry
from aifactory.supercomputer import accounts, ledger, verbs
from aifactory.supercomputer import actions as supercomputer
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.notebooks.actions import admit
from aifactory.supercomputer.outages import actions as outages
from aifactory.supercomputer.secure import actions as secure
from aifactory.supercomputer.uploads.actions import bring
from aifactory.transparency import actions as transparency
from aifactory.transparency.retention.actions import keep_and_delete
from tests.access import factories as applications
from tests.access.matching.test_actions import applications as drawn
from tests.access.matching.test_actions import committed, reviewers, shown
from tests.access.objection_factories import objection
from tests.assurance.factories import assessment
from tests.awards.factories import GRANTOR, project
from tests.awards.test_billing import ADDRESS
from tests.datasets import factories as data
from tests.people.factories import declared, organisation, person
from tests.supercomputer.factories import Factory, later
from tests.supercomputer.secure_factories import inside


def furnish(plant: Factory, folder: Path) -> None:
    """Fill the house: a call with applications, a job that ran, its model, a case, a report."""
    with clock.frozen(applications.DURING):
        call = applications.call()
        applications.call(opened=False)
        supervise(applications.draft(call, folder))
        applications.reviewed(call, folder)
        decided = applications.reviewed(call, folder)
        screen(decided)
        talk_about(decided)
        access.decide(decided, awarded={}, reasons="No room this time.", by=applications.decider())
        stand_close(decided.reviews.earliest("pk"))
        leave_the_lane(folder)
        draw_reviewers(folder)
        make_a_list(folder)
        write_mode((folder_of_modes() / "playground-v1.toml").read_text(), by=person(Role.OFFICE))
    objection(decided)
    restricted = data.published(access="nonpublic", contains_personal_data=True)
    data.requested(data.offer(restricted))
    say_of_duty(plant.agreement, by=plant.user, duty="attribute", met=True)
    draft = datasets.new_version(restricted, by=User.objects.get(pk=restricted.steward_id))
    intake.begin(draft, by=restricted.steward, name="scans.csv", size=10, digest="sha256:" + "0" * 64)
    erasure.record(restricted, by=restricted.steward, reference="2026-014", cause="withdrawn")
    data.dataset()
    read_another_catalogue()
    share()
    run(plant)
    stay_inside(plant)
    assessment(project=plant.project)
    consult(plant.project)
    govern(plant)
    declare(plant.project.organisation)
    break_down(plant)
    waste()


def share() -> None:
    """Agree with another participant of the dataspace on data, and start its transfer, all but the delivery."""
    offer = data.offer(data.published(), self_service=True)
    there = dataspace.admit(
        organisation(), by=person(Role.OFFICE), identifier="urn:there", address="http://127.0.0.1:9", keys=[]
    )
    policy = policies.write(
        policies.narrowed(policies.read_terms(offer.terms), purpose=data.PURPOSE),
        offer.pk,
        target=offer.dataset_id,
    )
    opening = {"consumerPid": "urn:1", "offer": policy, "callbackAddress": there.address}
    asked = messages.read(messages.write("ContractRequestMessage", **opening), "ContractRequestMessage")
    negotiation = Negotiation.objects.get(pk=receiving.request_negotiation(asked, there, None).provider_pid)
    said = messages.write(
        "ContractAgreementVerificationMessage", consumerPid="urn:1", providerPid=negotiation.pk
    )
    verified = messages.read(said, "ContractAgreementVerificationMessage")
    receiving.receive(Negotiation, negotiation.pk, verified, there, None)
    negotiation.refresh_from_db()
    wanted = {"agreementId": negotiation.agreement_pid, "format": messages.PULL}
    wanted |= {"consumerPid": "urn:2", "callbackAddress": there.address}
    message = messages.read(messages.write("TransferRequestMessage", **wanted), "TransferRequestMessage")
    receiving.request_transfer(message, there, None)


def leave_the_lane(folder: Path) -> None:
    """Put on record that a later application goes first, in a lane that is closed again."""
    lane = applications.call("playground-v1")
    second = [applications.eligible(lane, folder) for _ in range(2)][1]
    allow_out_of_turn(second, reason="Its machine closes tomorrow.", by=applications.decider())
    access.close_call(lane, by=applications.OFFICE)


def draw_reviewers(folder: Path) -> None:
    """Draw who reviews the one application of a call that is closed again."""
    office, people = person(Role.OFFICE), reviewers(4)
    call = applications.call()
    drawn(call, folder, 1)
    bid({call.applications.get(): "want"}, by=people[0])
    made = committed(call, office, people[0])
    with clock.frozen(applications.AFTER):
        access.close_call(call, by=applications.OFFICE)
        shown(made)
        match(call, by=office)


def make_a_list(folder: Path) -> None:
    """Have the rule propose a list for a call that is closed again."""
    office, call = person(Role.OFFICE), applications.call()
    state_budget(call, {"gpu": 12_000 * 3600, "storage": 10**13}, by=office)
    applications.reviewed(call, folder)
    with clock.frozen(applications.AFTER):
        access.close_call(call, by=applications.OFFICE)
        propose(call, by=office)


def talk_about(application: Application) -> None:
    """Discuss an application, and let a reviewer change a review after it."""
    review = application.reviews.earliest("pk")
    access.remark(application, text="Is the first criterion not too strict?", by=review.reviewer)
    access.revise_review(
        review, scores=review.scores, reasons=review.reasons, because="I read it again.", by=review.reviewer
    )


def stand_close(review: Review) -> None:
    """Name somebody with whom a reviewer published, who is in the application under review."""
    name_collaborator(review.application.answers["leader"], clock.now().date(), by=review.reviewer)


def supervise(draft: Application) -> None:
    """Ask a colleague to supervise a draft."""
    access.ask_supervisor(draft, person(organisation=draft.organisation).email, by=draft.applicant)


def screen(application: Application) -> None:
    """Give the technical check, and weigh law and ethics."""
    office, operator = person(Role.OFFICE), person(Role.OPERATOR)
    check = access.ask_technical(application, assessor=operator, by=office)
    answers = {question.id: "yes" for question in USUAL}
    access.give_technical(check, answers=answers, result="ok", reasons="It fits.", by=operator)
    condition = {"en": "Ask again before use.", "nl": "Vraag het opnieuw voor gebruik."}
    access.weigh_law(application, result="conditions", reasons="Care.", conditions=[condition], by=office)


def declare(company: Organisation) -> None:
    """Declare what makes up the size of an organisation, and aid that it got elsewhere."""
    office = person(Role.OFFICE)
    own = declared(company, office)
    owner = enterprises.name_enterprise(company, name="Holding", by=office)
    enterprises.state_holding(owner, own, capital=2000, by=office)
    aid.declare_aid(company, granted_on=clock.now().date(), cents=100, authority="Province", by=office)


def waste() -> None:
    """Let an award stand idle until some of it may be taken back, plan for another, give back, ask for more; lapse."""
    now, idle, busy = clock.now(), project(title="Idle"), project(title="Busy")
    ends = {idle: 60, busy: 1}
    lines = {
        mine: grant_line(
            mine, by=GRANTOR, resource="gpu", amount=3600 * 1000, starts_at=now - timedelta(days=60),
            ends_at=now + timedelta(days=days),
        )
        for mine, days in ends.items()
    }  # fmt: skip
    with clock.frozen(now - timedelta(days=59)):
        reserve(lines[busy], 3600 * 600, key="busy", by=GRANTOR)
        pace.give_back(lines[busy], 3600, by=busy.leader)
        first, *_later = months_of(lines[busy].starts_at, lines[busy].ends_at, zone())
        pace.plan_use(lines[busy], {first: 3600 * 500}, why="All at once.", by=busy.leader)
        draw("busy", 3600 * 600, by=GRANTOR)
        project(title="Over")
    for days in (30, 15, 0):
        with clock.frozen(now - timedelta(days=days)):
            watch()
    lines[busy].refresh_from_db()
    pace.ask(lines[busy], 3600, why="One more run.", by=busy.leader)
    with clock.frozen(now + timedelta(days=2)):
        watch()
    keep_and_delete()
    office = person(Role.OFFICE)
    give_mandate(office, by=INSTALLER, subject="award:change", holder_title="Head of the office")
    changes.reduce(lines[idle], 3600 * 999, reasons="The second experiment was dropped.", by=office)


def break_down(plant: Factory) -> None:
    """Let a person in by a key and leave a project, and give back the time of an outage; another goes on."""
    operator, now = person(Role.OPERATOR), clock.now()
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    add_key(plant.user, key.decode(), label="laptop")
    what = {"cluster": "slurm", "what": "Cooling failed", "planned": False, "by": operator}
    outages.record(
        **what, starts_at=now - timedelta(hours=1), ends_at=now - timedelta(minutes=10), resources=["core"]
    )
    with clock.frozen(now + timedelta(hours=2)):
        outages.end(outages.record(**what, starts_at=now), by=operator)
        outages.settle_over()
        outages.record(**what, starts_at=now - timedelta(hours=1))
    remove_member(add_member(plant.project, person(), by=GRANTOR), by=GRANTOR)


def govern(plant: Factory) -> None:
    """Name who has a part in a duty, suspend somebody, keep the consortium's books, sell time and bill it."""
    office, now = person(Role.OFFICE), clock.now()
    for subject in ("suspension:impose", "invoice:issue"):
        give_mandate(office, by=INSTALLER, subject=subject, holder_title="Head of the office")
    involve("security:guard", by=INSTALLER, part="informed", function="The board")
    suspend(person().thing, by=office, ground="security", reasons="A key leaked.")
    partner = partners.admit(organisation(), by=office, function="Hosts it", since=now.date())
    document = {"title": "Hosting", "kind": "hosting", "document_digest": "sha256:" + "0" * 64}
    partners.agree(**document, by=office, starts_on=now.date(), partners=[partner])
    promised = partners.promise(partner, by=office, kind="housing", amount=Decimal(9), description="Racks")
    partners.deliver(promised, by=office, amount=Decimal(1), delivered_on=now.date(), evidence="List")
    customer = billing.register_customer(plant.project.organisation, by=office, **ADDRESS)
    period = {"starts_at": now - timedelta(days=3), "ends_at": now + timedelta(days=3)}
    sold = billing.sell(customer, plant.project, by=office, resource="gpu", amount=3600, **period)
    with clock.frozen(now - timedelta(days=2)):
        reserve(sold.line, 3600, key="paid", by=GRANTOR)
        draw("paid", 3600, by=GRANTOR)
    billing.issue(customer, until=(now - timedelta(days=1)).date(), by=office)


def run(plant: Factory) -> None:
    """Run a job to its end, register and release what it made, and plan another."""
    job = supercomputer.start(plant.submit(), by=plant.user)
    plant.turn()
    with later(seconds=61):
        for _ in range(4):
            plant.turn()
    bring(plant.project, by=plant.user, title="Mine", files=[("main.py", [b"print(1)"])])
    open_a_notebook(plant)
    made = registry.register(job.attempts.get(), by=plant.user, name="Cells", intended_use="Research")
    assert made.state == "candidate"
    account_for(plant)
    plant.submit(deadline=clock.now() + timedelta(hours=12))


def open_a_notebook(plant: Factory) -> None:
    """Let somebody into a notebook, and close it."""
    with override_settings(NOTEBOOK_ADDRESS="https://*.notebooks.example"):
        job = plant.submit(recipe="notebook", inputs={}, parameters={}, wall_seconds=60)
        supercomputer.start(job, by=plant.user)
        plant.turn()
        Attempt.objects.filter(job=job).update(progress={"ready": True})
        job.refresh_from_db()
        admit(job, by=plant.user)
        supercomputer.stop(job, by=plant.user, reason="Done.")
        for _ in range(2):
            plant.turn()


def stay_inside(plant: Factory) -> None:
    """Have code read by the holder of data that nobody sees, run a job on it, and ask for one of its files.

    Somebody else is to be named in the agreement.
    """
    here = inside(plant)
    other = person(organisation=plant.project.organisation)
    add_member(plant.project, other, by=GRANTOR)
    named_persons.ask_to_add(here.agreement, [other], by=plant.user, explanation="Helps with the analysis.")
    code = bring(plant.project, by=plant.user, title="Read", files=[("main.py", [b"print(2)"])])
    secure.ask_review(here.agreement, code, by=plant.user, explanation="It prints a number.")
    before = dict(plant.behaviour)
    kept = here.kept()
    secure.ask_release(kept, ["table.csv"], by=plant.user, reason="Large groups only.")
    plant.behaviour.clear()
    plant.behaviour.update(before)


def account_for(plant: Factory) -> None:
    """Let a cluster have books with one job in them, and an account that nobody here knows."""
    end = clock.now()
    begin = end - timedelta(minutes=1)
    job = JobRecord(
        "1", begin, "train", "p1", "usr", "p1", "main", "COMPLETED", begin, end, 60, 1, {"cpu": 1, "node": 1}
    )
    ledger.take("slurm", [job], until=end, accounts={"p1": plant.project.pk})
    accounts.compared("slurm", {}, [Change("x", "The cluster has an account x that we know nothing of.")], [])
    verbs.fail("slurm", "provision", "prj_1", "Slurm refused.", command=["sacctmgr"])


def consult(project: Project) -> None:
    """Ask for advice, get it, and write the report."""
    case = expertise.ask(
        project, by=project.leader, service="data", title="Imbalance", question="Is it enough?"
    )
    adviser = person(Role.ADVISER)
    expertise.take(case, by=adviser)
    expertise.write(case, by=adviser, text="Stratify.")
    transparency.draft(project, by=project.leader)
    transparency.record_outcome(
        project, by=project.leader, kind="publication", title="A paper", evidence="https://doi.org/10.5555/1"
    )


def viewers(plant: Factory) -> list[User | None]:
    """Return the public, everybody who has an account, and for each role a stranger and a colleague."""
    strangers = [person(role, organisation=organisation()) for role in Role]
    colleagues = [person(role, organisation=plant.project.organisation) for role in Role]
    return [None, *User.objects.order_by("pk"), *strangers, *colleagues]


def read_another_catalogue() -> None:
    """A catalogue that we read: it can't be reached today, and one dataset of yesterday is still there."""
    steward = data.steward()
    source = harvesting.add_source(by=steward, name="Elsewhere", address="https://127.0.0.1/", kind="dcat")
    record = FoundRecord(
        identifier="d1", title={"en": "Wind"}, description={}, publisher="City", theme="energy", access="public",
        licence="", keywords=(), page="https://data.example/d1", modified="", files=(), errors=(),
    )  # fmt: skip
    harvesting.take_in(source, [record])
    harvesting.harvest(source, by=steward)
