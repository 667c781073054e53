"""Notices come from sealed events, once each, and are read."""

from datetime import timedelta

import pytest
from django.conf import settings

from aifactory.adapters.mail import mailer
from aifactory.audit.sealing import seal_all
from aifactory.expertise import actions as expertise
from aifactory.expertise.models import Case
from aifactory.kit import clock
from aifactory.notices import actions, queries
from aifactory.notices.models import Notice
from aifactory.people import rules
from aifactory.people.actions import issue_token
from aifactory.people.models import Role
from aifactory.people.rules import Visibility
from aifactory.ports.mail import Mailer, Message
from aifactory.ports.registry import provide
from tests.people.factories import person


@pytest.fixture
def asked(plant, tmp_path):
    """A case that an adviser should hear of."""
    provide(Mailer, mailer("", "factory@example.org", tmp_path / "mail"))
    adviser = person(Role.ADVISER)
    case = expertise.ask(plant.project, by=plant.user, service="data", title="Gaps", question="?")
    seal_all(settings.LOG_ORIGIN)
    return adviser, case


def test_everyone_concerned_hears_once(asked, tmp_path):
    adviser, case = asked
    assert (actions.deliver() > 0, actions.deliver()) == (True, 0)
    told = queries.unread(adviser)
    assert [(n.kind, n.subject, n.link) for n in told] == [
        ("case:ask", "Gaps", f"/cases/{case.pk}/"),
        ("user:grant_role", adviser.name, "/account/"),
    ]
    assert [queries.wording(n) for n in told] == ["A project asks for advice", "You have a new role"]


def test_read_is_read_and_only_ones_own(asked):
    adviser, _case = asked
    actions.deliver()
    notice, role = queries.unread(adviser)
    actions.read(person(), str(notice.pk))
    assert queries.unread(adviser) == [notice, role]
    actions.read(adviser, str(notice.pk))
    assert queries.unread(adviser) == [role]
    Notice.objects.update(read_at=None)
    actions.read_all(adviser)
    assert (queries.unread(adviser), queries.page(adviser)) == ([], ([notice, role], None))


def test_who_did_it_is_not_told_of_it_but_gets_receipts(asked):
    _adviser, case = asked
    actions.deliver()
    assert "case:ask" not in {notice.kind for notice in queries.unread(case.asked_by)}
    issue_token(case.asked_by, label="script")
    seal_all(settings.LOG_ORIGIN)
    actions.deliver()
    assert queries.unread(case.asked_by)[0].kind == "token:issue"


def test_an_answer_in_a_case_reaches_the_other_side(asked):
    adviser, case = asked
    expertise.take(case, by=adviser)
    expertise.write(case, by=adviser, text="Which gaps?")
    expertise.reply(case, by=case.asked_by, text="In the dates.")
    seal_all(settings.LOG_ORIGIN)
    actions.deliver()
    told = {
        user: [n.kind for n in queries.unread(user) if "case" in n.kind] for user in (adviser, case.asked_by)
    }
    assert told == {adviser: ["case:reply", "case:ask"], case.asked_by: ["case:write", "case:take"]}


def test_what_one_may_not_see_is_neither_told_nor_shown_any_more(asked, monkeypatch):
    adviser, case = asked
    actions.deliver()
    hidden = Visibility(lambda _viewer: Case.objects.none(), lambda _viewer, _case: False)
    monkeypatch.setitem(rules._visibility, Case, hidden)
    expertise.write(expertise.take(case, by=adviser), by=adviser, text="Seen.")
    seal_all(settings.LOG_ORIGIN)
    actions.deliver()
    assert [n.kind for n in queries.unread(adviser)] == ["user:grant_role"]
    assert not Notice.objects.filter(kind="case:write").exists()


class NobodyHome:
    """A mailer whose server can't be reached."""

    def send(self, message: Message) -> None:
        raise OSError("no route")


def test_what_could_not_be_mailed_is_tried_again_after_a_pause_that_doubles(asked):
    provide(Mailer, NobodyHome())
    now = clock.now()
    with clock.frozen(now):
        assert (actions.deliver(), actions.deliver()) == (0, 0)
    first = Notice.objects.first()
    assert (first.tries, first.try_at - now, first.mailed_at) == (1, timedelta(minutes=1), None)
    with clock.frozen(now + timedelta(minutes=1)):
        actions.deliver()
    second = Notice.objects.get(pk=first.pk)
    assert (second.tries, second.try_at - now) == (2, timedelta(minutes=3))
    Notice.objects.filter(pk=first.pk).update(tries=40)
    with clock.frozen(now + timedelta(hours=5)):
        actions.deliver()
    assert Notice.objects.get(pk=first.pk).try_at - now == timedelta(hours=6)
