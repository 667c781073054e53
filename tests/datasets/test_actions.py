from datetime import timedelta

import pytest
from blake3 import blake3

from aifactory.audit.actions import NotPossibleNow
from aifactory.audit.models import Event
from aifactory.awards.models import Project
from aifactory.datasets import actions, queries
from aifactory.datasets.agreeing import AskedAlready, OfferIsClosed, PurposeDiffers
from aifactory.datasets.contracts import AGREEMENT_TYPE, GRANT_TYPE, NoValidAgreement
from aifactory.datasets.guards import (
    NoFiles,
    NothingToPublish,
    PersonalDataCannotBePublic,
    PersonalDataWasNotAnnounced,
    ReportIsStale,
    TermsDoNotAllow,
)
from aifactory.datasets.lifecycle import AGREEMENT, DATASET, OFFER, VERSION
from aifactory.datasets.models import Agreement, DatasetFile, Mount, Offer
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.content import ArchiveBomb, TooLarge, TypeLies, UnsafeName
from aifactory.kit.errors import FieldError, Invalid, NotAllowed
from aifactory.kit.signing import verify_envelope
from aifactory.people.models import Role
from aifactory.ports.keys import Signer
from aifactory.ports.registry import get
from tests.awards.factories import project as make_project
from tests.datasets import factories as make
from tests.kit.test_content import packed
from tests.people.factories import organisation, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.mark.parametrize("lifecycle", [DATASET, VERSION, OFFER, AGREEMENT])
def test_every_state_can_be_reached(lifecycle):
    assert lifecycle.reachable() == set(lifecycle.states)


def events(thing):
    return list(Event.objects.filter(thing=thing.thing).order_by("pk").values_list("name", flat=True))


def test_a_dataset_from_description_to_catalogue():
    dataset = make.published()
    (version,) = dataset.versions.all()
    (file,) = version.files.all()
    assert events(dataset) == ["dataset:describe", "dataset:publish"]
    assert events(version) == [
        "version:start",
        "version:change_manifest",
        "version:inspect",
        "version:publish",
    ]
    assert (file.path, file.media_type, file.size, file.digest) == (
        "cells.csv",
        "text/csv",
        len(make.CSV),
        digest(make.CSV),
    )
    assert version.digest == digest(
        {
            "schema": "aifactory/manifest/2",
            "files": [
                {
                    "path": "cells.csv",
                    "size": file.size,
                    "digest": file.digest,
                    "blake3": blake3(make.CSV).hexdigest(),
                    "group": 65_536,
                    "groups": [blake3(make.CSV).hexdigest()],
                }
            ],
        }
    )
    assert version.report["version"] == version.digest
    assert version.report["files"][0]["table"]["rows"] == 300
    assert version.report["files"][0]["table"]["restricted"]
    assert version.report_digest == digest(version.report)
    assert list(queries.catalogue(None)) == [dataset]


def test_the_description_is_checked_field_by_field():
    with pytest.raises(Invalid) as refusal:
        make.dataset(title=" ", description="x" * 5_001, theme="magic", licence="WTFPL", colour="red")
    assert refusal.value.errors == [
        FieldError("colour", "There is no such field.", "closed list"),
        FieldError("title", "This is needed.", "required"),
        FieldError("description", "This is too long.", "at most 5000 characters"),
        FieldError("theme", "Choose one of the list.", "closed list"),
        FieldError("licence", "Choose one of the list.", "closed list"),
    ]


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.OFFICE, Role.AUDITOR])
def test_only_the_holders_steward_describes(role):
    with pytest.raises(NotAllowed):
        make.dataset(person(role, organisation=organisation()))


