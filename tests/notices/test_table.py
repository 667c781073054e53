"""Nobody is left out by accident: every event is told to somebody, or is silent for a reason."""

import pytest
from django.urls import resolve
from docs import facts

from aifactory.notices.deadlines import KINDS
from aifactory.notices.events import WORTH, lines_of
from aifactory.notices.silent import SILENT
from aifactory.notices.topics import ALWAYS, QUIETABLE, Topic

TOLD = {worth.event or kind for kind, worth in WORTH.items()}


def written(event: str) -> bool:
    """Say whether some room writes an event whose name it chooses in an expression."""
    return any(f'"{event}"' in p.read_text() for p in facts.sources() if "notices" not in p.parts)


def test_every_event_is_told_or_silent_with_a_reason():
    known = set(facts.events())
    assert sorted(known - TOLD - set(SILENT)) == []
    assert sorted(TOLD & set(SILENT)) == []
    assert [name for name in sorted(TOLD | set(SILENT)) if name not in known and not written(name)] == []
    assert all(reason.endswith(".") for reason in SILENT.values())


def test_one_event_may_tell_several():
    assert [kind for kind, _worth in lines_of("application:submit")] == [
        "application:submit",
        "application:receipt",
    ]
    assert lines_of("application:edit") == ()


def test_rights_and_terms_can_not_be_quietened():
    assert set(Topic) == ALWAYS | set(QUIETABLE)
    assert {kind for kind, worth in WORTH.items() if worth.topic == Topic.DECISIONS} >= {"decision:announce"}
    assert {worth.topic for kind, worth in WORTH.items() if kind.endswith(":suspend")} == {Topic.SUSPENSIONS}


@pytest.mark.parametrize("kind", WORTH)
def test_links_lead_to_pages(kind):
    assert resolve(WORTH[kind].link.format(id="abc_1")).url_name


def test_reminders_come_before_the_deadline_the_earliest_first():
    assert all(kind.leads == tuple(sorted(kind.leads, reverse=True)) for kind in KINDS.values())
