"""Routes of who reviews what: profiles, bids, commitments and draws."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from aifactory.access.matching import actions, commitments, profiles, queries
from aifactory.access.matching.models import Bid, Commitment, Matching, ReviewerProfile
from aifactory.access.matching.optimum import CAP_PERCENT
from aifactory.access.matching.similarity import Model
from aifactory.access.models import Call
from aifactory.access.permissions import Permission
from aifactory.api.access import OPEN
from aifactory.api.authentication import caller
from aifactory.audit.record import plain
from aifactory.kit.errors import NotAllowed, NotFound
from aifactory.people.models import Role, User
from aifactory.people.rules import find

router = Router(tags=["matching"])


class Work(Schema):
    """Something that a reviewer wrote."""

    title: str
    abstract: str = ""


class Profile(Schema):
    """What a reviewer wrote and knows; `most_reviews` in one call; languages `en`, `nl` (none: all)."""

    works: list[Work] = []
    keywords: str = ""
    languages: list[Literal["en", "nl"]] = []
    most_reviews: int = 6


class Promise(Schema):
    """The SHA-256 of a secret of 32 characters or more."""

    commitment: str


class Secret(Schema):
    """The secret itself, after the cut-off."""

    secret: str


class Bids(Schema):
    """Application → want, can or no."""

    bids: dict[str, Literal["want", "can", "no"]]


class Run(Schema):
    """How sure somebody may be of a file at most; above 50 % with the mandate, and a reason."""

    cap_percent: int = Field(default=CAP_PERCENT, ge=1, le=100)
    reason: str = ""
    model: Model = Model.TFIDF


def profile_facts(profile: ReviewerProfile | None) -> dict[str, Any]:
    """Return a profile as its owner and the office see it."""
    found = profile or ReviewerProfile()
    fields = ("works", "keywords", "languages", "most_reviews")
    return {name: getattr(found, name) for name in fields}


def commitment_facts(commitment: Commitment) -> dict[str, Any]:
    """Return a commitment as anybody sees it: which side, not who."""
    fields = ("id", "side", "commitment", "state", "secret")
    return {name: getattr(commitment, name) for name in fields} | {"made_at": plain(commitment.created_at)}


def matching_facts(matching: Matching) -> dict[str, Any]:
    """Return a draw as anybody sees it: totals, bounds and seed. Scores are from 0 to 1."""
    same = (
        "id",
        "number",
        "seed",
        "withheld",
        "model",
        "inputs_digest",
        "cap_percent",
        "reason",
        "applications",
        "reviews",
    )
    scores = ("level", "level_bound", "worst", "total", "total_bound", "drawn_worst", "drawn_total")
    return (
        {name: getattr(matching, name) for name in same}
        | {name: getattr(matching, name) / 1_000_000 for name in scores}
        | {"call": matching.call_id, "drawn_at": plain(matching.created_at)}
    )


def _office(user: User) -> User:
    if not user.has_role(Role.OFFICE, Role.AUDITOR):
        raise NotAllowed("Who was drawn is for the office and the auditor.", rule=Permission.MATCH)
    return user


def _reviewer(user: User) -> User:
    if not user.has_role(Role.REVIEWER):
        raise NotAllowed("Bids and profiles are for reviewers.", rule=Permission.BID)
    return user


@router.get("/matching/profile", response=dict[str, Any])
def profile(request: HttpRequest) -> dict[str, Any]:
    """Show what you said of yourself as a reviewer."""
    return profile_facts(ReviewerProfile.objects.filter(person=_reviewer(caller(request))).first())


@router.put("/matching/profile", response=dict[str, Any])
def describe(request: HttpRequest, body: Profile) -> dict[str, Any]:
    """Say what you wrote and know, in place of what was there."""
    facts = body.dict()
    return profile_facts(profiles.describe(**facts, by=caller(request)))


@router.get("/matching/calls/{call_id}", auth=OPEN, response=dict[str, Any])
def of_call(request: HttpRequest, call_id: str) -> dict[str, Any]:
    """Show the commitments of a call and its draws: totals, seed, and how near they are to the best."""
    call = find(Call, call_id, request.user)
    return {
        "call": call.pk,
        "commitments": [commitment_facts(one) for one in queries.commitments(call)],
        "draws": [matching_facts(one) for one in queries.matchings(call, request.user)],
    }


@router.get("/matching/calls/{call_id}/readiness", response=dict[str, Any])
def readiness(request: HttpRequest, call_id: str) -> dict[str, Any]:
    """Show what stands between a call and its draw."""
    user = _office(caller(request))
    found = queries.readiness(find(Call, call_id, user), user)
    return {
        "applications": found.lacking,
        "reviews": found.reviews,
        "reviewers": found.reviewers,
        "without_profile": [{"id": person.pk, "name": person.name} for person in found.without_profile],
        "loads": [
            {"id": person.pk, "name": person.name, "reviews": asked, "most": most}
            for person, asked, most in found.loads
        ],
        "reveal_until": plain(found.reveal_until),
    }


@router.post("/matching/calls/{call_id}/commitments", response={201: dict[str, Any]})
def commit(request: HttpRequest, call_id: str, body: Promise) -> Status[dict[str, Any]]:
    """Commit to a secret while the call is open."""
    by = caller(request)
    return Status(201, commitment_facts(commitments.commit(find(Call, call_id, by), body.commitment, by=by)))


@router.post("/matching/calls/{call_id}/secrets", response=dict[str, Any])
def reveal(request: HttpRequest, call_id: str, body: Secret) -> dict[str, Any]:
    """Show the secret you committed to, after the call ended."""
    by = caller(request)
    own = queries.own_commitment(find(Call, call_id, by), by)
    if own is None:
        raise NotFound("You committed to no secret in this call.")
    return commitment_facts(commitments.reveal(own, body.secret, by=by))


@router.get("/matching/calls/{call_id}/bids", response=dict[str, Any])
def bids(request: HttpRequest, call_id: str) -> dict[str, Any]:
    """List the applications that you may bid on, with your bids, and your workload in the call."""
    by = _reviewer(caller(request))
    call = find(Call, call_id, by)
    rows = queries.open_to_bids(call, by)
    items = [{"application": row.pk, "title": row.title, "bid": wish or None} for row, wish in rows]
    return {"items": items, "workload": vars(queries.workload(call, by))}


@router.put("/matching/calls/{call_id}/bids", response=dict[str, Any])
def bid(request: HttpRequest, call_id: str, body: Bids) -> dict[str, Any]:
    """Say which applications you want to read, can read, or can't judge."""
    by = _reviewer(caller(request))
    known = {row.pk: row for row, _ in queries.open_to_bids(find(Call, call_id, by), by)}
    if set(body.bids) - set(known):
        raise NotFound("There is an application here that you can't bid on.")
    made = profiles.bid({known[pk]: Bid.Wish(wish) for pk, wish in body.bids.items()}, by=by)
    return {"changed": len(made)}


