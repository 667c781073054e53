"""What people bring along: plain names, everything pinned, for their own project alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.kit.pins import mistakes
from aifactory.ports.desk import RunOrder
from aifactory.supercomputer import actions
from aifactory.supercomputer.desk import PortalDesk
from aifactory.supercomputer.uploads.actions import bring
from aifactory.supercomputer.uploads.models import Upload
from tests.awards import factories as awards
from tests.people.factories import person

HASH = "--hash=sha256:" + "a" * 64
GOOD = f"""# This file was written by uv
numpy==2.4.6 \\
    {HASH} \\
    {HASH}
    # via -r requirements.in
tomli==2.0.1 ; python_version < "3.11" {HASH}
uvicorn[standard]==0.30.0 {HASH}
"""


def test_what_uv_compiles_is_fine():
    assert mistakes(GOOD) == []
    assert mistakes("") == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy", "numpy==2.4.6", "numpy>=2 " + HASH, "-e .", "--index-url https://evil.example/simple",
        "numpy @ https://evil.example/n.whl " + HASH, "git+https://evil.example/n.git", "./local.whl", "-r other.txt",
        f"numpy==1 {HASH} --config-settings x=y", "numpy==1 --hash=md5:" + "a" * 32, f"numpy==1\t{HASH}; --pre",
    ],
)  # fmt: skip
def test_whatever_could_bring_code_from_elsewhere_is_refused(line):
    (wrong,) = mistakes(f"{GOOD}{line}\n")
    assert "is not a package with its version and hashes" in wrong


@given(text=st.text(alphabet="abc=-+@:/ .\\#\n;[]0", max_size=80))
def test_no_text_without_a_hash_names_a_package(text):
    lines = [line.partition(" #")[0].strip() for line in text.replace("\\\n", " ").splitlines()]
    assert len(mistakes(text)) == sum(1 for line in lines if line and not line.startswith("#"))


def files(**content):
    return [(name.replace("_", "."), [data]) for name, data in content.items()]


def test_files_are_kept_as_they_came_and_reach_the_job(plant):
    upload = bring(
        plant.project,
        by=plant.user,
        title="",
        files=files(main_py=b"print('hi')", requirements_txt=GOOD.encode()),
    )
    assert (upload.title, [(f["path"], f["size"]) for f in upload.files]) == (
        "main.py", [("main.py", 11), ("requirements.txt", len(GOOD))],
    )  # fmt: skip
    job = plant.submit(recipe="own-script", inputs={"code": upload.pk}, parameters={})
    assert [(i["role"], i["upload"]) for i in job.inputs] == [("code", upload.pk)]
    actions.start(job, by=plant.user)
    (order,) = [order for order in PortalDesk().orders("simulated") if isinstance(order, RunOrder)]
    assert [file.path for file in order.inputs[0].files] == ["main.py", "requirements.txt"]
    assert (order.inputs[0].grant, order.restricted) == (None, False)


def test_own_code_on_data_of_others_still_needs_its_agreement(plant):
    upload = bring(plant.project, by=plant.user, title="Mine", files=files(main_py=b"pass"))
    given = {"code": upload.pk, "data": plant.agreement.version_id}
    job = plant.submit(recipe="own-script", inputs=given, parameters={})
    assert job.agreements == [plant.agreement.pk]


def refusal(plant, content, by=None):
    with pytest.raises(Invalid) as refused:
        bring(plant.project, by=by or plant.user, title="", files=content)
    assert not Upload.objects.exists()
    return refused.value.errors[0].message


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b", "é.py", "x\ny", "a" * 101])
def test_a_name_that_is_no_plain_one_is_refused(plant, name):
    assert "Use letters, digits" in refusal(plant, [(name, [b"x"])])


def test_nothing_twice_the_same_and_too_much_are_refused(plant, settings):
    assert "Choose 1 to 50 files" in refusal(plant, [])
    assert "Choose 1 to 50 files" in refusal(plant, [("a", [b"1"]), ("a", [b"2"])])
    assert "requirements.txt: 'numpy' is not" in refusal(plant, files(requirements_txt=b"numpy\n"))
    settings.UPLOAD_LIMIT = 3
    assert refusal(plant, files(a=b"1234"))


def test_it_is_for_people_of_the_project_and_for_its_jobs_alone(plant):
    with pytest.raises(NotAllowed):
        bring(plant.project, by=person(), title="", files=files(a=b"1"))
    other = awards.project()
    theirs = bring(other, by=other.leader, title="", files=files(main_py=b"pass"))
    with pytest.raises(Invalid) as refused:
        plant.submit(recipe="own-script", inputs={"code": theirs.pk}, parameters={})
    assert refused.value.errors[0].field == "inputs.code"
