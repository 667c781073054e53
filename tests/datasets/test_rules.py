import pytest

from aifactory.datasets import actions
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, Mount, Offer
from aifactory.datasets.rules import may_download, sees_details
from aifactory.kit import clock
from aifactory.people.models import Role
from aifactory.people.rules import can_view, visible
from tests.awards.factories import project as make_project
from tests.datasets import factories as make
from tests.people.factories import organisation, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


@pytest.fixture
def world():
    """Every kind of record in every state that a viewer can tell apart, and every kind of viewer."""
    steward = make.steward()
    for access, personal in (("public", False), ("restricted", True), ("nonpublic", True)):
        make.dataset(steward, access=access, contains_personal_data=personal)
        shown = make.published(steward, access=access, contains_personal_data=personal)
        actions.new_version(shown, by=steward)
        offer = make.offer(shown)
        actions.close_offer(make.offer(shown), by=steward)
        gone = make.published(steward, access=access, contains_personal_data=personal)
        actions.withdraw_dataset(gone, by=steward, reason="Superseded")
    make.requested(offer)
    project = make_project()
    agreement = make.in_force(make.offer(make.published(steward)), project)
    actions.mount_grant(
        agreement, version=agreement.version, project=project.pk, job="job_1", attempt="att_1"
    )
    viewers = [
        None,
        person(),
        person(Role.OFFICE),
        person(Role.AUDITOR),
        person(Role.OPERATOR),
        steward,
        person(organisation=make.holder_of(steward)),
        make.steward(organisation()),
        project.leader,
        person(organisation=project.organisation),
    ]
    return viewers, agreement


MODELS = [Dataset, DatasetVersion, Offer, Agreement, Mount]


@pytest.mark.parametrize("model", MODELS)
def test_the_list_and_the_single_record_follow_one_rule(world, model):
    viewers, _ = world
    things = list(model.objects.all())
    assert things
    for viewer in viewers:
        listed = set(visible(model, viewer))
        assert {t for t in things if can_view(viewer, t)} == listed, viewer


def test_how_many_each_viewer_sees(world):
    viewers, _ = world
    assert {model.__name__: [visible(model, viewer).count() for viewer in viewers] for model in MODELS} == {
        "Dataset": [5, 7, 10, 10, 7, 10, 10, 7, 7, 7],
        "DatasetVersion": [5, 7, 10, 10, 7, 10, 10, 7, 7, 7],
        "Offer": [3, 4, 7, 7, 4, 7, 7, 4, 4, 4],
        "Agreement": [0, 0, 2, 2, 0, 2, 2, 0, 1, 1],
        "Mount": [0, 0, 1, 1, 0, 1, 1, 0, 1, 1],
    }


def test_details_are_for_insiders_and_for_who_has_an_agreement(world):
    viewers, agreement = world
    sees = [sees_details(viewer, agreement.version) for viewer in viewers]
    assert sees == [False, False, True, True, False, True, True, False, True, True]
    with clock.frozen(agreement.valid_until):  # it ran out, though nobody ended it
        assert [sees_details(viewer, agreement.version) for viewer in viewers[8:]] == [False, False]
    actions.end_agreement(agreement, by=viewers[5], reason="Done")
    assert [sees_details(viewer, agreement.version) for viewer in viewers[8:]] == [False, False]


def test_bytes_leave_only_where_the_agreement_says_download(world):
    viewers, agreement = world
    steward, leader = viewers[5], viewers[8]
    assert [may_download(viewer, agreement.version) for viewer in viewers] == [v == steward for v in viewers]
    offer = make.offer(agreement.offer.dataset, actions=["analyse", "download"])
    make.in_force(offer, make_project(leader=leader, organisation=leader.memberships.get().organisation))
    assert may_download(leader, agreement.version)
    assert not may_download(viewers[1], agreement.version)
