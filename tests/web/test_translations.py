"""The pages speak Dutch as fully as English."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from django.utils import translation
from docs import facts

from aifactory.people.models import Role
from tests.people.factories import person
from tests.registry import factories as make

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "src/aifactory/web/locale/nl/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|</?\w+>")


def read(path):
    """Return the messages of a catalogue: msgid → (texts said in Dutch, fuzzy)."""
    with path.open("rb") as file:
        return {m.id: m for m in read_po(file, locale="nl") if m.id}


def each(words):
    return words if isinstance(words, tuple | list) else (words,)


@pytest.fixture(scope="module")
def catalogue():
    return read(CATALOGUE)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """Give every message that the code has now."""
    template = tmp_path_factory.mktemp("words") / "django.pot"
    options = ["--mapping-file", str(ROOT / "babel.cfg"), "--keyword", "gettext_lazy"]
    said = ["pybabel", "--quiet", "extract", *options, "--output-file", str(template)]
    CommandLineInterface().run([*said, str(ROOT / "src/aifactory")])
    return read(template)


def test_every_message_is_in_the_catalogue_and_no_other(catalogue, extracted):
    assert sorted(map(str, catalogue.keys() ^ extracted.keys())) == []


def test_every_message_is_translated_and_none_is_a_guess(catalogue):
    assert [m.id for m in catalogue.values() if m.fuzzy or not all(each(m.string))] == []


def test_both_languages_have_the_same_placeholders(catalogue):
    def named(words):
        return sorted(PLACEHOLDER.findall(words))

    assert {
        m.id for m in catalogue.values() for said in each(m.string) if named(each(m.id)[-1]) != named(said)
    } == set()


def test_sentences_end_alike(catalogue):
    def ending(words):
        return words.rstrip("\n")[-1:] if words.rstrip("\n")[-1:] in ".?:" else ""

    alike = {m.id for m in catalogue.values() if ending(each(m.id)[-1]) != ending(each(m.string)[-1])}
    assert alike == set()


def test_dutch_readers_are_addressed_with_u(catalogue):
    familiar = re.compile(r"\b(je|jij|jou|jouw|jullie)\b", re.IGNORECASE)
    assert [said for m in catalogue.values() for said in each(m.string) if familiar.search(said)] == []


def test_every_state_is_said_in_dutch(catalogue):
    for model, lifecycle in facts.lifecycles().items():
        for state, label in lifecycle.states.items():
            with translation.override("en"):
                english = str(label)
            with translation.override("nl"):
                assert model(state=state).get_state_display() == catalogue[english].string


class Words(HTMLParser):
    """Collects what a reader reads: text between the tags, and the labels of controls and pictures."""

    def __init__(self):
        super().__init__()
        self.found = set()
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"script", "style"}
        self.found |= {value for name, value in attrs if name in {"aria-label", "title", "alt"} and value}

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.found.add(" ".join(data.split()))


@pytest.mark.django_db
def test_no_english_is_left_on_dutch_pages(client, plant, tmp_path, catalogue):
    version = make.released(plant, tmp_path)
    project = version.model.project.pk
    steward = person(*Role)
    public = [
        "",
        "calls",
        "datasets",
        "glossary",
        "how-we-decide",
        "privacy",
        "accessibility",
        "accounts/login",
    ]
    public += ["register", "register/awards", "register/log", f"register/projects/{project}", "nothing-here"]
    public += [f"models/{version.pk}", "models", "style-guide"]
    own = ["projects", f"projects/{project}", "jobs", f"jobs/{version.attempt.job_id}", "cases", "account"]
    office = [
        "desk",
        "office",
        "calls/new",
        "reviews",
        "datasets/mine",
        "datasets/new",
        "assurance",
        "notices",
    ]
    visits = [*((None, p) for p in public), *((plant.user, p) for p in own), *((steward, p) for p in office)]
    dutch = {said for m in catalogue.values() for said in each(m.string)}
    english = {said for m in catalogue.values() for said in each(m.id)} - dutch - {"English"}
    left = {path: found for who, path in visits if (found := read_by(client, who, path) & english)}
    assert left == {}


def read_by(client, who, path):
    """Return the words of a page as somebody (None: a stranger) reads it in Dutch."""
    client.logout()
    if who:
        client.force_login(who)
    page = client.get(f"/{path}/".replace("//", "/"), headers={"accept-language": "nl"})
    words = Words()
    words.feed(page.content.decode())
    assert ("Uitloggen" if who else "Inloggen") in words.found, path
    return words.found