@router.post("/matching/calls/{call_id}/draws", response={201: dict[str, Any]})
def run(request: HttpRequest, call_id: str, body: Run) -> Status[dict[str, Any]]:
    """Draw reviewers for the applications of a call that lack some, and ask them."""
    by = caller(request)
    call = find(Call, call_id, by)
    actions.require_quick(call)
    made = actions.match(call, by=by, cap_percent=body.cap_percent, reason=body.reason, model=body.model)
    return Status(201, matching_facts(made))


@router.get("/matching/draws/{matching_id}", response=dict[str, Any])
def drawn(request: HttpRequest, matching_id: str) -> dict[str, Any]:
    """Show what a draw expected and gave, for each application that you may know of."""
    by = _office(caller(request))
    matching = find(Matching, matching_id, by)
    rows = [
        {
            "application": row["application"].pk,
            "expected": row["expected"],
            "got": row["got"],
            "reviewers": [
                {"id": person.pk, "name": person.name, "probability": p, "score": score, "drawn": was}
                for person, p, score, was in row["reviewers"]
            ],
        }
        for row in queries.expectations(matching, by)
    ]
    return matching_facts(matching) | {"items": rows}


@router.get("/matching/draws/{matching_id}/replay", response=dict[str, bool])
def replay(request: HttpRequest, matching_id: str) -> dict[str, bool]:
    """Draw again from what was kept and the seed, and say whether the same came out."""
    return {"same": queries.replay(find(Matching, matching_id, _office(caller(request))))}
