"""Signing in through an OpenID provider: the whole authorization-code flow against a real one, over HTTP."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from pytest_django.live_server_helper import LiveServer

from aifactory.audit.models import Event
from aifactory.config.environment import Environment
from aifactory.people.models import User
from tests.people.factories import person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),  # what the provider's own libraries have to say
]
ID = "login-example"
CALLBACK = f"/accounts/oidc/{ID}/login/callback/"


class Visitor:
    """A browser without a screen: keeps cookies, sends forms, follows redirects."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.http = httpx.Client(follow_redirects=True, trust_env=False, timeout=30)
        self.path: list[httpx.URL] = []

    def get(self, address: str) -> httpx.Response:
        return self._went(self.http.get(self.site + address))

    def post(self, address: str, **fields: str) -> httpx.Response:
        token = self.http.cookies.get("csrftoken", domain="localhost.local") or self._token()
        return self._went(self.http.post(self.site + address, data={"csrfmiddlewaretoken": token, **fields}))

    def sign_in(self, then: str = "") -> httpx.Response:
        """Press the button on the sign-in page."""
        page = self.get("/accounts/login/").text
        action = re.search(rf'action="(/accounts/oidc/{ID}/login/[^"]*)"', page)
        assert action, "the sign-in page offers no provider"
        return self.post(action[1].replace("&amp;", "&") + then)

    def _token(self) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get("/accounts/login/").text)
        assert found
        return found[1]

    def _went(self, answer: httpx.Response) -> httpx.Response:
        self.path = [step.url for step in (*answer.history, answer)]
        return answer


@pytest.fixture(scope="session")
def iam_configuration(iam_configuration: dict[str, Any]) -> dict[str, Any]:
    """Ask for no nonce: the flow is bound to the browser by its state and its PKCE challenge."""
    iam_configuration["CANAILLE_OIDC"]["REQUIRE_NONCE"] = False
    return iam_configuration


@pytest.fixture
def provider(iam_server: Any, live_server: LiveServer, settings: Any) -> Iterator[Any]:
    """Make this factory a client of a running provider."""
    client = iam_server.models.Client(
        client_id="factory",
        client_secret="a secret between the two",
        client_name="AI Factory",
        contacts=["office@example.org"],
        client_uri=live_server.url,
        redirect_uris=[live_server.url + CALLBACK],
        token_endpoint_auth_method="client_secret_post",
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email"],
        client_id_issued_at=dt.datetime.now(dt.UTC),
    )
    iam_server.backend.save(client)
    iam_server.backend.update(client, audience=[client])
    iam_server.backend.save(client)
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": ID,
                    "name": "Example University",
                    "client_id": client.client_id,
                    "secret": client.client_secret,
                    "settings": {"server_url": iam_server.url.rstrip("/")},
                }
            ],
        }
    }
    yield iam_server
    iam_server.logout()
    iam_server.backend.delete(client)


@pytest.fixture
def visitor(live_server: LiveServer) -> Visitor:
    return Visitor(live_server.url)


def at_provider(provider: Any, **facts: Any) -> Any:
    """Sign somebody in at the provider, so that it answers at once."""
    user = provider.random_user(**facts)
    provider.consent(user)
    provider.login(user)
    return user


def test_first_sign_in_makes_an_account_with_one_event(provider: Any, visitor: Visitor) -> None:
    someone = at_provider(provider, formatted_name="Noor Example", emails=["Noor@Uni.example.org"])
    answer = visitor.sign_in()
    assert (answer.status_code, answer.url.path) == (200, "/desk/")
    user = User.objects.get()
    assert (user.email, user.name, user.roles, user.has_usable_password()) == (
        "noor@uni.example.org",
        "Noor Example",
        ["applicant"],
        False,
    )
    link = SocialAccount.objects.get()
    assert (link.user, link.provider, link.uid) == (user, ID, someone.user_name)
    assert list(Event.objects.values_list("name", "thing", "actor")) == [
        ("user:register", user.thing, user.pk)
    ]


def test_the_request_carries_state_and_a_pkce_challenge(provider: Any, visitor: Visitor) -> None:
    at_provider(provider)
    visitor.sign_in()
    (asked,) = [url for url in visitor.path if url.path == "/oauth/authorize"]
    query = parse_qs(urlsplit(str(asked)).query)
    assert (query["response_type"], query["code_challenge_method"]) == (["code"], ["S256"])
    assert len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) >= 16
    (back,) = [url for url in visitor.path if url.path == CALLBACK]
    assert (back.params["state"], "code_verifier" in back.params) == (query["state"][0], False)


def test_the_same_subject_is_the_same_account_whatever_its_address(
    provider: Any, visitor: Visitor, live_server: LiveServer
) -> None:
    someone = at_provider(provider)
    visitor.sign_in()
    with provider.app.app_context():
        provider.backend.update(someone, emails=["moved@example.org"])
        provider.backend.save(someone)
    assert Visitor(live_server.url).sign_in().url.path == "/desk/"
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)
    assert Event.objects.filter(name="user:register").count() == 1


