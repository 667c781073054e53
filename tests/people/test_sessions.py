"""A session lives in the database: it ends there for every process, and nobody brings their own key."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from aifactory.people.sessions import SessionStore
from tests.people.factories import person

pytestmark = pytest.mark.django_db


def kept(**facts: object) -> str:
    store = SessionStore()
    store.update(facts)
    store.save()
    return store.session_key


def test_a_session_is_read_as_it_was_written() -> None:
    assert dict(SessionStore(kept(language="nl", tries=3))) == {"language": "nl", "tries": 3}


def test_an_ended_unknown_or_forged_session_is_empty_and_its_key_is_dropped() -> None:
    ended, forged = kept(tries=1), kept(tries=2)
    Session.objects.filter(pk=ended).update(expire_date=timezone.now() - timedelta(minutes=1))
    Session.objects.filter(pk=forged).update(session_data="not:signed:by-us")
    read = [SessionStore(key) for key in (ended, "a" * 32, "\0" * 32, forged)]
    assert [(dict(store), store.session_key) for store in read] == [({}, None)] * 3 + [({}, forged)]


def test_signing_out_ends_the_session_for_a_copied_cookie() -> None:
    client, copy = Client(), Client()
    client.force_login(person())
    copy.cookies = client.cookies.copy()
    assert copy.get("/projects/").status_code == 200
    client.post("/accounts/logout/")
    assert copy.get("/projects/").status_code == 302


def test_an_account_that_was_closed_is_signed_out_at_once() -> None:
    client, user = Client(), person()
    client.force_login(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/projects/").status_code == 302
