"""Who may know of what: the list and the single record follow one rule, for every kind of both."""

from docs import facts

from aifactory.people.rules import can_view, visibilities, visible
from tests.rules.house import viewers

#: seen through what they belong to, and never by themselves
PARTS = {
    "awards.Hold",
    "awards.ProjectMember",
    "datasets.DatasetFile",
    "expertise.Entry",
    "people.ApiToken",
    "people.Membership",
}


def test_every_kind_of_record_says_who_sees_it():
    unsaid = {model._meta.label for model in facts.records() if model not in visibilities()}
    assert unsaid == PARTS


def test_the_list_and_the_single_record_agree_for_everybody_and_everything(house):
    people = viewers(house)
    compared = 0
    for model in visibilities():
        things = list(model._base_manager.order_by("pk"))
        assert things, f"the house has no {model.__name__}"
        for viewer in people:
            listed = set(visible(model, viewer))
            seen = {thing for thing in things if can_view(viewer, thing)}
            assert seen == listed, (model.__name__, viewer and (viewer.roles, viewer.name))
            compared += len(things)
    assert compared > 4_000


def test_the_public_sees_no_person_and_no_file_of_an_applicant(house):
    seen = {model.__name__ for model in visibilities() if visible(model, None).exists()}
    assert seen & {"User", "Organisation", "Application", "Attachment", "Review", "Agreement", "Job"} == set()
    assert seen >= {"Call", "Dataset", "Outcome"}
