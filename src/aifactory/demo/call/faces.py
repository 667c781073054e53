"""The same acts through two faces: the API with a key, and pages with forms. Both run in this process, on its clock."""

import html
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from aifactory.assurance.laws import law
from aifactory.assurance.questions import NONE
from aifactory.demo.call.crowd import Plan
from aifactory.demo.paper import one_page_pdf
from aifactory.demo.running import DemoFailed
from aifactory.people.actions import issue_token
from aifactory.people.models import User

URL = "http://127.0.0.1"
#: what each applicant answers where the law asks; every other question is answered with no, or none of these
LAW: dict[str, dict[str, Any]] = {"ai_act": {"ai_system": "yes"}, "gdpr": {}}


def _client() -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=_door()), base_url=URL, trust_env=False)


@cache
def _door() -> Any:
    return get_wsgi_application()


def answer_to(kind: str, question: str) -> Any:
    """Return what an applicant of the crowd answers to a question of a law."""
    asked = law(kind).questions[question]
    otherwise: Any = [NONE] if asked.kind == "many" else asked.options[-1].id if asked.options else "no"
    return LAW[kind].get(question, otherwise)


class ByApi:
    """Somebody's script: JSON over REST, with their key."""

    name = "API"

    def __init__(self, user: User) -> None:
        _token, secret = issue_token(user, label="call")
        self.client = _client()
        self.client.headers["Authorization"] = f"Bearer {secret}"

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Send a request that must succeed; return its JSON."""
        answer = self.client.request(method, f"/api/v1/{path}", **sent)
        if not answer.is_success:
            raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """Send a request that must be refused; return the problem."""
        answer = self.client.request(method, f"/api/v1/{path}", **sent)
        if answer.is_success:
            raise DemoFailed(f"{method} {path} should have been refused: {answer.text[:500]}")
        return dict(answer.json())

    def apply(self, call: str, organisation: str, plan: Plan) -> str:
        """Fill in an application and hand it in; return its id."""
        begun = {"call": call, "organisation": organisation, "title": plan.title}
        made = str(self.ask("POST", "applications", json=begun)["id"])
        self.ask("PUT", f"applications/{made}/answers", json={"answers": plan.answers})
        document = {"file": ("work-plan.pdf", one_page_pdf(f"Work plan: {plan.title}"), "application/pdf")}
        self.ask("POST", f"applications/{made}/attachments/work_plan", files=document)
        for kind in LAW:
            self._law(made, kind)
        self.ask("POST", f"applications/{made}/submit")
        return made

    def _law(self, application: str, kind: str) -> None:
        answers: dict[str, Any] = {}
        while todo := law(kind).next_questions(answers):
            answers |= {question.id: answer_to(kind, question.id) for question in todo}
        said = {"subject": f"access.application:{application}", "kind": kind, "answers": answers}
        self.ask("PUT", "assessments", json=said)

    def review(self, review: str, scores: Mapping[str, int], reasons: Mapping[str, str]) -> None:
        """Give scores and reasons."""
        self.ask("POST", f"reviews/{review}/submit", json={"scores": dict(scores), "reasons": dict(reasons)})


class ByWeb:
    """Somebody with a browser and no JavaScript: pages and forms, signed in."""

    name = "pages"

    def __init__(self, user: User) -> None:
        self.client = _client()
        self.client.follow_redirects = True
        session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = user.pk, settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        self.client.cookies.set(settings.SESSION_COOKIE_NAME, session.session_key)

    def page(self, path: str) -> str:
        """Open a page that must be there."""
        answer = self.client.get(path)
        if not answer.is_success:
            raise DemoFailed(f"GET {path} answered {answer.status_code}.")
        return html.unescape(answer.text)

    def send(self, path: str, fields: Mapping[str, Any], to: str = "", **sent: Any) -> httpx.Response:
        """Open a page, fill its form in and send it (`to` another address where the form says so)."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page(path))
        if token is None:
            raise DemoFailed(f"{path} has no form.")
        form = {"csrfmiddlewaretoken": token[1], **fields}
        answer = self.client.post(to or path, data=form, headers={"Referer": f"{URL}/"}, **sent)
        if not answer.is_success or 'class="af-errors"' in answer.text:
            raise DemoFailed(f"The form on {path} was not taken ({answer.status_code}): {_errors(answer.text)}")
        return answer

    def apply(self, call: str, organisation: str, plan: Plan) -> str:
        """Fill in an application page by page and hand it in; return its id."""
        begun = self.send(f"/calls/{call}/apply/", {"organisation": organisation, "title": plan.title})
        made = str(begun.url).rstrip("/").rsplit("/", 1)[-1]
        for step in re.findall(rf'href="(/applications/{made}/step/[^"]+)"', begun.text):
            self.send(step, {f"{name}": value for name, value in plan.answers.items()})
        document = {"file": ("work-plan.pdf", one_page_pdf(f"Work plan: {plan.title}"), "application/pdf")}
        self.send(f"/applications/{made}/document/work_plan/", {}, files=document)
        for kind in LAW:
            self._law(made, kind)
        self.send(f"/applications/{made}/check/", {"sure": "on"})
        return made

    def _law(self, application: str, kind: str) -> None:
        """Answer topic after topic, as the pages ask them."""
        address = f"/assurance/about/access.application:{application}/{kind}/"
        answer = self.client.get(address)
        while "/assurance/about/" in str(answer.url):
            asked = set(re.findall(r'name="([a-z_]+)"', answer.text)) & set(law(kind).questions)
            if not asked:
                raise DemoFailed(f"{answer.url} asks nothing.")
            answer = self.send(str(answer.url.path), {name: answer_to(kind, name) for name in asked})

    def review(self, review: str, scores: Mapping[str, int], reasons: Mapping[str, str]) -> None:
        """Give scores and reasons on the review's page."""
        fields = {f"score_{name}": str(score) for name, score in scores.items()}
        fields |= {f"reason_{name}": reason for name, reason in reasons.items()}
        self.send(f"/reviews/{review}/", fields)


def _errors(page: str) -> str:
    found = re.search(r'class="af-errors".*?</ul>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else "no reason shown"


Face = ByApi | ByWeb
FACES: tuple[Callable[[User], Face], ...] = (ByApi, ByWeb)