def test_another_holders_steward_can_do_nothing():
    dataset, other = make.published(), make.steward(organisation())
    version = dataset.versions.get()
    for act in (
        lambda: actions.new_version(dataset, by=other),
        lambda: actions.add_file(version, [b"a"], by=other, name="a.csv"),
        lambda: actions.inspect_version(version, by=other),
        lambda: actions.withdraw_version(version, by=other, reason="because"),
        lambda: actions.make_offer(dataset, by=other, terms=make.TERMS),
        lambda: actions.withdraw_dataset(dataset, by=other, reason="because"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_offer_names_the_report_of_what_is_offered():
    dataset = make.dataset()
    early = make.offer(dataset)  # there is no report yet
    first = make.version(dataset)
    offers = [make.offer(dataset), actions.close_offer(make.offer(dataset), by=dataset.steward)]
    assert early.report_digest == ""
    assert [one.report_digest for one in offers] == [first.report_digest] * 2
    before = early.document()
    assert "report_digest" not in before  # a record from before there was such a field keeps its digest
    second = make.version(dataset, files=[("more.csv", make.CSV + make.CSV)])
    told = {one.pk: queries.offer_facts(one)["report_digest"] for one in Offer.objects.all()}
    assert second.report_digest != first.report_digest
    assert told == {
        early.pk: second.report_digest, offers[0].pk: second.report_digest, offers[1].pk: first.report_digest,
    }  # fmt: skip
    bound = Event.objects.filter(name="offer:bind").order_by("pk").values_list("thing", flat=True)
    assert list(bound) == [early.thing, early.thing, offers[0].thing]


def test_an_agreement_names_the_report_of_its_version():
    agreement = make.requested(make.offer(make.published()))
    assert queries.agreement_facts(agreement)["report_digest"] == agreement.offer.report_digest != ""


def draft():
    dataset = make.dataset()
    return actions.new_version(dataset, by=dataset.steward), dataset.steward


def test_nothing_is_read_from_who_may_not_upload():
    version, _ = draft()

    def chunks():
        pytest.fail("the stream was touched")
        yield b""

    with pytest.raises(NotAllowed):
        actions.add_file(version, chunks(), by=person(), name="a.csv")


def test_two_gigabytes_are_not_read_past_the_limit(store):
    version, steward = draft()
    taken = []

    def chunks():
        for n in range(2_000):
            taken.append(n)
            yield bytes(1_000_000)

    with pytest.raises(TooLarge):
        actions.add_file(version, chunks(), by=steward, name="a.csv", limit=3_000_000)
    assert len(taken) == 4
    assert not DatasetFile.objects.exists()
    assert [p for p in store.root.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.csv", b"MZ\x90\x00\0\0", TypeLies),
        ("a.zip", packed([("zeros.csv", b"0" * 5_000_000)]), ArchiveBomb),
        ("a.zip", packed([("../../etc/cron.d/x", b"x")]), UnsafeName),
        ("///", b"a,b\n", UnsafeName),
        ("a.html", b"<script>", TypeLies),
    ],
)
def test_hostile_uploads_leave_nothing(store, name, data, error):
    version, steward = draft()
    with pytest.raises(error):
        actions.add_file(version, [data], by=steward, name=name)
    assert not DatasetFile.objects.exists()
    assert [p for p in store.root.rglob("*") if p.is_file()] == []


def test_a_path_in_a_name_is_cut_off_and_a_name_is_taken_once():
    version, steward = draft()
    file = actions.add_file(version, [b"a,b\n1,2\n"], by=steward, name="../../etc/'; DROP TABLE x;--.csv")
    assert file.path == "'; DROP TABLE x;--.csv"
    with pytest.raises(actions.FileExists):
        actions.add_file(version, [b"c\n"], by=steward, name=file.path)


def test_a_version_is_fixed_once_inspected():
    version = make.version(make.dataset())
    with pytest.raises(actions.VersionIsFixed):
        actions.add_file(version, [b"a\n"], by=version.dataset.steward, name="b.csv")


def test_an_empty_version_is_not_inspected_and_an_empty_dataset_not_published():
    version, steward = draft()
    with pytest.raises(NoFiles):
        actions.inspect_version(version, by=steward)
    with pytest.raises(NothingToPublish):
        actions.publish_dataset(version.dataset, by=steward)


def test_bytes_changed_on_disk_are_noticed_at_inspection_and_at_publication(store):
    version, steward = draft()
    file = actions.add_file(version, [make.CSV], by=steward, name="cells.csv")
    version.refresh_from_db()
    sealed = (store.root / file.key).read_bytes()
    (store.root / file.key).write_bytes(sealed[:7] + bytes([sealed[7] ^ 1]) + sealed[8:])
    with pytest.raises(actions.FilesChanged, match=r"cells\.csv"):
        actions.inspect_version(version, by=steward)
    (store.root / file.key).write_bytes(sealed)
    actions.inspect_version(version, by=steward)
    (store.root / file.key).unlink()
    with pytest.raises(actions.FilesChanged):
        actions.publish_version(version, by=steward)
    assert Event.objects.filter(name="version:found_changed").count() == 1


def test_a_file_that_slipped_in_during_the_inspection_stops_the_publication():
    version, steward = draft()
    actions.add_file(version, [make.CSV], by=steward, name="cells.csv")
    version.refresh_from_db()
    actions.inspect_version(version, by=steward)
    file = version.files.get()
    DatasetFile.objects.create(
        version=version,
        path="late.csv",
        media_type="text/csv",
        size=1,
        digest=file.digest,
        key=file.key,
        salt=file.salt,
    )
    with pytest.raises(ReportIsStale):
        actions.publish_version(version, by=steward)


BSNS = b"code\n" + b"111222333\n123456782\n010464554\n" * 20


def test_personal_data_that_was_not_announced_is_not_published():
    dataset = make.dataset(contains_personal_data=False)
    with pytest.raises(PersonalDataWasNotAnnounced, match=r"code"):
        make.version(dataset, [("people.csv", BSNS)])


def test_personal_data_is_never_public():
    with pytest.raises(PersonalDataCannotBePublic):
        make.dataset(access="public")


def test_the_classification_is_fixed_by_the_inspection():
    dataset = make.published(access="public", contains_personal_data=False)
    facts = {name: getattr(dataset, name) for name in ("title", "description", "theme", "licence")}
    actions.edit(
        dataset, by=dataset.steward, contains_personal_data=False, access="public", **facts | {"title": "New"}
    )
    dataset.refresh_from_db()
    assert dataset.title == "New"
    with pytest.raises(actions.ClassificationIsFixed):
        actions.edit(dataset, by=dataset.steward, contains_personal_data=True, access="restricted", **facts)


def test_an_agreement_from_request_to_use():
    offer = make.offer(make.published())
    agreement = make.in_force(offer)
    project = Project.objects.get(pk=agreement.project)
    keys = get(Signer).public_keys()
    holder = verify_envelope(agreement.holder_signature, keys, payload_type=AGREEMENT_TYPE)
    user = verify_envelope(agreement.user_signature, keys, payload_type=AGREEMENT_TYPE)
    assert events(agreement) == ["agreement:request", "agreement:agree", "agreement:conclude"]
    assert holder["contract"] == user["contract"] == agreement.contract()
    assert agreement.digest == digest(agreement.contract())
    assert (holder["party"], holder["signed_by"]) == ("holder", offer.offered_by_id)
    assert (user["party"], user["signed_by"]) == ("user", project.leader_id)
    assert agreement.contract()["report_digest"] == agreement.version.report_digest

    found = queries.agreement_in_force(project=project.pk, version=agreement.version_id, purpose=make.PURPOSE)
    assert found == agreement
    now = clock.now()
    with clock.frozen(now):
        asked = {"version": found.version, "project": project.pk, "job": "job_1", "attempt": "att_1"}
        envelope = actions.mount_grant(found, **asked)
        actions.mount_grant(found, **asked)
    assert verify_envelope(envelope, keys, payload_type=GRANT_TYPE) == {
        "attempt": "att_1",
        "job": "job_1",
        "agreement": agreement.pk,
        "contract": agreement.digest,
        "project": project.pk,
        "version": agreement.version_id,
        "version_digest": agreement.version.digest,
        "files": [digest(make.CSV)],
        "expires_at": clock.stamp(now + timedelta(hours=1)),
    }
    assert list(Mount.objects.values_list("agreement", "attempt")) == [(agreement.pk, "att_1")]


def test_under_a_self_service_offer_the_holder_has_agreed_beforehand():
    offer = make.offer(make.published(access="public", contains_personal_data=False), self_service=True)
    agreement = make.requested(offer)
    assert agreement.state == "agreed"
    assert list(Event.objects.filter(thing=agreement.thing).order_by("pk").values_list("name", "actor")) == [
        ("agreement:request", agreement.requested_by_id),
        ("agreement:agree", "system:standing-offer"),
    ]
    assert make.in_force(make.offer(offer.dataset, self_service=True)).state == "in_force"


def test_who_does_not_work_on_the_project_can_not_ask_for_it():
    offer, project = make.offer(make.published()), make_project()
    with pytest.raises(NotAllowed):
        actions.request_agreement(
            offer,
            by=person(organisation=project.organisation),
            version=offer.dataset.versions.get(),
            project=project,
            purpose=make.PURPOSE,
        )
    assert not Agreement.objects.exists()


def test_the_terms_decide_on_the_request():
    offer = make.offer(make.published())
    american = make_project(organisation=organisation(country="US"))
    with pytest.raises(TermsDoNotAllow) as refusal:
        make.requested(offer, american, purpose="education")
    assert refusal.value.message == (
        "The terms do not allow the purpose “Education and training”. "
        "The user must be established in the European Economic Area."
    )
    assert refusal.value.rule == "purpose, spatial"


def test_a_project_keeps_to_its_own_purpose():
    offer = make.offer(make.published())
    with pytest.raises(PurposeDiffers):
        make.requested(offer, make_project(purpose="scientific-research"))
    with pytest.raises(Invalid):
        make.requested(offer, purpose="'; DROP TABLE x;--")


def test_one_request_at_a_time_and_none_under_a_closed_offer():
    offer, project = make.offer(make.published()), make_project()
    make.requested(offer, project)
    with pytest.raises(AskedAlready):
        make.requested(offer, project)
    actions.close_offer(offer, by=offer.offered_by)
    with pytest.raises(OfferIsClosed):
        make.requested(offer)


def test_only_a_representative_signs_and_only_the_steward_decides():
    agreement = make.requested(make.offer(make.published()))
    with pytest.raises(NotAllowed):
        actions.decide_request(agreement, by=agreement.requested_by, agree=True)
    with pytest.raises(Invalid):
        actions.decide_request(agreement, by=agreement.offer.offered_by, agree=False, reason="")
    with pytest.raises(NotPossibleNow):
        actions.conclude(agreement, by=agreement.requested_by)
    actions.decide_request(agreement, by=agreement.offer.offered_by, agree=True)
    with pytest.raises(NotAllowed):
        actions.conclude(agreement, by=person())


def use(agreement, **changed):
    facts = {"project": agreement.project, "version": agreement.version_id, "purpose": agreement.purpose}
    return queries.agreement_in_force(**(facts | changed))


def test_every_way_in_which_an_agreement_does_not_hold():
    offer = make.offer(make.published())
    agreement = make.in_force(offer)
    steward, office = offer.offered_by, person(Role.OFFICE)
    assert use(agreement) == agreement
    with pytest.raises(NoValidAgreement, match="no agreement to use"):
        use(agreement, project="prj_other")
    with pytest.raises(NoValidAgreement, match="another purpose"):
        use(agreement, purpose="scientific-research")
    with clock.frozen(agreement.valid_until), pytest.raises(NoValidAgreement, match="expired on"):
        use(agreement)
    before = clock.now()
    assert queries.agreements_ended([agreement.pk]) == queries.agreements_ended_since(before) == []

    actions.suspend_agreement(agreement, by=steward, reason="A leak is looked into")
    with pytest.raises(NoValidAgreement, match=r"suspended it \(A leak is looked into\)") as refusal:
        use(agreement)
    assert refusal.value.next_step == "Wait until the holder lets it go on, or ask them when."
    stopped = [{"agreement": agreement.pk, "why": "the holder suspended it (A leak is looked into)"}]
    assert queries.agreements_ended([agreement.pk]) == queries.agreements_ended_since(before) == stopped
    actions.resume_agreement(agreement, by=office)
    assert use(agreement) == agreement
    assert queries.agreements_ended([agreement.pk]) == []

    actions.withdraw_version(agreement.version, by=office, reason="A person objected")
    with pytest.raises(NoValidAgreement, match=r"it was ended \(A person objected\)"):
        use(agreement)
    with pytest.raises(NoValidAgreement):
        actions.mount_grant(
            agreement, version=agreement.version, project=agreement.project, job="j", attempt="a"
        )


@pytest.mark.parametrize("field", ["terms", "purpose", "valid_until", "holder_signature"])
def test_an_agreement_changed_behind_our_back_is_refused(field):
    agreement = make.in_force(make.offer(make.published()))
    values = {
        "terms": agreement.terms | {"spatial": "any"},
        "purpose": "scientific-research",
        "valid_until": agreement.valid_until + timedelta(days=9),
        "holder_signature": agreement.user_signature,
    }
    Agreement.objects.filter(pk=agreement.pk).update(**{field: values[field]})
    with pytest.raises(NoValidAgreement) as refusal:
        use(agreement, purpose="")
    assert refusal.value.rule == "signatures"


def test_the_end_of_the_terms_is_the_end_of_the_agreement():
    until = (clock.now() + timedelta(days=3)).date()
    agreement = make.in_force(make.offer(make.published(), until=until.isoformat()))
    assert agreement.valid_until.date() == until + timedelta(days=1)
    with clock.frozen(agreement.valid_until - timedelta(minutes=1)):
        use(agreement)


def test_withdrawing_a_dataset_ends_everything():
    agreement = make.in_force(make.offer(make.published()))
    dataset = agreement.offer.dataset
    actions.withdraw_dataset(dataset, by=dataset.steward, reason="Superseded")
    agreement.refresh_from_db()
    assert (agreement.state, agreement.reason) == ("ended", "Superseded")
    assert list(queries.catalogue(None)) == []
