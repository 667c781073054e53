"""Datasets, offers and agreements for tests; everything goes through the actions."""

from collections.abc import Iterable

import pytest

from aifactory.adapters.dataspace.tokens import SignedTokens
from aifactory.adapters.keys.data_keys import FolderKeyStore
from aifactory.adapters.keys.folder import FolderSigner
from aifactory.adapters.object_store.folder import FolderStore
from aifactory.awards.models import Project
from aifactory.datasets import actions
from aifactory.datasets.models import Agreement, Dataset, DatasetVersion, Offer
from aifactory.people.models import Organisation, Role, User
from aifactory.ports.dataspace import Identity
from aifactory.ports.key_store import KeyStore
from aifactory.ports.keys import Signer
from aifactory.ports.object_store import ObjectStore
from aifactory.ports.registry import provide
from tests.awards.factories import project as make_project
from tests.people.factories import organisation as make_organisation
from tests.people.factories import person

CSV = b"radius,texture,malignant\n" + b"".join(b"%d.5,%d,%d\n" % (n % 17, n % 23, n % 2) for n in range(300))
PURPOSE = "research-and-development-of-diagnostic-support"
PERSONAL = {
    "controller": "Ziekenhuis De Linde",
    "processor": "AI Factory",
    "privacy_contact": "privacy@linde.example",
    "basis": "public_task",
    "law": "WGBO",
    "condition": "research",
    "categories": ["traits", "health"],
    "subjects": ["patients"],
    "informed": "A letter to every patient.",
    "notice_page": "https://linde.example/research",
    "keep_until": "2099-12-31",
    "keep_why": "To check results.",
}
TERMS = {
    "purposes": [PURPOSE, "scientific-research"],
    "actions": ["analyse", "train", "export-results"],
    "recipients": ["company", "research", "hospital"],
    "spatial": "EEA",
    "until": None,
    "duties": ["attribute", "delete-at-end"],
}


@pytest.fixture
def store(tmp_path):
    """A factory of this test's own: its keys and its object store."""
    from aifactory.ports import registry

    before = dict(registry._provided)
    folder = FolderStore(tmp_path / "objects")
    provide(ObjectStore, folder)
    provide(KeyStore, FolderKeyStore(tmp_path / "data-keys"))
    provide(Signer, FolderSigner(tmp_path / "keys"))
    provide(Identity, SignedTokens("urn:aifactory:here", tmp_path / "keys" / "dataspace.pem"))
    yield folder
    registry._provided.clear()
    registry._provided.update(before)


def steward(holder: Organisation | None = None) -> User:
    return person(
        Role.STEWARD, organisation=holder or make_organisation(name="Ziekenhuis De Linde", kind="hospital")
    )


def holder_of(user: User) -> Organisation:
    return user.memberships.get().organisation


def dataset(by: User | None = None, **facts: object) -> Dataset:
    by = by or steward()
    described = {
        "title": "Breast cells under the microscope",
        "title_nl": "Borstcellen onder de microscoop",
        "description": "Measurements of cell nuclei.",
        "theme": "health",
        "access": "restricted",
        "licence": "agreement",
        "contains_personal_data": True,
        "personal": PERSONAL,
    }
    return actions.describe(by=by, holder=holder_of(by), **(described | facts))


def version(dataset_: Dataset, files: Iterable[tuple[str, bytes]] = (("cells.csv", CSV),)) -> DatasetVersion:
    """A published version."""
    by = User.objects.get(pk=dataset_.steward_id)
    made = actions.new_version(dataset_, by=by)
    for name, data in files:
        actions.add_file(made, [data], by=by, name=name)
    made.refresh_from_db()
    actions.inspect_version(made, by=by)
    return actions.publish_version(made, by=by)


def published(by: User | None = None, **facts: object) -> Dataset:
    made = dataset(by, **facts)
    version(made)
    return actions.publish_dataset(made, by=User.objects.get(pk=made.steward_id))


def offer(dataset_: Dataset, *, self_service: bool = False, **terms: object) -> Offer:
    by = User.objects.get(pk=dataset_.steward_id)
    return actions.make_offer(dataset_, by=by, terms=TERMS | terms, self_service=self_service)


def requested(offer_: Offer, project: Project | None = None, purpose: str = PURPOSE) -> Agreement:
    project = project or make_project()
    return actions.request_agreement(
        offer_,
        by=project.leader,
        version=offer_.dataset.versions.get(state="published"),
        project=project,
        purpose=purpose,
        explanation="To find tumours earlier.",
    )


def in_force(offer_: Offer, project: Project | None = None) -> Agreement:
    agreement = requested(offer_, project)
    if agreement.state == "requested":
        actions.decide_request(agreement, by=User.objects.get(pk=offer_.offered_by_id), agree=True)
    return actions.conclude(agreement, by=User.objects.get(pk=agreement.requested_by_id))
