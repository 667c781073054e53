"""Other terms proposed and answered, an agreement that is renewed, and how often data was given."""

from datetime import timedelta

import pytest

from aifactory.audit.actions import NotPossibleNow
from aifactory.datasets import actions, queries
from aifactory.datasets.agreeing import AskedAlready, NothingToRenew
from aifactory.datasets.contracts import NoValidAgreement, signed_by
from aifactory.datasets.duties import NotYetAgreed, say_of_duty
from aifactory.datasets.guards import TermsDoNotAllow, duties_of
from aifactory.datasets.models import Agreement
from aifactory.kit import clock
from aifactory.kit.canonical import digest
from aifactory.kit.errors import Invalid, NotAllowed
from tests.datasets import factories as make
from tests.datasets.test_actions import events, use
from tests.people.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def asked() -> Agreement:
    return make.requested(make.offer(make.published()))


def test_other_terms_go_back_and_forth_until_one_side_accepts():
    agreement = asked()
    steward, asker = agreement.offer.offered_by, agreement.requested_by
    narrower = make.TERMS | {"count": 2, "actions": ["analyse"]}
    with pytest.raises(NotAllowed):
        actions.counter_request(agreement, by=asker, terms=narrower)
    actions.counter_request(agreement, by=steward, terms=narrower)
    actions.propose_terms(agreement, by=asker, terms=narrower | {"count": 5})
    assert (agreement.state, agreement.proposed_by) == ("requested", None)
    last = narrower | {"count": 3, "duties": ["attribute", "destroy-key"]}
    actions.counter_request(agreement, by=steward, terms=last)
    with pytest.raises(NotAllowed):
        actions.accept_terms(agreement, by=person())
    actions.accept_terms(agreement, by=asker)
    assert (agreement.state, agreement.terms["count"], agreement.terms["duties"]) == (
        "agreed",
        3,
        ["attribute", "destroy-key"],
    )
    assert signed_by(agreement, "holder")["signed_by"] == steward.pk
    actions.conclude(agreement, by=asker)
    assert use(agreement) == agreement
    assert events(agreement) == [
        f"agreement:{x}" for x in ("request", "counter", "propose", "counter", "accept", "conclude")
    ]
    assert agreement.digest == digest(agreement.contract())


def test_a_proposal_must_be_readable_and_fit_what_was_asked_for():
    agreement = asked()
    steward = agreement.offer.offered_by
    with pytest.raises(Invalid):
        actions.counter_request(agreement, by=steward, terms=make.TERMS | {"price": 3})
    with pytest.raises(TermsDoNotAllow):
        actions.counter_request(agreement, by=steward, terms=make.TERMS | {"purposes": ["education"]})
    with pytest.raises(NotPossibleNow):
        actions.accept_terms(Agreement.objects.get(pk=agreement.pk), by=agreement.requested_by)
    assert events(agreement) == ["agreement:request"]


def test_a_last_day_that_is_proposed_is_the_end_of_the_agreement():
    agreement = asked()
    until = (clock.now() + timedelta(days=2)).date()
    actions.counter_request(
        agreement, by=agreement.offer.offered_by, terms=make.TERMS | {"until": until.isoformat()}
    )
    assert agreement.valid_until.date() == until + timedelta(days=1)


def mount(agreement: Agreement, attempt: str) -> str:
    return actions.mount_grant(
        agreement, version=agreement.version, project=agreement.project, job="job_1", attempt=attempt
    )


def test_the_data_is_given_as_often_as_the_terms_say_and_a_repeat_is_no_new_use():
    agreement = make.in_force(make.offer(make.published(), count=2))
    mount(agreement, "one")
    mount(agreement, "two")
    assert queries.agreement_in_force(
        project=agreement.project, version=agreement.version_id, purpose="", attempt="two"
    )
    mount(agreement, "one")
    with pytest.raises(NoValidAgreement, match="allow 2 runs, and 2 have been given") as refusal:
        mount(agreement, "three")
    assert refusal.value.rule == "terms"
    with pytest.raises(NoValidAgreement):
        use(agreement)
    assert [m.attempt for m in agreement.mounts.order_by("pk")] == ["one", "two"]


