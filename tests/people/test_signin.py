"""Signing in with a password: accounts, mail, limits, and where one may be led afterwards."""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.core.cache import cache
from django.test import Client

from aifactory.audit.export import write
from aifactory.audit.models import Event
from aifactory.audit.queries import latest_checkpoint
from aifactory.audit.sealing import seal_all
from aifactory.audit.verify import verify_export
from aifactory.people.models import User
from aifactory.ports.mail import Mailer, Message
from aifactory.ports.registry import get, provide
from tests.datasets.factories import store  # noqa: F401 - a fixture
from tests.people.factories import person

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def someone() -> User:
    user = person()
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def post_box() -> Iterator[list[Message]]:
    class Box(list[Message]):
        send = list.append

    before, box = get(Mailer), Box()
    provide(Mailer, box)
    yield box
    provide(Mailer, before)


def sign_in(client: Client, email: str, password: str = PASSWORD, **query: str) -> object:
    return client.post("/accounts/login/", {"login": email, "password": password, **query})


def test_an_account_is_made_with_one_event_and_the_role_of_applicant(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"email": "New@Example.org", "password1": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")
    user = User.objects.get()
    assert (user.email, user.roles, user.check_password(PASSWORD)) == ("new@example.org", ["applicant"], True)
    assert list(Event.objects.values_list("name", "thing")) == [("user:register", user.thing)]


def test_a_role_can_not_be_slipped_in_with_the_form(client: Client) -> None:
    form = {"email": "new@example.org", "password1": PASSWORD, "roles": "office", "is_active": "1"}
    client.post("/accounts/signup/", form)
    assert User.objects.get().roles == ["applicant"]


@pytest.mark.parametrize("address", ["person@example.org", "PERSON@example.ORG"])
def test_one_address_is_one_account(client: Client, address: str) -> None:
    client.post("/accounts/signup/", {"email": "person@example.org", "password1": PASSWORD})
    answer = Client().post("/accounts/signup/", {"email": address, "password1": PASSWORD})
    assert (answer.status_code, User.objects.count()) == (200, 1)
    assert b"already" in answer.content


@pytest.mark.parametrize("password", ["short", "password1234", ""])
def test_weak_passwords_are_refused_with_the_reason(client: Client, password: str) -> None:
    answer = client.post("/accounts/signup/", {"email": "new@example.org", "password1": password})
    assert (answer.status_code, User.objects.count()) == (200, 0)
    assert b'class="af-errors' in answer.content


@pytest.mark.parametrize(
    ("wish", "arrives"),
    [
        ("/calls/", "/calls/"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/", "/desk/"),
        ("https:evil.example", "/desk/"),
        ("/\\evil.example", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
    ],
)
def test_one_is_led_on_within_the_site_only(client: Client, someone: User, wish: str, arrives: str) -> None:
    assert sign_in(client, someone.email, next=wish)["Location"] == arrives


def test_signing_in_changes_the_session_and_no_cookie_but_those(client: Client, someone: User) -> None:
    client.get("/accounts/login/")
    before = client.session.session_key
    answer = sign_in(client, someone.email)
    assert set(answer.cookies) == {"sessionid", "csrftoken", "messages"} & set(answer.cookies)
    cookie = answer.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert client.session.session_key != before
    assert Event.objects.filter(name__startswith="user:").count() == 1  # the registration


def test_somebody_who_was_switched_off_does_not_get_in(client: Client, someone: User) -> None:
    User.objects.filter(pk=someone.pk).update(is_active=False)
    sign_in(client, someone.email)
    assert client.get("/account/").status_code == 302
    asked = {"email": someone.email, "password": PASSWORD}
    assert client.post("/api/v1/tokens", asked, content_type="application/json").status_code == 401


def test_guessing_a_password_is_stopped_for_that_account_only(client: Client, someone: User) -> None:
    for _ in range(5):
        sign_in(client, someone.email, "wrong")
    answer = sign_in(client, someone.email)
    assert (answer.status_code, b"Too many" in answer.content) == (200, True)
    assert client.get("/account/").status_code == 302
    other = person()
    other.set_password(PASSWORD)
    other.save(update_fields=["password"])
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), other.email).status_code == 302


def test_guessing_through_the_api_is_stopped_by_place_and_by_account(client: Client, someone: User) -> None:
    def ask(place: str, password: str = "wrong") -> int:
        body = {"email": someone.email, "password": password}
        return client.post(
            "/api/v1/tokens", body, content_type="application/json", REMOTE_ADDR=place
        ).status_code

    assert [ask(f"192.0.2.{n}") for n in range(10)] == [401] * 10
    assert ask("192.0.2.99", PASSWORD) == 429
    cache.clear()
    assert [ask("192.0.2.1") for _ in range(11)][-1] == 429


def test_a_visitor_can_not_claim_to_come_from_elsewhere(client: Client, someone: User) -> None:
    body = {"email": "nobody@example.org", "password": "wrong"}
    answers = [
        client.post(
            "/api/v1/tokens",
            {**body, "email": f"n{n}@example.org"},
            content_type="application/json",
            HTTP_X_FORWARDED_FOR=f"192.0.2.{n}",
        ).status_code
        for n in range(11)
    ]
    assert answers == [401] * 10 + [429]


def test_a_forgotten_password_is_mailed_through_the_factorys_own_mailer(
    client: Client, someone: User, post_box: list[Message]
) -> None:
    answer = client.post("/accounts/password/reset/", {"email": someone.email})
    assert answer.status_code == 302
    (mail,) = post_box
    assert mail.to == someone.email
    (address,) = [word for word in mail.body.split() if "/accounts/password/reset/key/" in word]
    form = client.get("/" + address.split("/", 3)[3], follow=True)
    client.post(
        form.request["PATH_INFO"],
        {"password1": "another horse battery", "password2": "another horse battery"},
    )
    someone.refresh_from_db()
    assert someone.check_password("another horse battery")


def test_asking_for_an_unknown_address_looks_the_same(client: Client, post_box: list[Message]) -> None:
    assert client.post("/accounts/password/reset/", {"email": "nobody@example.org"}).status_code == 302
    assert [mail.to for mail in post_box] in ([], ["nobody@example.org"])


@pytest.mark.usefixtures("store")
def test_a_changed_address_is_written_down(client: Client, someone: User, tmp_path) -> None:
    client.force_login(someone)
    client.post("/accounts/email/", {"action_add": "", "email": "second@example.org"})
    client.post("/accounts/email/", {"action_primary": "", "email": "second@example.org"})
    EmailAddress.objects.filter(email="second@example.org").update(verified=True)
    client.post("/accounts/email/", {"action_primary": "", "email": "second@example.org"})
    someone.refresh_from_db()
    seal_all(site.LOG_ORIGIN)
    with (tmp_path / "export.jsonl").open("wb") as file:
        write(file, origin=site.LOG_ORIGIN)
    assert verify_export(tmp_path / "export.jsonl", latest_checkpoint().note).problems == []
    assert (someone.email, Event.objects.filter(name="user:change_email").count()) == (
        "second@example.org",
        1,
    )
