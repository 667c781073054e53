"""One record of each kind, the address of every page with it, and whose it is."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver, reverse

from aifactory.access.models import (
    Application,
    Attachment,
    Call,
    Collaborator,
    Conflict,
    Matching,
    Objection,
    Review,
    Selection,
    SelectionLine,
    Supervision,
    TechnicalCheck,
)
from aifactory.access.modes.models import ModeVersion as WrittenMode
from aifactory.assurance.models import Assessment
from aifactory.audit.models import Event
from aifactory.awards.billing.models import Customer, Invoice
from aifactory.awards.models import AwardLine
from aifactory.awards.pace.models import PoolWish, Reclaim
from aifactory.awards.state_aid.models import AidEntry
from aifactory.datasets.dataspace.models import Negotiation, Participant, Transfer
from aifactory.datasets.erasure.models import Erasure, ErasureDuty
from aifactory.datasets.intake.models import SentFile
from aifactory.datasets.models import Agreement, CatalogueSource, Dataset, DatasetFile, FoundDataset, Offer
from aifactory.datasets.named_persons.models import PersonsChange
from aifactory.expertise.models import Case
from aifactory.kit import clock
from aifactory.people.actions import issue_token
from aifactory.people.enterprises.models import Enterprise, Shareholding
from aifactory.people.mandates.models import Involvement
from aifactory.people.models import Mandate, Membership, Role, User
from aifactory.people.partners.models import Contribution, Partner, PartnerAgreement, Party
from aifactory.people.ssh.models import SshKey
from aifactory.people.terms.models import Suspension
from aifactory.registry.models import ModelVersion
from aifactory.supercomputer.models import Attempt, FailedVerb, Job, Outage
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release, Withheld
from aifactory.supercomputer.uploads.models import Upload
from tests.access.factories import PDF
from tests.datasets.factories import PERSONAL, PURPOSE, TERMS
from tests.people.factories import person
from tests.supercomputer.factories import Factory


class World:
    """One record of each kind, and whose it is."""

    def __init__(self, plant: Factory) -> None:
        self.project = plant.project
        self.decided = Application.objects.exclude(decision=None).get()
        self.review = Review.objects.filter(application=self.decided).order_by("pk").first()
        self.restricted = Dataset.objects.get(access="nonpublic")
        self.job = Job.objects.order_by("pk").first()
        self.token = issue_token(plant.user, label="script")[0]

    def value(self, name: str, route: str) -> str:
        """Return what stands for a parameter of an address."""
        if name == "version_id":
            return (
                ModelVersion.objects.get().pk
                if "models" in route
                else self.restricted.versions.earliest("pk").pk
            )
        if name == "kind":
            return "ai_act"
        special = {
            ("line_id", "selection"): lambda: SelectionLine.objects.earliest("pk").pk,
            ("step", "dataspace"): lambda: "end",
            ("step", "objection"): lambda: "take",
            ("step", "code-reviews"): lambda: "refuse",
            ("step", "output-files"): lambda: "refuse",
            ("path", "code-reviews"): lambda: "main.py",
            ("attempt_id", "release"): lambda: Withheld.objects.get().attempt_id,
            ("agreement_id", "secure/"): lambda: CodeReview.objects.get().agreement_id,
            ("agreement_id", "persons"): lambda: PersonsChange.objects.get().agreement_id,
            ("step", "persons-changes"): lambda: "refuse",
        }
        for (parameter, word), value in special.items():
            if name == parameter and word in route:
                return value()
        values = {
            "application_id": lambda: self.decided.pk,
            "aid_id": lambda: AidEntry.objects.get(application="").pk,
            "agreement_id": lambda: (
                Agreement.objects.exclude(version__dataset=self.restricted)
                .filter(negotiations=None)
                .earliest("pk")
                .pk
            ),
            "assessment_id": lambda: Assessment.objects.get(subject=self.project.thing).pk,
            "attachment_id": lambda: Attachment.objects.get(application=self.decided).pk,
            "code_review_id": lambda: CodeReview.objects.get().pk,
            "release_id": lambda: Release.objects.get().pk,
            "output_id": lambda: OutputFile.objects.get().pk,
            "attempt_id": lambda: Attempt.objects.get(job=self.job, state="completed").pk,
            "change_id": lambda: PersonsChange.objects.get().pk,
            "call_id": lambda: Call.objects.get(state="open").pk,
            "case_id": lambda: Case.objects.get().pk,
            "check_id": lambda: TechnicalCheck.objects.get(application=self.decided).pk,
            "collaborator_id": lambda: Collaborator.objects.get().pk,
            "conflict_id": lambda: Conflict.objects.earliest("pk").pk,
            "contribution_id": lambda: Contribution.objects.get().pk,
            "customer_id": lambda: Customer.objects.get().pk,
            "dataset_id": lambda: self.restricted.pk,
            "draft_id": lambda: WrittenMode.objects.get().pk,
            "duty_id": lambda: "invoice:issue",
            "erasure_duty_id": lambda: ErasureDuty.objects.get().pk,
            "erasure_id": lambda: Erasure.objects.get().pk,
            "enterprise_id": lambda: Enterprise.objects.get(own=False).pk,
            "event_id": lambda: str(Event.objects.earliest("pk").pk),
            "file_id": lambda: DatasetFile.objects.filter(version__dataset=self.restricted).earliest("pk").pk,
            "form": lambda: "jsonld",
            "found_id": lambda: str(FoundDataset.objects.get().pk),
            "holding_id": lambda: Shareholding.objects.get().pk,
            "invoice_id": lambda: Invoice.objects.get().pk,
            "involvement_id": lambda: Involvement.objects.get().pk,
            "job_id": lambda: self.job.pk,
            "key": lambda: "a-forged-key",
            "key_id": lambda: SshKey.objects.get().pk,
            "line_id": lambda: AwardLine.objects.filter(project=self.project).earliest("pk").pk,
            "mandate_id": lambda: Mandate.objects.get(subject="invoice:issue").pk,
            "matching_id": lambda: Matching.objects.get().pk,
            "member_id": lambda: self.project.members.exclude(until=None).get().pk,
            "membership_id": lambda: (
                Membership.objects.filter(organisation=self.project.organisation_id, until=None)
                .earliest("pk")
                .pk
            ),
            "name": lambda: "regional-v1",
            "negotiation_id": lambda: Negotiation.objects.get().pk,
            "notice_id": lambda: "1",
            "number": lambda: "1",
            "objection_id": lambda: Objection.objects.get().pk,
            "offer_id": lambda: Offer.objects.get(dataset=self.restricted).pk,
            "organisation_id": lambda: self.project.organisation_id,
            "participant_id": lambda: Participant.objects.get().pk,
            "partner_agreement_id": lambda: PartnerAgreement.objects.get().pk,
            "partner_id": lambda: Partner.objects.get().pk,
            "outage_id": lambda: Outage.objects.get(state="open").pk,
            "partition_id": lambda: "snellius_a100",
            "party_id": lambda: Party.objects.get().pk,
            "path": lambda: "metrics.json",
            "pid": lambda: Negotiation.objects.get().pk,
            "process_id": lambda: Transfer.objects.get().pk,
            "project_id": lambda: self.project.pk,
            "projection": lambda: "dcat-ap",
            "provider_id": lambda: "unknown",
            "recipe_id": lambda: "tabular-classifier",
            "reclaim_id": lambda: Reclaim.objects.get().pk,
            "review_id": lambda: self.review.pk,
            "secret": lambda: "a-forged-secret",
            "sent_id": lambda: SentFile.objects.get().pk,
            "selection_id": lambda: Selection.objects.get().pk,
            "slot": lambda: "work_plan",
            "slot_id": lambda: "work_plan",
            "source_id": lambda: CatalogueSource.objects.get().pk,
            "step": lambda: "close",
            "step_id": lambda: self.decided.call.mode.steps[0].id,
            "subject": lambda: self.project.thing,
            "supervision_id": lambda: Supervision.objects.get().pk,
            "suspension_id": lambda: Suspension.objects.get().pk,
            "text_id": lambda: "civil-use",
            "token_id": lambda: self.token.pk,
            "topic": lambda: "system",
            "transfer_id": lambda: Transfer.objects.get().pk,
            "uidb36": lambda: "usr_x",
            "verb": lambda: "drop" if "reclaims" in route else "end",
            "verb_id": lambda: FailedVerb.objects.get().pk,
            "wish_id": lambda: PoolWish.objects.get().pk,
        }
        return values[name]()

    def body(self, route: str) -> dict[str, object]:
        """Return what is sent along: something that its owner could have meant, else an empty object."""
        if route.endswith("/uploads"):
            return {"data": {"files": [SimpleUploadedFile("main.py", b"print(1)")], "title": "Mine"}}
        if route.endswith(("/files", "/attachments/{slot}")):
            return {"data": {"file": SimpleUploadedFile("plan.pdf", PDF)}}
        project, version = self.project.pk, self.restricted.versions.earliest("pk").pk
        attempt = Attempt.objects.get(job=self.job, state="completed").pk
        reason = {"reason": "Because."}
        place = {"name": "Mine", "country": "NL", "kind": "company"}
        accounts = {"year": 2024, "staff": 8.5, "turnover_eur": 900_000, "balance_eur": 300_000}
        paper = {"kind": "publication", "title": "A paper", "evidence": "https://doi.org/10.5555/2"}
        dataset = {
            "title": "New", "description": "New words.", "theme": "health", "access": "nonpublic",
            "licence": "CC-BY-4.0", "contains_personal_data": True,
        }  # fmt: skip
        call = {
            "mode": "playground-v1",
            "title": {"en": "Call", "nl": "Oproep"},
            "opens_at": "2027-02-01T08:00:00Z",
        }
        job = {
            "project": project, "recipe": "tabular-classifier", "cores": 1, "wall_seconds": 60,
            "inputs": {"table": self.job.inputs[0]["dataset_version"]}, "parameters": {"target": "malignant"},
        }  # fmt: skip
        bodies: dict[str, object] = {
            "POST organisations": place,
            "PUT organisations/{organisation_id}": place,
            "PUT memberships/{membership_id}": {"representative": True},
            "POST organisations/{organisation_id}/enterprises": {"name": "Mother"},
            "PUT organisations/{organisation_id}/accounts": accounts,
            "PUT enterprises/{enterprise_id}/accounts": accounts,
            "PUT holdings": {
                "owner": Enterprise.objects.get(own=False).pk,
                "held": Enterprise.objects.get(own=True).pk,
                "capital": 30,
            },
            "POST organisations/{organisation_id}/members": {"email": person().email},
            "POST organisations/{organisation_id}/aid": {
                "granted_on": "2026-01-01",
                "euros": 5,
                "authority": "Province",
            },
            "POST aid/{aid_id}/register": {"reference": "NL-1"},
            "POST applications/{application_id}/technical": {"assessor": person(Role.OPERATOR).pk},
            "POST technical-checks/{check_id}/give": {"answers": {}, "result": "ok", "reasons": "Because."},
            "POST applications/{application_id}/law-gate": {"result": "pass", "reasons": "Because."},
            "POST applications/{application_id}/earlier": {"questions": None},
            "POST applications/{application_id}/supervisor": {"email": person().email},
            "POST supervisions/{supervision_id}/decline": reason,
            "POST matching/calls/{call_id}/commitments": {"commitment": "sha256:" + "0" * 64},
            "POST matching/calls/{call_id}/secrets": {"secret": "s" * 32},
            "PUT matching/calls/{call_id}/bids": {"bids": {}},
            "POST laws/{kind}/try": {"answers": {}},
            "PUT assessments": {
                "subject": self.project.thing,
                "kind": "gdpr",
                "answers": {"personal_data": "no"},
            },
            "POST assessments/{assessment_id}/stop": {"ground": "Because."},
            "POST datasets": dataset | {"holder": self.restricted.holder_id},
            "PUT datasets/{dataset_id}": dataset,
            "PUT datasets/{dataset_id}/details": {"keywords": "cells"},
            "PUT datasets/{dataset_id}/personal-data": PERSONAL,
            "POST datasets/{dataset_id}/erasures": {"reference": "2026-015", "cause": "withdrawn"},
            "POST erasure-duties/{erasure_duty_id}": {"met": False, "statement": "A law forbids it."},
            "POST sources": {"name": "Another", "address": "https://127.0.0.1/b", "kind": "ckan"},
            "POST datasets/{dataset_id}/withdraw": reason,
            "POST dataset-versions/{version_id}/withdraw": reason,
            "POST dataset-versions/{version_id}/inspect-on-cluster": {"project": project},
            "POST datasets/{dataset_id}/destroy-key": reason,
            "POST dataset-versions/{version_id}/sent-files": {
                "name": "more.csv",
                "size": 10,
                "digest": "sha256:" + "0" * 64,
            },
            "POST datasets/{dataset_id}/offers": {"terms": TERMS},
            "POST offers/{offer_id}/requests": {"project": project, "version": version, "purpose": PURPOSE},
            "POST agreements/{agreement_id}/{verb}": reason,
            "POST agreements/{agreement_id}/persons": {
                "persons": [User.objects.get(pk=PersonsChange.objects.get().persons[0]).email]
            },
            "POST agreements/{agreement_id}/persons/remove": reason | {"person": self.project.leader.email},
            "POST persons-changes/{change_id}/{step}": reason,
            "PUT agreements/{agreement_id}/terms": {"terms": TERMS},
            "POST agreements/{agreement_id}/duties": {"duty": "attribute", "met": True},
            "PUT allocations/{line_id}/plan": {
                "months": {f"{clock.now() + timedelta(days=1):%Y-%m}": 0.5},
                "why": "At once.",
            },
            "POST allocations/{line_id}/returns": {"amount": 0.001},
            "POST allocations/{line_id}/extend": {"ends_at": "2030-01-01T00:00:00Z", "reasons": "Because."},
            "POST allocations/{line_id}/reduce": {"amount": 0.9, "reasons": "Because."},
            "POST allocations/{line_id}/pool-wishes": {"amount": 0.1, "why": "Soon."},
            "POST reclaims/{reclaim_id}/answer": {"answer": "We start soon."},
            "POST reclaims/{reclaim_id}/{verb}": {"reasons": "Because."},
            "POST reclaims/{reclaim_id}/objection": {"objection": "We need it."},
            "POST reclaims/{reclaim_id}/ruling": {"restored": 0, "hearing": "Heard.", "reasons": "Because."},
            "POST pool-wishes/{wish_id}/grant": {"amount": 1},
            "POST pool-wishes/{wish_id}/refuse": {"reasons": "Because."},
            "POST outages": {"what": "Dark", "planned": False, "starts_at": "2026-01-01T00:00:00Z"},
            "POST ssh-keys": {"key": f"{SshKey.objects.get().line} again"},
            "POST projects/{project_id}/members": {"email": person().email},
            "POST dataspace/participants": {
                "organisation": self.project.organisation_id,
                "identifier": "urn:new",
                "address": "https://new.example/dsp/2025-1",
            },
            "POST dataspace/negotiations": {
                "participant": Participant.objects.get().pk,
                "dataset": "d",
                "offer": "o",
                "project": project,
                "purpose": PURPOSE,
            },
            "POST dataspace/negotiations/{negotiation_id}/take-up": {
                "project": self.project.pk,
                "purpose": PURPOSE,
                "seen": "sha256:" + "0" * 64,
            },
            "POST dataspace/transfers/{transfer_id}/{step}": reason,
            "POST dataspace/negotiations/{negotiation_id}/{step}": reason,
            "POST cases": {"project": project, "service": "data", "title": "Help", "question": "How?"},
            "POST cases/{case_id}/entries": {"text": "Listen."},
            "POST cases/{case_id}/hand-over": {"to": person(Role.ADVISER).pk},
            "POST calls": call,
            "POST mode-check": {"text": "id = 1"},
            "POST mode-drafts": {"text": "id = 1"},
            "PUT mode-drafts/{draft_id}": {"text": "id = 1"},
            "POST applications/{application_id}/out-of-turn": reason,
            "POST applications": {
                "call": Call.objects.get(state="open").pk,
                "organisation": self.project.organisation_id,
                "title": "Mine",
            },
            "PUT applications/{application_id}/answers": {"answers": {"need": "Another need."}},
            "POST applications/{application_id}/decision": {"awarded": {}, "reasons": "No room."},
            "POST reviews/{review_id}/submit": {"scores": {}, "reasons": {}},
            "POST reviews/{review_id}/decline": reason,
            "POST reviews/{review_id}/take-back": reason,
            "POST jobs": job,
            "POST code-reviews": {
                "agreement": CodeReview.objects.get().agreement_id,
                "upload": Upload.objects.get(title="Mine").pk,
                "explanation": "It prints a number.",
            },
            "POST code-reviews/{code_review_id}/{step}": reason,
            "POST attempts/{attempt_id}/releases": {"paths": ["metrics.json"], "reason": "Figures."},
            "POST output-files/{output_id}/{step}": reason,
            "POST models": {"attempt": attempt, "name": "M", "intended_use": "R"},
            "PUT projects/{project_id}/report": {"summary": "Done.", "unused": ""},
            "POST projects/{project_id}/outcomes": paper,
        }
        bodies |= self._governing()
        return {"data": json.dumps(bodies.get(route, {})), "content_type": "application/json"}

    def _governing(self) -> dict[str, object]:
        """Return the bodies about mandates, terms, partners and paid use."""
        project, place, later = self.project.pk, self.project.organisation_id, "2030-01-01T00:00:00Z"
        leader, partner = self.project.leader.email, Partner.objects.get().pk
        guard = {"subject": "privacy:guard"}
        address = {"street": "Kade 1", "postcode": "1", "city": "X", "endpoint": "a@b.example"}
        period = {"starts_at": "2029-01-01T00:00:00Z", "ends_at": later}
        agreement = {"title": "A", "kind": "data", "document_digest": "sha256:" + "0" * 64}
        came = {"amount": 1, "delivered_on": "2026-01-01", "evidence": "List"}
        reasons = {"reasons": "Because."}
        return {
            "POST mandates": guard | {"person": leader, "title": "Privacy officer"},
            "POST mandates/{mandate_id}/hand-over": {"person": leader},
            "POST mandates/{mandate_id}/name": {"published": True},
            "POST involvements": guard | {"part": "informed", "function": "Board"},
            "POST organisations/{organisation_id}/terms": {"text": "civil-use"},
            "POST suspensions": reasons | {"subject": self.project.thing, "ground": "terms"},
            "POST suspensions/{suspension_id}/lift": reasons,
            "POST partners": {"organisation": place, "function": "X", "since": "2026-01-01"},
            "POST partners/{partner_id}/leave": {"until": "2030-01-01"},
            "POST partners/{partner_id}/contributions": {"kind": "data", "amount": 1, "description": "Sets"},
            "POST contributions/{contribution_id}/deliveries": came,
            "POST partner-agreements": agreement | {"starts_on": "2026-01-01", "partners": [partner]},
            "POST partner-agreements/{partner_agreement_id}/parties/{party_id}/sign": {
                "signed_on": "2026-01-01",
                "signatory": "B",
            },
            "POST customers": address | {"organisation": place, "buyer_reference": "PO-1"},
            "POST customers/{customer_id}/projects": {"title": "Paid", "leader": leader, "ends_at": later},
            "POST customers/{customer_id}/sales": period
            | {"project": project, "resource": "gpu", "amount": 3600},
            "POST customers/{customer_id}/invoices": {"until": "2026-01-31"},
            "POST invoices/{invoice_id}/payment": {"paid_on": "2026-01-01"},
            "POST invoices/{invoice_id}/credit": reasons,
        }

    def owner(self, parameters: set[str], route: str) -> User:  # noqa: C901, PLR0911 - one line a kind
        """Return to whom the record asked for belongs; the leader of the project where nobody else does."""
        if parameters & {"application_id", "attachment_id"}:
            return self.decided.applicant
        if "review_id" in parameters:
            return self.review.reviewer
        if "check_id" in parameters:
            return TechnicalCheck.objects.get(application=self.decided).assessor
        if "reclaim_id" in parameters:
            return Reclaim.objects.get().line.project.leader
        if "wish_id" in parameters:
            return PoolWish.objects.get().line.project.leader
        if "supervision_id" in parameters:
            return Supervision.objects.get().supervisor
        if parameters & {"code_review_id", "output_id", "change_id"}:
            return User.objects.get(pk=CodeReview.objects.get().agreement.offer.offered_by_id)
        if parameters & {"mandate_id", "duty_id", "invoice_id", "customer_id", "suspension_id"}:
            return Mandate.objects.get(subject="invoice:issue").user
        if parameters & {"negotiation_id", "transfer_id", "process_id"}:
            return Dataset.objects.get(pk=Negotiation.objects.get().dataset).steward
        if route.endswith("/requests"):
            return self.project.leader
        if (
            parameters & {"dataset_id", "file_id", "sent_id", "offer_id", "erasure_id", "erasure_duty_id"}
            or route.endswith("/v1/datasets")
            or ("version_id" in parameters and "models" not in route)
        ):
            return User.objects.get(pk=self.restricted.steward_id)
        return self.project.leader


def pages(world: World) -> Iterator[tuple[str, str, User]]:
    """Yield the route of every page, its address in this world, and whose it is."""
    for route, pattern in patterns(get_resolver().url_patterns):
        if route.startswith("api/v1/"):
            continue
        names = set(re.findall(r"<(?:\w+:)?(\w+)>", route)) - set(pattern.default_args)
        values = {name: world.value(name, route) for name in names}
        address = reverse(pattern.name, kwargs=values | pattern.default_args) if pattern.name else f"/{route}"
        yield route, address, world.owner(names, route)


def patterns(listed: list, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern with its whole route."""
    for one in listed:
        route = before + str(one.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(one, URLPattern):
            yield route, one
        else:
            yield from patterns(one.url_patterns, route)
