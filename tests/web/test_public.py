"""Pages that anyone may read, and the doors for machines."""

import re

import pytest
from django.db import connection

from aifactory.audit.sealing import seal_all
from aifactory.kit import clock
from aifactory.people.actions import issue_token
from aifactory.people.models import Role
from aifactory.web import glossary
from tests.access import factories as applications
from tests.awards import factories as awards
from tests.people.factories import person

pytestmark = pytest.mark.django_db


def test_the_first_page_has_doors_calls_and_figures(client, told, django_assert_num_queries):
    with clock.frozen(applications.DURING):
        applications.call()
        applications.call(opened=False)
    awards.line(awards.project())
    with django_assert_num_queries(10):
        page = client.get("/")
    words = told(page)
    assert words.count("Spring call closes on 1 March 2027") == 1
    assert ("Projects 1" in words, "between and" in words) == (True, False)
    for door in ("/calls/", "/datasets/", "/register/"):
        assert f'href="{door}"' in page.content.decode()


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "path", ["/", "/glossary/", "/how-we-decide/", "/privacy/", "/accessibility/", "/register/"]
)
def test_public_pages_speak_both_languages(client, path, language):
    page = client.get(path, headers={"Accept-Language": language})
    assert (page.status_code, f'<html lang="{language}"' in page.content.decode()) == (200, True)


def test_every_word_is_explained_twice_and_has_its_own_anchor(client):
    terms = glossary.terms()
    assert [t.anchor for t in terms if not all(t.words.values()) or not all(t.meanings.values())] == []
    page = client.get("/glossary/").content.decode()
    assert [page.count(f'id="{term.anchor}"') for term in terms] == [1] * len(terms)
    for language in ("en", "nl"):
        words = [term.words[language].casefold() for term in glossary.sorted_in(language)]
        assert words == sorted(words)


def test_how_we_decide_shows_the_rules_and_who_is_accountable(client, told):
    applications.decider(ceiling_gpu_seconds=3600 * 1000)
    words = told(client.get("/how-we-decide/"))
    assert "We decide within 30 working days. You can object within 6 weeks." in words
    assert "chair of the panel application:decide all calls 1,000 GPU-h –" in words


def test_health_says_whether_the_sealer_keeps_up(client, settings):
    assert client.get("/healthz").json()["sealer"] == "ok"
    awards.project()
    assert client.get("/healthz").json()["sealer"] == "ok"
    with clock.frozen(applications.soon(clock.now(), minutes=5)):
        told = client.get("/healthz").json()
        assert (told["database"], told["sealer"], told["oldest_unsealed_seconds"] > 299) == (
            "ok",
            "behind",
            True,
        )
    seal_all(settings.LOG_ORIGIN)
    assert client.get("/healthz").json() == {"database": "ok", "sealer": "ok", "oldest_unsealed_seconds": 0.0}


def test_health_is_bad_without_a_database(client):
    from django.db import OperationalError

    def broken(*_arguments):
        raise OperationalError("gone")

    with connection.execute_wrapper(broken):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": "down"})


def test_figures_are_for_this_machine_and_operators(client, settings):
    awards.project()
    seal_all(settings.LOG_ORIGIN)
    text = client.get("/metrics").content.decode()
    assert ('aifactory_jobs{state="running"} 0.0' in text, "aifactory_log_unsealed_events 0.0" in text) == (
        True,
        True,
    )
    far = {"REMOTE_ADDR": "198.51.100.7"}
    assert client.get("/metrics", **far).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    for role, status in ((Role.OPERATOR, 200), (Role.OFFICE, 403)):
        secret = issue_token(person(role), label="prometheus")[1]
        assert (
            client.get("/metrics", headers={"Authorization": f"Bearer {secret}"}, **far).status_code == status
        )


def test_menus_fit_the_person(client):
    def menu(user):
        client.logout()
        if user:
            client.force_login(user)
        nav = client.get("/").content.decode().split('<nav class="af-menu"')[1].split("</nav>")[0]
        return re.findall(r">([^<>]+)</a>", nav)

    assert menu(None) == ["Calls", "Data", "Models", "Register"]
    mine = ["Your desk", "Calls", "Data", "Projects", "Jobs", "Advice", "Models", "Register"]
    assert menu(person()) == mine
    assert menu(person(Role.REVIEWER)) == [*mine[:2], "Reviews", *mine[2:]]
    assert menu(person(Role.OFFICE)) == [*mine[:2], "Office", *mine[2:]]
