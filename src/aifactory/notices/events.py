"""Which event is worth a message, to whom, in which words, and where it leads.

Every other event stands in `silent.py` with the reason for its silence; a test holds the two complete.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aifactory.notices.concerned import (
    Concerned,
    asked_reviewers,
    behind_the_subject,
    both,
    contact_here,
    customers_people,
    everyone_with,
    of,
    people_named,
    people_of_the_award,
    project_people,
    representatives,
    stewards,
    stewards_asked,
    stewards_who_check,
    suspended,
    users_of_data,
    who_asked_elsewhere,
    who_must_erase,
)
from aifactory.notices.topics import Topic
from aifactory.people.models import Role


def itself(thing: Any) -> Any:
    """Most messages are about the record that the event names."""
    return thing


@dataclass(frozen=True)
class Worth:
    """One line of the table. `link` is filled with the id of `about(thing)`, which the reader must be able to see.

    `event` is named where one event has more than one line; `even_self` where also the person who did it
    hears (a receipt, or a change that somebody else may have made in their name).
    """

    text: Promise
    to: Concerned
    link: str
    topic: Topic
    about: Callable[[Any], Any] = itself
    event: str = ""
    even_self: bool = False


office = everyone_with(Role.OFFICE)
its_application, its_project, its_case = attrgetter("application"), attrgetter("project"), attrgetter("case")
its_user, its_organisation = attrgetter("user"), attrgetter("organisation")

APPLICATION, LETTER = "/applications/{id}/", "/applications/{id}/letter/"

ACCESS = {
    "application:submit": Worth(_("A new application came in"), office, APPLICATION, Topic.APPLICATIONS),
    "application:receipt": Worth(
        _("We received your application"), of("applicant"), APPLICATION, Topic.APPLICATIONS,
        event="application:submit", even_self=True,
    ),
    "application:find_eligible": Worth(
        _("Your application is eligible"), of("applicant"), APPLICATION, Topic.APPLICATIONS
    ),
    "application:find_ineligible": Worth(
        _("Your application is not eligible"), of("applicant"), APPLICATION, Topic.DECISIONS
    ),
    "application:start_review": Worth(
        _("Your application is being reviewed"), of("applicant"), APPLICATION, Topic.APPLICATIONS
    ),
    "application:finish_review": Worth(_("All reviews are in"), office, APPLICATION, Topic.APPLICATIONS),
    "application:withdraw": Worth(
        _("An application was withdrawn"), both(office, of("applicant")), APPLICATION, Topic.APPLICATIONS
    ),
    "application:withdraw_review": Worth(
        _("You need not review this any more: it was withdrawn"), asked_reviewers, "/reviews/", Topic.REVIEWS,
        event="application:withdraw",
    ),
    "decision:announce": Worth(
        _("There is a decision on your application"), of("application", "applicant"), LETTER, Topic.DECISIONS,
        about=its_application, even_self=True,
    ),
    "supervision:ask": Worth(
        _("A student asks you to supervise an application"), of("supervisor"), "/supervisions/{id}/",
        Topic.APPLICATIONS,
    ),
    "supervision:ask_again": Worth(
        _("An application that you supervise changed: please confirm it again"), of("supervisor"),
        "/supervisions/{id}/", Topic.APPLICATIONS,
    ),
    "supervision:confirm": Worth(
        _("Your supervisor confirmed the application"), of("application", "applicant"), APPLICATION,
        Topic.APPLICATIONS, about=its_application,
    ),
    "supervision:decline": Worth(
        _("Your supervisor said no"), of("application", "applicant"), APPLICATION, Topic.APPLICATIONS,
        about=its_application,
    ),
    "technical:ask": Worth(
        _("You are asked for a technical check"), of("assessor"), "/technical-checks/{id}/", Topic.REVIEWS
    ),
    "technical:give": Worth(
        _("A technical check was given"), office, "/office/applications/{id}/screening/", Topic.REVIEWS,
        about=its_application,
    ),
    "call:close": Worth(_("A call closed: the applications wait"), office, "/calls/{id}/", Topic.APPLICATIONS),
    "review:assign": Worth(_("You are asked to review"), of("reviewer"), "/reviews/{id}/", Topic.REVIEWS),
    "review:decline": Worth(
        _("A reviewer declined"), office, APPLICATION, Topic.REVIEWS, about=its_application
    ),
    "review:set_aside": Worth(
        _("One of your reviews was set aside"), of("reviewer"), "/reviews/", Topic.REVIEWS,
        about=attrgetter("reviewer"),
    ),
    "review:take_back": Worth(
        _("You need not give one of your reviews any more"), of("reviewer"), "/reviews/", Topic.REVIEWS,
        about=attrgetter("reviewer"),
    ),
    "selection:propose": Worth(
        _("A list waits to be confirmed"), both(office, everyone_with(Role.PANEL)),
        "/office/calls/{id}/selection/", Topic.APPLICATIONS, about=attrgetter("call"),
    ),
}  # fmt: skip

OBJECTION = "/objections/{id}/"
objector, handler = of("objector"), of("handler")


def _objection(text: Promise, to: Concerned, **more: Any) -> Worth:
    return Worth(text, to, OBJECTION, Topic.DECISIONS, **more)


OBJECTIONS = {
    "objection:file": _objection(_("Somebody objects to a decision"), office),
    "objection:receipt": _objection(
        _("We received your objection"), objector, event="objection:file", even_self=True
    ),
    "objection:ask_grounds": _objection(_("Please give the grounds of your objection"), objector),
    "objection:give_grounds": _objection(_("The grounds of an objection came"), both(handler, office)),
    "objection:take": _objection(_("Your objection is in hand"), objector),
    "objection:hand_over": _objection(_("An objection was handed over"), both(handler, objector)),
    "objection:plan_hearing": _objection(_("You are invited to be heard"), objector),
    "objection:hear": _objection(_("The report of your hearing is there"), objector),
    "objection:do_not_hear": _objection(_("There is no hearing; read why"), objector),
    "objection:extend": _objection(_("We need more time for your objection"), objector),
    "objection:rule": _objection(_("There is a decision on your objection"), objector),
    "objection:withdraw": _objection(_("An objection was withdrawn"), both(handler, objector)),
}

LAW = {
    "assessment:complete": Worth(
        _("A legal assessment waits for you"), office, "/assurance/{id}/", Topic.LAW
    ),
    "assessment:confirm": Worth(
        _("A legal assessment was confirmed"), behind_the_subject, "/assurance/{id}/", Topic.LAW
    ),
    "assessment:stop": Worth(
        _("A legal assessment says stop"), behind_the_subject, "/assurance/{id}/", Topic.SUSPENSIONS
    ),
    "assessment:ask_again": Worth(
        _("Please answer a legal assessment again"), behind_the_subject, "/assurance/{id}/", Topic.LAW
    ),
}

PROJECT = "/projects/{id}/"
PROJECTS = {
    "project:open": Worth(_("Your project is open"), of("leader"), PROJECT, Topic.PROJECTS, even_self=True),
    "project:add_member": Worth(
        _("You were added to a project"), of("user"), PROJECT, Topic.PROJECTS, about=its_project
    ),
    "project:suspend": Worth(_("Your project is suspended"), project_people, PROJECT, Topic.SUSPENSIONS),
    "project:remove_member": Worth(
        _("You no longer work on a project"),
        of("user"),
        "/projects/",
        Topic.PROJECTS,
        about=attrgetter("user"),
    ),
    "extension:give": Worth(
        _("Your award runs longer, for time that an outage took"),
        project_people,
        "/outages/{id}/",
        Topic.PROJECTS,
        about=attrgetter("outage"),
    ),
    "project:resume": Worth(_("Your project goes on"), project_people, PROJECT, Topic.SUSPENSIONS),
    "project:close": Worth(_("Your project is closed"), project_people, PROJECT, Topic.PROJECTS),
}

DATA_PAGE = "/projects/{id}/data/"
KEPT = {
    "retention:begin": Worth(
        _("Your project ended: its data is kept for a while"), project_people, DATA_PAGE, Topic.SUSPENSIONS,
        about=its_project,
    ),
    "retention:delete": Worth(
        _("The data of your project was deleted"), project_people, DATA_PAGE, Topic.SUSPENSIONS, about=its_project
    ),
}  # fmt: skip

PACE, RECLAIM, POOL_WISH = "/allocations/{id}/pace/", "/reclaims/{id}/", "/pool-wishes/{id}/"
its_line = attrgetter("line")


def _pace(text: Promise, to: Concerned = people_of_the_award) -> Worth:
    return Worth(text, to, PACE, Topic.PROJECTS, about=its_line)


UNUSED = {
    "pace:warn_slow": _pace(_("Your award is used more slowly than expected")),
    "pace:warn_idle": _pace(_("Your award is not used: what is left at its end is lost")),
    "pace:warn_fast": _pace(_("Your award will be used up before its end")),
    "award:lapse": _pace(_("Time of your award was not used, and has lapsed")),
    "award:change": Worth(
        _("The factory changed the end or the amount of your award"), people_of_the_award, "/allocations/{id}/",
        Topic.DECISIONS, about=its_line,
    ),
    "reclaim:propose": Worth(
        _("Unused time of your award may be taken back: please answer"), people_of_the_award, RECLAIM,
        Topic.DECISIONS,
    ),
    "reclaim:answer": Worth(_("A project answered about unused time"), office, RECLAIM, Topic.PROJECTS),
    "reclaim:confirm": Worth(
        _("Unused time of your award was taken back"), people_of_the_award, RECLAIM, Topic.DECISIONS
    ),
    "reclaim:object": Worth(
        _("A project objects to unused time being taken back"), office, RECLAIM, Topic.DECISIONS
    ),
    "reclaim:rule": Worth(
        _("There is a ruling on your objection about unused time"), people_of_the_award, RECLAIM, Topic.DECISIONS
    ),
    "reclaim:drop": Worth(_("Your award stays as it is"), people_of_the_award, RECLAIM, Topic.DECISIONS),
    "pool:ask": Worth(_("A project asks for more time"), office, POOL_WISH, Topic.PROJECTS),
    "pool:grant": Worth(_("You got more time"), people_of_the_award, POOL_WISH, Topic.DECISIONS),
    "pool:refuse": Worth(_("You did not get more time"), people_of_the_award, POOL_WISH, Topic.DECISIONS),
}  # fmt: skip

AGREEMENT, PERSONS = "/agreements/{id}/", "/agreements/{id}/persons/"
its_agreement = attrgetter("agreement")
asker = of("requested_by")
NEGOTIATION = "/dataspace/negotiations/{id}/"
DATA = {
    "agreement:request": Worth(_("Somebody asks to use your data"), stewards, AGREEMENT, Topic.DATA),
    "agreement:agree": Worth(_("An agreement on data waits to be signed"), asker, AGREEMENT, Topic.DATA),
    "agreement:counter": Worth(_("The holder of data proposes other terms"), asker, AGREEMENT, Topic.DATA),
    "agreement:propose": Worth(
        _("Who asked for your data proposes other terms"), stewards, AGREEMENT, Topic.DATA
    ),
    "agreement:accept": Worth(_("Your terms for data were accepted"), stewards, AGREEMENT, Topic.DATA),
    "agreement:refuse": Worth(_("Your request for data was refused"), asker, AGREEMENT, Topic.DECISIONS),
    "agreement:conclude": Worth(
        _("An agreement on data is in force"), both(stewards, asker), AGREEMENT, Topic.DATA
    ),
    "persons:ask": Worth(
        _("People are to be added to an agreement on your data"), stewards_who_check, PERSONS, Topic.DATA,
        about=its_agreement,
    ),
    "persons:accept": Worth(
        _("People were added to an agreement on data"), both(of("asked_by"), people_named), PERSONS, Topic.DATA,
        about=its_agreement,
    ),
    "persons:refuse": Worth(
        _("The holder does not add people to an agreement; read why"), of("asked_by"), PERSONS, Topic.DATA,
        about=its_agreement,
    ),
    "persons:remove": Worth(
        _("Somebody may not use data in the secure environment any more"),
        both(stewards_who_check, of("agreement", "requested_by"), people_named), PERSONS, Topic.SUSPENSIONS,
        about=its_agreement,
    ),
    "agreement:miss_duty": Worth(
        _("A holder says that a duty under an agreement was not met"), of("agreement", "requested_by"),
        "/agreements/", Topic.SUSPENSIONS,
    ),
    "agreement:suspend": Worth(
        _("An agreement on data is suspended"), both(stewards, asker, project_people), AGREEMENT,
        Topic.SUSPENSIONS,
    ),
    "agreement:resume": Worth(
        _("An agreement on data goes on"), both(stewards, asker, project_people), AGREEMENT, Topic.SUSPENSIONS
    ),
    "agreement:end": Worth(
        _("An agreement on data ended"), both(stewards, asker, project_people), AGREEMENT, Topic.SUSPENSIONS
    ),
    "negotiation:open": Worth(
        _("Another participant of the dataspace asks to use your data"), stewards_asked, NEGOTIATION, Topic.DATA
    ),
    "negotiation:propose": Worth(
        _("Another participant of the dataspace offers data that nobody asked for"), contact_here, NEGOTIATION,
        Topic.DATA,
    ),
    "negotiation:offer": Worth(
        _("Another participant of the dataspace offers other terms"), who_asked_elsewhere, NEGOTIATION,
        Topic.DATA,
    ),
    "negotiation:terminate": Worth(
        _("A negotiation in the dataspace ended without an agreement"),
        both(stewards_asked, who_asked_elsewhere), NEGOTIATION, Topic.DATA,
    ),
    "dataset:withdraw": Worth(
        _("Data that you use was withdrawn"), users_of_data, "/datasets/{id}/", Topic.SUSPENSIONS
    ),
    "version:withdraw": Worth(
        _("A version of data that you use was withdrawn"), users_of_data, "/datasets/versions/{id}/",
        Topic.SUSPENSIONS,
    ),
    "intake:refuse": Worth(
        _("A file that you sent was not taken in"), of("sender"), "/datasets/versions/{id}/", Topic.DATA,
        about=attrgetter("version"),
    ),
    "erasure:record": Worth(
        _("Somebody asks to be erased from data, or its time is over"), both(office, stewards),
        "/processing/erasures/{id}/", Topic.DATA,
    ),
    "erasure_duty:open": Worth(
        _("Your organisation must erase personal data, or say why not"), who_must_erase,
        "/processing/duties/{id}/", Topic.DATA,
    ),
    "erasure:close": Worth(
        _("Everybody answered a request to erase: answer the person"), both(office, stewards),
        "/processing/erasures/{id}/", Topic.DATA,
    ),
    "version:found_changed": Worth(
        _("Files of your data are not what was published"), both(stewards, office),
        "/datasets/versions/{id}/", Topic.SUSPENSIONS,
    ),
}  # fmt: skip

JOB = "/jobs/{id}/"
submitter = of("submitted_by")
JOBS = {
    "job:succeed": Worth(_("Your job is done"), submitter, JOB, Topic.JOBS),
    "job:fail": Worth(_("Your job failed"), submitter, JOB, Topic.JOBS),
    "job:lose": Worth(_("Nobody knows how your job ended"), submitter, JOB, Topic.JOBS),
    "job:stop": Worth(_("Your job was stopped"), submitter, JOB, Topic.JOBS),
    "job:cancel": Worth(_("Your job was cancelled"), submitter, JOB, Topic.JOBS),
}

CODE_REVIEW, RELEASE = "/code-reviews/{id}/", "/releases/{id}/"
who_asked = of("asked_by")


def _output(text: Promise, to: Concerned) -> Worth:
    return Worth(text, to, RELEASE, Topic.DATA, about=attrgetter("release"))


SECURE = {
    "code:ask": Worth(_("Code waits for your review"), stewards_who_check, CODE_REVIEW, Topic.DATA),
    "code:approve": Worth(_("Your code may run on the data"), who_asked, CODE_REVIEW, Topic.DATA),
    "code:refuse": Worth(_("Your code was refused; read why"), who_asked, CODE_REVIEW, Topic.DATA),
    "code:withdraw": Worth(
        _("The approval of your code was taken back"), who_asked, CODE_REVIEW, Topic.SUSPENSIONS
    ),
    "output:ask": Worth(_("Results wait for your check"), stewards_who_check, RELEASE, Topic.DATA),
    "output:approve": _output(_("A result waits for a second checker"), stewards_who_check),
    "output:release": _output(_("A result of your job was released"), of("release", "asked_by")),
    "output:refuse": _output(_("A result of your job was refused; read why"), of("release", "asked_by")),
}

CASE = "/cases/{id}/"
ADVICE = {
    "case:ask": Worth(_("A project asks for advice"), everyone_with(Role.ADVISER), CASE, Topic.ADVICE),
    "case:take": Worth(_("An adviser took your case"), of("asked_by"), CASE, Topic.ADVICE),
    "case:hand_over": Worth(
        _("A case went to another adviser"), both(of("adviser"), of("asked_by")), CASE, Topic.ADVICE
    ),
    "case:write": Worth(
        _("An adviser wrote in your case"), of("case", "asked_by"), CASE, Topic.ADVICE, about=its_case
    ),
    "case:reply": Worth(
        _("There is an answer in your case"), of("case", "adviser"), CASE, Topic.ADVICE, about=its_case
    ),
    "case:close": Worth(_("Your case is closed"), of("asked_by"), CASE, Topic.ADVICE),
    "case:reopen": Worth(_("A case is open again"), both(of("asked_by"), of("adviser")), CASE, Topic.ADVICE),
}

REPORT = "/projects/{id}/report/"
RESULTS = {
    "model:release": Worth(_("A model of your project is released"), project_people, "/models/{id}/", Topic.MODELS),
    "model:withdraw": Worth(
        _("A model of your project was withdrawn"), project_people, "/models/{id}/", Topic.SUSPENSIONS
    ),
    "report:submit": Worth(_("A report waits for you"), office, REPORT, Topic.REPORTS, about=its_project),
    "report:send_back": Worth(
        _("Your report came back: please look again"), project_people, REPORT, Topic.REPORTS, about=its_project
    ),
    "report:accept": Worth(
        _("Your report is accepted"), project_people, REPORT, Topic.REPORTS, about=its_project
    ),
}  # fmt: skip

ACCOUNT, MANDATE = "/account/", "/mandates/{id}/"
PEOPLE = {
    "user:grant_role": Worth(_("You have a new role"), of(), ACCOUNT, Topic.ACCOUNT),
    "user:revoke_role": Worth(_("A role of yours ended"), of(), ACCOUNT, Topic.ACCOUNT),
    "user:change_email": Worth(
        _("Your e-mail address was changed"), of(), ACCOUNT, Topic.ACCOUNT, even_self=True
    ),
    "token:issue": Worth(
        _("A key for scripts was made in your name"), of("user"), ACCOUNT, Topic.ACCOUNT, about=its_user,
        even_self=True,
    ),
    "ssh_key:add": Worth(
        _("An SSH key was added to your account"), of("user"), ACCOUNT, Topic.ACCOUNT, about=its_user, even_self=True
    ),
    "ssh_key:remove": Worth(
        _("An SSH key of yours was removed"), of("user"), ACCOUNT, Topic.ACCOUNT, about=its_user, even_self=True
    ),
    "token:revoke": Worth(
        _("A key for scripts ended"), of("user"), ACCOUNT, Topic.ACCOUNT, about=its_user, even_self=True
    ),
    "membership:begin": Worth(
        _("Somebody joined your organisation"), representatives, "/organisations/{id}/", Topic.ACCOUNT,
        about=its_organisation,
    ),
    "membership:welcome": Worth(
        _("You belong to an organisation now"), of("user"), "/organisations/{id}/", Topic.ACCOUNT,
        about=its_organisation, event="membership:begin",
    ),
    "membership:change": Worth(
        _("Whether you may sign for your organisation changed"), of("user"), "/organisations/{id}/", Topic.ACCOUNT,
        about=its_organisation,
    ),
    "membership:end": Worth(
        _("Somebody left your organisation"), representatives, "/organisations/{id}/", Topic.ACCOUNT,
        about=its_organisation,
    ),
    "mandate:give": Worth(_("You were given a mandate"), of("user"), MANDATE, Topic.ACCOUNT),
    "mandate:hand_over": Worth(_("Your mandate was handed over"), of("user"), MANDATE, Topic.ACCOUNT),
    "mandate:end": Worth(_("Your mandate ends"), of("user"), MANDATE, Topic.ACCOUNT),
    "involvement:begin": Worth(_("You have a part in a duty"), of("user"), "/mandates/", Topic.ACCOUNT),
    "terms:accept": Worth(
        _("Terms were accepted for your organisation"), representatives, "/terms/", Topic.ACCOUNT, even_self=True
    ),
    "suspension:impose": Worth(
        _("A suspension concerns you: you can start nothing new"), suspended, "/suspensions/{id}/",
        Topic.SUSPENSIONS,
    ),
    "suspension:lift": Worth(
        _("A suspension was lifted: you can go on"), suspended, "/suspensions/{id}/", Topic.SUSPENSIONS
    ),
}  # fmt: skip

INVOICE = "/invoices/{id}/"
PAID = {
    "award:sell": Worth(
        _("Computing time was sold to your project"), of("line", "project", "leader"), PROJECT, Topic.PROJECTS,
        about=attrgetter("line.project"),
    ),
    "invoice:issue": Worth(_("There is an invoice or credit note"), customers_people, INVOICE, Topic.PROJECTS),
    "invoice:pay": Worth(_("Your payment came in"), customers_people, INVOICE, Topic.PROJECTS),
}  # fmt: skip

#: by kind: the event's own name, or a name beside it where an event has several lines
WORTH: dict[str, Worth] = (
    ACCESS
    | OBJECTIONS
    | LAW
    | PROJECTS
    | UNUSED
    | KEPT
    | DATA
    | SECURE
    | JOBS
    | ADVICE
    | RESULTS
    | PEOPLE
    | PAID
)


@cache
def lines_of(event: str) -> tuple[tuple[str, Worth], ...]:
    """Return the lines that an event is worth, with their kinds."""
    return tuple((kind, worth) for kind, worth in WORTH.items() if (worth.event or kind) == event)
