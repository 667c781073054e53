"""The same acts through two faces: the API with a key, and pages with forms. Both run in this process, on its clock."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from aifactory.access.models import Selection
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


def citizen() -> httpx.Client:
    """Return a way in without an account."""
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
        self.client = citizen()
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

    def open_call(self, mode: str, title: Mapping[str, str], opens: datetime, cut_off: datetime) -> str:
        """Prepare a call and make it public; return its id."""
        moments = {"opens_at": opens.isoformat(), "cut_off_at": cut_off.isoformat()}
        made = str(self.ask("POST", "calls", json={"mode": mode, "title": dict(title), **moments})["id"])
        self.ask("POST", f"calls/{made}/open")
        return made

    def close_call(self, call: str) -> None:
        """Take no more applications."""
        self.ask("POST", f"calls/{call}/close")

    def commit(self, call: str, digest: str) -> None:
        """Publish the digest of a secret."""
        self.ask("POST", f"matching/calls/{call}/commitments", json={"commitment": digest})

    def reveal(self, call: str, secret: str) -> None:
        """Show the secret."""
        self.ask("POST", f"matching/calls/{call}/secrets", json={"secret": secret})

    def describe(self, works: Sequence[tuple[str, str]]) -> None:
        """Keep what a reviewer wrote."""
        told = [{"title": title, "abstract": abstract} for title, abstract in works]
        self.ask("PUT", "matching/profile", json={"works": told, "languages": [], "most_reviews": 12})

    def judge(self, call: str) -> None:
        """Hold the rules to every application."""
        self.ask("POST", f"calls/{call}/screening/judge")

    def draw_reviewers(self, call: str) -> None:
        """Draw who reviews what."""
        self.ask("POST", f"matching/calls/{call}/draws", json={})

    def review(self, review: str, scores: Mapping[str, int], reasons: Mapping[str, str]) -> None:
        """State to be free of conflicts, then give scores and reasons."""
        self.ask("POST", f"reviews/{review}/statement")
        self.ask("POST", f"reviews/{review}/submit", json={"scores": dict(scores), "reasons": dict(reasons)})

    def state_budget(self, call: str, amounts: Mapping[str, str]) -> None:
        """Say what the call has to give, in the units of people."""
        self.ask("PUT", f"budgets/{call}", json={"amounts": dict(amounts)})

    def propose(self, call: str) -> str:
        """Run the rule; return the id of the list."""
        return str(self.ask("POST", "selections", json={"call": call})["id"])

    def confirm(self, selection: str) -> None:
        """Decide on every line as the rule proposes."""
        self.ask("POST", f"selections/{selection}/confirm")

    def publish(self, selection: str) -> None:
        """Announce all decisions at once."""
        self.ask("POST", f"selections/{selection}/publish")

    def letter(self, application: str) -> str:
        """Return the subject of the letter."""
        return str(self.ask("GET", f"applications/{application}/letter")["subject"])


class ByWeb:
    """Somebody with a browser and no JavaScript: pages and forms, signed in."""

    name = "pages"

    def __init__(self, user: User) -> None:
        self.client = citizen()
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
            raise DemoFailed(
                f"The form on {path} was not taken ({answer.status_code}): {_errors(answer.text)}"
            )
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

    def open_call(self, mode: str, title: Mapping[str, str], opens: datetime, cut_off: datetime) -> str:
        """Prepare a call and make it public; return its id."""
        moments = {"opens_at": _local(opens), "cut_off_at": _local(cut_off)}
        named = {"title_en": title["en"], "title_nl": title["nl"]}
        made = (
            str(self.send("/calls/new/", {"mode": mode, **named, **moments}).url)
            .rstrip("/")
            .rsplit("/", 1)[-1]
        )
        self.send(f"/calls/{made}/", {}, to=f"/calls/{made}/open/")
        return made

    def close_call(self, call: str) -> None:
        """Take no more applications."""
        self.send(f"/calls/{call}/", {}, to=f"/calls/{call}/close/")

    def commit(self, call: str, digest: str) -> None:
        """Publish the digest of a secret."""
        page = f"/calls/{call}/reviewers/"
        self.send(page, {"commitment": digest}, to=f"{page}commit/")

    def reveal(self, call: str, secret: str) -> None:
        """Show the secret."""
        page = f"/calls/{call}/reviewers/"
        self.send(page, {"secret": secret}, to=f"{page}reveal/")

    def describe(self, works: Sequence[tuple[str, str]]) -> None:
        """Keep what a reviewer wrote."""
        told = "\n\n".join("\n".join(work) for work in works)
        self.send("/reviewing/profile/", {"works": told, "keywords": "", "most_reviews": "12"})

    def judge(self, call: str) -> None:
        """Hold the rules to every application."""
        self.send(f"/calls/{call}/screening/", {}, to=f"/calls/{call}/screening/judge/")

    def draw_reviewers(self, call: str) -> None:
        """Draw who reviews what."""
        self.send(f"/office/calls/{call}/reviewers/", {"cap_percent": "50", "reason": ""})

    def review(self, review: str, scores: Mapping[str, int], reasons: Mapping[str, str]) -> None:
        """State to be free of conflicts, then give scores and reasons on the review's page."""
        self.send("/reviews/statement/", {f"{review}-answer": "free"})
        fields = {f"score_{name}": str(score) for name, score in scores.items()}
        fields |= {f"reason_{name}": reason for name, reason in reasons.items()}
        self.send(f"/reviews/{review}/", fields)

    def state_budget(self, call: str, amounts: Mapping[str, str]) -> None:
        """Say what the call has to give, in the units of people."""
        self.send(
            f"/office/calls/{call}/selection/", {f"amount_{name}": amount for name, amount in amounts.items()}
        )

    def propose(self, call: str) -> str:
        """Run the rule; return the id of the list."""
        page = f"/office/calls/{call}/selection/"
        shown = self.send(page, {}, to=f"{page}propose/")
        found = re.search(r"/office/selections/([a-z0-9_A-Z]+)/confirm/", shown.text)
        if found is None:
            raise DemoFailed("The page shows no list to confirm.")
        return found[1]

    def confirm(self, selection: str) -> None:
        """Decide on every line as the rule proposes."""
        self.send(self._list_of(selection), {}, to=f"/office/selections/{selection}/confirm/")

    def publish(self, selection: str) -> None:
        """Announce all decisions at once."""
        self.send(self._list_of(selection), {}, to=f"/office/selections/{selection}/publish/")

    def _list_of(self, selection: str) -> str:
        return f"/office/calls/{Selection.objects.get(pk=selection).call_id}/selection/"

    def letter(self, application: str) -> str:
        """Return the subject of the letter."""
        found = re.search(
            r"<h1[^>]*>(.*?)</h1>", self.page(f"/applications/{application}/letter/"), re.DOTALL
        )
        return found[1].strip() if found else ""


def _local(moment: datetime) -> str:
    """Return a moment as a date and time field takes it: the time of the site, UTC here."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def _errors(page: str) -> str:
    found = re.search(r'class="af-errors".*?</ul>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else "no reason shown"


Face = ByApi | ByWeb
FACES: tuple[Callable[[User], Face], ...] = (ByApi, ByWeb)
