"""Notices come from sealed events, once each, and are read."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import resolve

from aifactory.adapters.mail import mailer
from aifactory.audit.sealing import seal_all
from aifactory.expertise import actions as expertise
from aifactory.kit import clock
from aifactory.notices import actions, queries
from aifactory.notices.events import WORTH
from aifactory.notices.models import Notice
from aifactory.people.models import Role
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
    assert [(n.kind, n.subject, n.link) for n in told] == [("case:ask", "Gaps", f"/cases/{case.pk}/")]
    assert [queries.wording(n) for n in told] == ["A project asks for advice"]


def test_read_is_read_and_only_ones_own(asked):
    adviser, _case = asked
    actions.deliver()
    (notice,) = queries.unread(adviser)
    actions.read(person(), str(notice.pk))
    assert queries.unread(adviser) == [notice]
    actions.read(adviser, str(notice.pk))
    assert queries.unread(adviser) == []
    Notice.objects.update(read_at=None)
    actions.read_all(adviser)
    assert (queries.unread(adviser), queries.page(adviser)) == ([], ([notice], None))


@pytest.mark.parametrize("kind", WORTH)
def test_links_lead_to_pages(kind):
    assert resolve(WORTH[kind].link.format(id="abc_1")).url_name


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
    second = Notice.objects.first()
    assert (second.tries, second.try_at - now) == (2, timedelta(minutes=3))