def test_a_duty_that_the_holder_calls_not_met_stops_new_use_until_the_holder_calls_it_met():
    agreement = make.in_force(make.offer(make.published()))
    steward, asker = agreement.offer.offered_by, agreement.requested_by
    say_of_duty(agreement, by=asker, duty="attribute", met=True)
    with pytest.raises(NotAllowed):
        say_of_duty(agreement, by=asker, duty="attribute", met=False, reason="We forgot")
    with pytest.raises(Invalid):
        say_of_duty(agreement, by=steward, duty="attribute", met=False)
    with pytest.raises(Invalid):
        say_of_duty(agreement, by=steward, duty="report", met=True)
    assert use(agreement) == agreement
    say_of_duty(agreement, by=steward, duty="attribute", met=False, reason="The paper does not name us")
    with pytest.raises(NoValidAgreement, match="A duty was not met: name the holder in every result"):
        mount(agreement, "one")
    with pytest.raises(NotAllowed):
        say_of_duty(agreement, by=asker, duty="attribute", met=True)
    say_of_duty(agreement, by=steward, duty="attribute", met=True)
    assert mount(agreement, "one")
    assert {code: said.met if said else None for code, said in duties_of(agreement).items()} == {
        "attribute": True,
        "delete-at-end": None,
    }
    assert list(agreement.duty_statements.order_by("pk").values_list("duty", "met", "said_by")) == [
        ("attribute", True, asker.pk),
        ("attribute", False, steward.pk),
        ("attribute", True, steward.pk),
    ]
    with pytest.raises(NotYetAgreed):
        say_of_duty(asked(), by=steward, duty="attribute", met=True)


def renewable() -> Agreement:
    """An agreement that runs out tomorrow; the holder offers the data for longer since."""
    soon = (clock.now() + timedelta(days=1)).date().isoformat()
    agreement = make.in_force(make.offer(make.published(), until=soon))
    make.offer(agreement.offer.dataset)
    return agreement


def test_a_renewal_takes_over_at_the_end_and_running_jobs_go_on():
    agreement = renewable()
    renewal = actions.renew_agreement(agreement, by=agreement.requested_by)
    actions.decide_request(renewal, by=agreement.offer.offered_by, agree=True)
    actions.conclude(renewal, by=agreement.requested_by)
    assert renewal.contract()["renews"] == agreement.pk
    assert (renewal.valid_from, renewal.holds) == (agreement.valid_until, False)
    assert use(agreement) == agreement
    with clock.frozen(agreement.valid_until):
        assert use(agreement) == renewal
        assert queries.agreements_ended([agreement.pk]) == []
        actions.suspend_agreement(renewal, by=agreement.offer.offered_by, reason="A leak is looked into")
        assert [x["agreement"] for x in queries.agreements_ended([agreement.pk])] == [agreement.pk]


def test_without_a_renewal_the_end_is_the_end_and_one_that_was_stopped_is_not_taken_over():
    agreement = renewable()
    renewal = actions.renew_agreement(agreement, by=agreement.requested_by)
    with pytest.raises(AskedAlready):
        actions.renew_agreement(agreement, by=agreement.requested_by)
    actions.decide_request(renewal, by=agreement.offer.offered_by, agree=True)
    actions.conclude(renewal, by=agreement.requested_by)
    actions.end_agreement(agreement, by=agreement.offer.offered_by, reason="Misuse of the data")
    with clock.frozen(agreement.valid_until):
        assert [x["agreement"] for x in queries.agreements_ended([agreement.pk])] == [agreement.pk]


def test_a_renewal_must_add_time():
    agreement = make.in_force(make.offer(make.published()))
    with pytest.raises(NothingToRenew):
        actions.renew_agreement(agreement, by=agreement.requested_by)
    waiting = asked()
    with pytest.raises(NothingToRenew):
        actions.renew_agreement(waiting, by=waiting.requested_by)