def test_an_address_known_here_is_never_taken_over(provider: Any, visitor: Visitor) -> None:
    owner = person()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    at_provider(provider, emails=[owner.email.upper()])
    answer = visitor.sign_in()
    assert answer.status_code == 409
    assert "There is an account with this address already" in answer.text
    assert "Sign in with your password" in answer.text
    assert visitor.get("/account/").url.path == "/accounts/login/"
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_two_subjects_with_one_address_are_not_one_person(
    provider: Any, visitor: Visitor, live_server: LiveServer
) -> None:
    at_provider(provider, emails=["shared@example.org"])
    visitor.sign_in()
    at_provider(provider, emails=["shared@example.org"])
    assert Visitor(live_server.url).sign_in().status_code == 409
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 1)


def test_a_local_account_is_linked_by_its_owner(provider: Any, visitor: Visitor) -> None:
    owner = person()
    owner.set_password("correct horse battery")
    owner.save(update_fields=["password"])
    at_provider(provider, emails=[owner.email])
    visitor.post("/accounts/login/", login=owner.email, password="correct horse battery")
    assert "Link your account at Example University" in visitor.get("/accounts/3rdparty/").text
    visitor.post(f"/accounts/oidc/{ID}/login/?process=connect")
    assert SocialAccount.objects.get().user == owner
    visitor.post("/accounts/logout/")
    assert visitor.sign_in().url.path == "/desk/"
    assert User.objects.count() == 1


def test_the_same_subject_of_another_issuer_is_another_person(
    provider: Any, visitor: Visitor, settings: Any
) -> None:
    """The name of a provider is made of its issuer, so that a link can't outlive a change of provider."""
    ids = {
        server: Environment(oidc_server=server).oidc_id()
        for server in ("https://login.example/realms/a", "https://login.example/realms/b/", "")
    }
    assert list(ids.values()) == ["login-example-realms-a", "login-example-realms-b", ""]
    someone = at_provider(provider)
    other = person()
    SocialAccount.objects.create(user=other, provider="another-issuer", uid=someone.user_name)
    visitor.sign_in()
    assert set(SocialAccount.objects.values_list("provider", flat=True)) == {ID, "another-issuer"}
    assert SocialAccount.objects.get(provider=ID).user != other


def test_hostile_claims_fit_the_record(provider: Any, visitor: Visitor) -> None:
    at_provider(provider, formatted_name="Robert\x00); DROP TABLE people_user;--\r\n" + "x" * 300)
    assert visitor.sign_in().status_code == 200
    name = User.objects.get().name
    assert (name[:39], len(name)) == ("Robert ); DROP TABLE people_user;-- xxx", 120)


@pytest.mark.parametrize("query", ["", "?code=abc", "?code=abc&state=forged", "?error=access_denied&state=x"])
def test_a_forged_callback_signs_nobody_in(provider: Any, visitor: Visitor, query: str) -> None:
    at_provider(provider)
    answer = visitor.get(CALLBACK + query)
    assert (answer.status_code, "Signing in did not work" in answer.text) == (401, True)
    assert (User.objects.count(), SocialAccount.objects.count()) == (0, 0)


def test_a_callback_meant_for_another_browser_signs_nobody_in(
    provider: Any, visitor: Visitor, live_server: LiveServer
) -> None:
    """Sign-in CSRF: the attacker's code and state, in the victim's browser."""
    at_provider(provider)
    visitor.http.follow_redirects = False
    step = visitor.sign_in()
    while CALLBACK not in step.headers["location"]:
        step = visitor.http.get(step.headers["location"])
    victim = Visitor(live_server.url)
    answer = victim.http.get(step.headers["location"])
    assert (answer.status_code, User.objects.count()) == (401, 0)
    assert victim.get("/account/").url.path == "/accounts/login/"


def test_a_code_works_once(provider: Any, visitor: Visitor) -> None:
    at_provider(provider)
    visitor.sign_in()
    (back,) = [url for url in visitor.path if url.path == CALLBACK]
    visitor.post("/accounts/logout/")
    assert visitor.http.get(back).status_code == 401
    assert visitor.get("/account/").url.path == "/accounts/login/"


def test_signing_out_ends_the_session_here(provider: Any, visitor: Visitor) -> None:
    at_provider(provider)
    visitor.sign_in()
    assert visitor.get("/accounts/logout/").url.path == "/accounts/logout/"
    assert visitor.get("/account/").url.path == "/account/"
    assert visitor.post("/accounts/logout/").url.path == "/"
    assert visitor.get("/account/").url.path == "/accounts/login/"


@pytest.mark.parametrize(
    ("wish", "arrives"),
    [("/calls/", "/calls/"), ("https://evil.example/", "/desk/"), ("//evil.example", "/desk/")],
)
def test_it_leads_on_within_the_site_only(provider: Any, visitor: Visitor, wish: str, arrives: str) -> None:
    at_provider(provider)
    answer = visitor.sign_in(then=f"&next={wish}")
    assert (answer.url.host, answer.url.path) == ("localhost", arrives)


def test_a_provider_out_of_reach_is_a_page_not_a_failure(
    provider: Any, visitor: Visitor, settings: Any
) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = {"server_url": "http://127.0.0.1:9"}
    answer = visitor.sign_in()
    assert (answer.status_code, "The other party does not answer now" in answer.text) == (503, True)
