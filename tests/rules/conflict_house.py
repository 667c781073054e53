"""One application, and for every kind of conflict and every role somebody who stands too close to it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from aifactory.access import actions, modes
from aifactory.access.conflicts.actions import declare
from aifactory.access.conflicts.detection import Kind
from aifactory.access.models import Application, Call, Conflict
from aifactory.awards.actions import add_member, open_project
from aifactory.kit import clock
from aifactory.kit.bilingual import Text
from aifactory.people.actions import grant_role, join, leave
from aifactory.people.actors import INSTALLER, SystemActor
from aifactory.people.models import Organisation, Role, User
from tests.access import factories
from tests.people.factories import organisation, person

JUDGES = (Role.REVIEWER, Role.PANEL, Role.OFFICE, Role.AUDITOR)
#: these never see an application of others; they are walked once each
OTHERS = (Role.APPLICANT, Role.ADVISER, Role.STEWARD, Role.OPERATOR)
#: everybody of the organisation that applies knows of the application as an applicant
KNOWN_TO_THEM = {Kind.SAME_ORGANISATION}
MANAGER = SystemActor("manager", frozenset({"project:open", "project:manage", "award:grant"}))


@dataclass
class House:
    """A call, who stands too close to what comes in, and then what comes in."""

    folder: Path
    call: Call
    other_call: Call
    home: Organisation
    writer: User
    free: list[User]
    close: dict[tuple[Kind, Role], User] = field(default_factory=dict)
    file: Application | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody in conflict may read anywhere: ids, number, title, and the organisation's name."""
        assert self.file is not None
        parts = [
            self.file,
            *self.file.attachments.all(),
            *self.file.reviews.all(),
            *self.file.conflicts.all(),
        ]
        return (*(part.pk for part in parts), self.file.reference, self.file.title, self.home.name)


def roomy_mode() -> modes.Mode:
    """The regional mode, with room for many names where it asks for people."""
    plain = modes.named("regional-v1").plain()
    people = next(step for step in plain["steps"] if step["id"] == "people")
    for question in people["questions"]:
        if question["id"] in ("others", "not_by"):
            question["length"] = 500
    return modes.from_plain(plain)


def build(folder: Path) -> House:
    """Make everybody and everything but the file itself."""
    mode = roomy_mode()
    calls = [
        actions.open_call(
            actions.prepare_call(
                mode=mode,
                title=Text(en=title, nl=title),
                opens_at=factories.OPENS,
                cut_off_at=factories.CUT_OFF,
                by=factories.OFFICE,
            ),
            by=factories.OFFICE,
        )
        for title in ("First call", "Second call")
    ]
    home = factories.company(name="Wadslib Sensoriek", sector="agriculture")
    writer = person(organisation=home, name="Piet Schrijver")
    house = House(folder, calls[0], calls[1], home, writer, [factories.reviewer() for _ in range(3)])
    _reviewed_by_the_free(house)
    for kind in Kind:
        if kind not in KNOWN_TO_THEM | {Kind.APPLICANT}:
            for role in JUDGES:
                house.close[kind, role] = _somebody(house, kind, role)
    for role in OTHERS:
        house.close[Kind.NAMED, role] = person(
            role, organisation=organisation(), name=_name(Kind.NAMED, role)
        )
    house.close[Kind.APPLICANT, Role.OFFICE] = writer
    for role in JUDGES:
        grant_role(writer, role, by=INSTALLER)
    return house


def _reviewed_by_the_free(house: House) -> None:
    """Another application in the same call, so that lists are not empty."""
    actions.assign_reviewers(
        factories.eligible(house.call, house.folder), by=factories.OFFICE, reviewers=house.free[:2]
    )


def _name(kind: Kind, role: Role) -> str:
    return f"Vera {kind.value.title().replace('_', '')} {role.value.title()}"


def _somebody(house: House, kind: Kind, role: Role) -> User:
    """Register somebody with one tie to the file's people that is there before the file is."""
    place = factories.company(
        name=f"Place {kind} {role}", sector="agriculture" if kind is Kind.COMPETITOR else "nature"
    )
    user = person(role, organisation=place, name=_name(kind, role))
    if kind is Kind.FORMER_ORGANISATION:
        with clock.frozen(factories.OPENS):
            leave(join(user, house.home, by=INSTALLER), by=INSTALLER)
    elif kind is Kind.SAME_CALL:
        factories.submitted(house.call, house.folder, by=user)
    elif kind is Kind.CO_AUTHOR:
        actions.name_collaborator("Femke Example", date(2026, 1, 15), by=user)
    elif kind is Kind.CO_PROJECT:
        project = open_project(
            by=MANAGER,
            title="Shared",
            organisation=house.home,
            leader=house.writer,
            application="",
            purpose="",
            ends_at=clock.now() + timedelta(days=90),
        )
        add_member(project, user, by=MANAGER)
    elif kind is Kind.TWO_WAY:
        judge = person(Role.REVIEWER, organisation=house.home)
        theirs = factories.eligible(house.other_call, house.folder, by=user)
        actions.assign_reviewers(theirs, by=factories.OFFICE, reviewers=[judge])
    return user


def bring_in(house: House) -> Application:
    """Send the file in, have it reviewed by people who are free, talked about, and sealed into the log."""
    names = {kind: ", ".join(_name(kind, role) for role in (*JUDGES, *OTHERS)) for kind in Kind}
    answers = factories.REGIONAL_ANSWERS | {"others": names[Kind.NAMED], "not_by": names[Kind.EXCLUDED]}
    made = actions.start(house.call, organisation=house.home, title="Zoutkaart van Delfzijl", by=house.writer)
    made = actions.save(made, answers, by=house.writer)
    actions.attach(made, "work_plan", path=factories.pdf(house.folder), name="zoutkaart.pdf", by=house.writer)
    factories.assess(made)
    house.file = made = actions.submit(made, by=house.writer)
    leave(house.writer.memberships.get(until=None), by=INSTALLER)
    for role in JUDGES:
        declare(made, reason="A friend works there.", by=house.close[Kind.DECLARED, role])
    actions.judge_eligibility(made, by=factories.OFFICE)
    reviews = actions.assign_reviewers(made, by=factories.OFFICE, reviewers=house.free[:2])
    for review in reviews:
        factories.scored(review)
    made.refresh_from_db()
    actions.remark(made, text="Let us talk.", by=house.free[0])
    return made


def reasons(house: House) -> dict[tuple[str, str], set[str]]:
    """Return which kinds are on record for whom."""
    found: dict[tuple[str, str], set[str]] = {}
    for (kind, role), user in house.close.items():
        rows = Conflict.objects.filter(person=user, state__in=("found", "recused"))
        about = rows.filter(application=house.file) | rows.filter(kind="same_call")
        found[kind, role] = set(about.values_list("kind", flat=True))
    return found


__all__ = ["House", "bring_in", "build", "reasons"]
