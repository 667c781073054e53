import shutil

import pytest

from aifactory.agent.recipes import recipe_digest
from aifactory.kit.errors import Invalid
from aifactory.supercomputer.recipes import (
    ROOT,
    BrokenRecipe,
    Recipe,
    UnknownRecipe,
    available,
    find,
    folder_digest,
)

PARAMETERS = {
    "target": "diagnosis", "positive": "", "ignore": "", "test_share": 0.3, "folds": 5, "seed": 20260101,
}  # fmt: skip


def copy(tmp_path, name="tabular-classifier"):
    return shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))


def errors(recipe, given):
    with pytest.raises(Invalid) as wrong:
        recipe.checked(given)
    return {(error.field, error.rule) for error in wrong.value.errors}


def test_the_house_has_these_recipes():
    assert list(available()) == [
        "batch-inference", "distributed-training", "grid-forecast-infer", "grid-forecast-train",
        "hyper-parameter-sweep", "image-classifier", "inspect-tables", "notebook", "own-script", "tabular-classifier",
        "tabular-forecast", "text-classifier",
    ]  # fmt: skip


@pytest.mark.parametrize("recipe", available().values(), ids=available())
def test_every_recipe_can_be_run_and_shown(recipe):
    assert recipe.entry[1:] == ("/recipe/main.py",)
    is_locked = (recipe.folder / "pyproject.toml").is_file() and (recipe.folder / "uv.lock").is_file()
    # Each has its own lock, or says what the system or the person who runs it must bring; a notebook may have both.
    assert (recipe.folder / "main.py").is_file()
    assert is_locked == (recipe.interactive or (not recipe.needs and not recipe.requirements))
    assert not {"checkpoint", "parameters"} & set(recipe.inputs)
    texts = [recipe.title, recipe.summary, *(p.label for p in recipe.parameters.values())]
    texts += [*(role.description for role in recipe.inputs.values()), *recipe.outputs.values()]
    assert all(text["en"] and text["nl"] for text in texts)
    for parameter in recipe.parameters.values():
        if not parameter.required:
            assert parameter.check(parameter.default) == (parameter.default, None, "")


@pytest.mark.parametrize("file", ["pyproject.toml", "uv.lock"])
def test_recipes_on_tables_have_one_environment(file):
    # What a notebook, pictures and Dask need is another environment than that of the recipes that read tables.
    own = {"notebook", "image-classifier", "inspect-tables"}
    assert len({path.read_bytes() for path in ROOT.glob(f"*/{file}") if path.parent.name not in own}) == 1


def test_roles_say_what_they_take():
    recipe = find("grid-forecast-train")
    assert {r.name: (r.kind, r.required) for r in recipe.inputs.values()} == {
        "history": ("dataset", True),
        "peer": ("dataset", False),
    }


def test_defaults_are_filled_in_and_text_is_read():
    recipe = find("tabular-classifier")
    assert recipe.checked({"target": "diagnosis"}) == PARAMETERS
    assert recipe.checked({"target": "diagnosis", "folds": "3", "test_share": "0.25"}) == PARAMETERS | {
        "folds": 3,
        "test_share": 0.25,
    }


def test_every_mistake_is_named_at_once():
    given = {"folds": 2, "test_share": "much", "seed": 1.5, "surprise": 1, "ignore": "x" * 501, "positive": 7}
    assert errors(find("tabular-classifier"), given) == {
        ("parameters.target", "required"),
        ("parameters.folds", "≥ 3"),
        ("parameters.test_share", "number"),
        ("parameters.seed", "integer"),
        ("parameters.surprise", "closed list"),
        ("parameters.ignore", "≤ 500 characters"),
        ("parameters.positive", "text"),
    }


@pytest.mark.parametrize("value", [True, None, [], {}, "1e999", "nan", float("nan"), 10**400, "three", ""])
def test_nothing_odd_passes_for_a_number(value):
    recipe = find("tabular-classifier")
    if value in (None, ""):
        assert recipe.checked({"target": "t", "folds": value})["folds"] == 5
    else:
        assert errors(recipe, {"target": "t", "folds": value}) == {("parameters.folds", "integer")}


def test_a_digest_covers_every_file_and_nothing_left_behind(tmp_path):
    folder = copy(tmp_path)
    before = folder_digest(folder)
    assert before == find("tabular-classifier").digest
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "main.pyc").write_bytes(b"x")
    assert folder_digest(folder) == before
    (folder / "main.py").write_text("print('other')\n")
    assert folder_digest(folder) != before


def test_a_link_in_a_recipe_is_refused(tmp_path):
    folder = copy(tmp_path)
    (folder / "secret").symlink_to("/etc/passwd")
    with pytest.raises(BrokenRecipe, match="must hold its own files"):
        folder_digest(folder)


def test_an_unknown_recipe_is_not_found():
    with pytest.raises(UnknownRecipe, match="Choose one of: batch-inference"):
        find("../../etc")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace('type = "text"', 'type = "code"', 1),
        lambda text: text.replace('kind = "dataset"', 'kind = "secret"'),
        lambda text: text.replace("cores = 2", ""),
        lambda text: text + "[",
        lambda text: text.replace("idempotent", 'carries = ["kit/no_such.py"]\nidempotent', 1),
    ],
)
def test_a_broken_description_is_refused(tmp_path, change):
    folder = copy(tmp_path)
    file = folder / "recipe.toml"
    file.write_text(change(file.read_text()))
    with pytest.raises(BrokenRecipe):
        Recipe.load(folder)


def test_a_recipe_must_carry_the_name_of_its_folder(tmp_path):
    copy(tmp_path).rename(tmp_path / "other")
    with pytest.raises(BrokenRecipe, match="calls itself tabular-classifier"):
        available(tmp_path)


def test_the_agent_computes_the_same_digest():
    for recipe in available().values():
        assert recipe_digest(recipe.folder) == recipe.digest
