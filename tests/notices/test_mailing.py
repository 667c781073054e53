"""Mail goes out as each person wishes, and never twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit import clock
from aifactory.kit.errors import Invalid
from aifactory.notices import actions, mailing, queries
from aifactory.notices.models import Notice, Wish
from aifactory.notices.topics import QUIETABLE, Topic
from aifactory.people.models import User
from aifactory.ports.mail import Mailer, NotTakenNow, Undeliverable
from aifactory.ports.registry import provide
from tests.people.factories import person

#: a Wednesday, 09:30 in Amsterdam
NOW = datetime(2027, 2, 3, 8, 30, tzinfo=UTC)
PLAIN = {"language": "en", "rhythm": "at_once", "hour": 8, "weekday": 0, "quiet": []}


class Box(list):
    """Keeps what is sent, or refuses it."""

    refusal: OSError | None = None

    def send(self, message):
        if self.refusal:
            raise self.refusal
        self.append(message)


@pytest.fixture
def box(db):
    box = Box()
    provide(Mailer, box)
    return box


def notice(user: User, channel: str = "mail", subject: str = "Gaps", at: datetime = NOW) -> Notice:
    return Notice.objects.create(
        user=user, cause=f"event:{Notice.objects.count()}", kind="user:grant_role", thing=user.thing,
        link="/account/", subject=subject, created_at=NOW, channel=channel, try_at=at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "topic", "expected"),
    [
        (None, Topic.JOBS, ("mail", NOW)),
        (Wish(rhythm="daily", hour=8), Topic.DECISIONS, ("mail", NOW)),
        (Wish(rhythm="at_once", quiet=["jobs"]), Topic.JOBS, ("desk", NOW)),
        (Wish(rhythm="at_once", quiet=["jobs"]), Topic.DATA, ("mail", NOW)),
        (Wish(rhythm="daily", hour=10), Topic.JOBS, ("digest", datetime(2027, 2, 3, 9, tzinfo=UTC))),
        (Wish(rhythm="daily", hour=8), Topic.JOBS, ("digest", datetime(2027, 2, 4, 7, tzinfo=UTC))),
        (
            Wish(rhythm="weekly", hour=8, weekday=2),
            Topic.JOBS,
            ("digest", datetime(2027, 2, 10, 7, tzinfo=UTC)),
        ),
        (
            Wish(rhythm="weekly", hour=8, weekday=0),
            Topic.JOBS,
            ("digest", datetime(2027, 2, 8, 7, tzinfo=UTC)),
        ),
    ],
)
def test_how_a_notice_travels(wish, topic, expected):
    assert mailing.way_of(topic, wish, NOW) == expected


@given(
    st.datetimes(datetime(2027, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
    st.integers(0, 23),
    st.integers(0, 6),
    st.sampled_from(["daily", "weekly"]),
)
def test_a_summary_comes_soon_at_the_hour_of_the_local_day(now, hour, weekday, rhythm):
    from zoneinfo import ZoneInfo

    moment = mailing.next_summary(Wish(rhythm=rhythm, hour=hour, weekday=weekday), now)
    local = moment.astimezone(ZoneInfo(settings.TIME_ZONE))
    longest = timedelta(days=1 if rhythm == "daily" else 7, hours=1)
    assert timedelta(0) < moment - now <= longest
    assert local.hour == hour or local.utcoffset() != (local - timedelta(hours=2)).utcoffset()
    assert rhythm == "daily" or local.weekday() == weekday


def test_a_summary_is_one_mail(box):
    user = person(name="Ada")
    for subject in ("One", "Two"):
        notice(user, "digest", subject)
    notice(user, "digest", "Later", NOW + timedelta(days=1))
    notice(user, "desk", "Quiet")
    with clock.frozen(NOW):
        assert (mailing.mail_due(), mailing.mail_due()) == (1, 0)
    (mail,) = box
    assert (mail.to, mail.subject) == (user.email, "2 messages for you")
    assert mail.body == (
        "Dear Ada,\n\nThis happened since the last summary.\n\n"
        "- You have a new role: One\n  /account/\n- You have a new role: Two\n  /account/\n\n"
        f"{settings.FACTORY_NAME}\n"
    )


def test_links_are_whole_where_the_factory_knows_its_address(box, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://factory.example"]
    notice(person())
    with clock.frozen(NOW):
        mailing.mail_due()
    assert "See https://factory.example/account/ on" in box[0].body


def test_an_address_refused_for_good_is_not_tried_again_and_its_owner_sees_it(box):
    box.refusal = Undeliverable("550 nobody here")
    user = person()
    notice(user)
    with clock.frozen(NOW):
        assert (mailing.mail_due(), queries.mail_refused(user)) == (0, NOW)
    box.refusal = None
    with clock.frozen(NOW + timedelta(days=1)):
        assert mailing.mail_due() == 0
        notice(user)
        assert mailing.mail_due() == 1
    assert queries.mail_refused(user) is None


def test_one_mail_not_taken_now_does_not_hold_up_the_others_but_a_server_away_does(box):
    for _ in range(3):
        notice(person())
    box.refusal = NotTakenNow("450 later")
    with clock.frozen(NOW):
        mailing.mail_due()
    assert [n.tries for n in Notice.objects.order_by("pk")] == [1, 1, 1]
    box.refusal = ConnectionRefusedError()
    with clock.frozen(NOW + timedelta(hours=1)):
        mailing.mail_due()
    assert [n.tries for n in Notice.objects.order_by("pk")] == [2, 1, 1]


def test_a_slow_server_leaves_mail_for_the_next_round(box, monkeypatch):
    for _ in range(3):
        notice(person())
    monkeypatch.setattr(mailing, "LONGEST_ROUND", -1.0)
    with clock.frozen(NOW):
        assert (mailing.mail_due(), len(box)) == (0, 0)
    monkeypatch.setattr(mailing, "LONGEST_ROUND", 10.0)
    with clock.frozen(NOW):
        assert mailing.mail_due() == 3


def test_a_wish_is_kept_and_legal_topics_are_not_quietened(db):
    user = person()
    quiet = [topic.value for topic in QUIETABLE[:2]]
    actions.wish(by=user, **PLAIN | {"language": "nl", "rhythm": "weekly", "quiet": quiet})
    assert queries.wish_facts(user) == PLAIN | {
        "language": "nl", "rhythm": "weekly", "quiet": sorted(quiet), "mail_refused_at": None,
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        actions.wish(
            by=user, **PLAIN | {"language": "xx", "rhythm": "never", "hour": 24, "quiet": ["decisions"]}
        )
    assert [error.field for error in refused.value.errors] == ["language", "rhythm", "hour", "quiet"]
    assert User.objects.get(pk=user.pk).language == "nl"
