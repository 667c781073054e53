"""Recipes by digest."""

from pathlib import Path

import pytest

from aifactory.agent.recipes import RecipeIsNotWhatWasChecked, copy_recipe, files_of, recipe_digest
from aifactory.kit import clock
from aifactory.kit.canonical import digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recipes" / "r"
    (folder / "lib").mkdir(parents=True)
    (folder / "recipe.toml").write_text('id = "r"\nentry = ["python", "/recipe/main.py"]\n')
    (folder / "lib/a.py").write_text("a = 1\n")
    return folder


def test_the_digest_is_of_paths_and_contents_and_of_nothing_else(folder):
    before = recipe_digest(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/a.pyc").write_bytes(b"x")
    (folder / "lib/a.py").chmod(0o600)
    (folder / "empty").mkdir()
    assert recipe_digest(folder) == before

    (folder / "lib/a.py").rename(folder / "lib/b.py")
    assert recipe_digest(folder) != before


def test_the_digest_is_what_the_portal_computes(folder):
    from aifactory.supercomputer.recipes import folder_digest

    assert recipe_digest(folder) == folder_digest(folder)


def test_a_link_is_refused(folder):
    (folder / "link").symlink_to("/etc/passwd")

    with pytest.raises(RecipeIsNotWhatWasChecked, match="holds a link"):
        recipe_digest(folder)


@pytest.mark.parametrize(
    "content",
    ["", "id = 1", 'id = "other"\nentry = ["x"]', 'id = "r"\nentry = []', 'id = "r"\nentry = [1]', "]["],
)
def test_a_recipe_toml_that_cannot_be_used_says_so(folder, tmp_path, content):
    (folder / "recipe.toml").write_text(content)

    with pytest.raises(RecipeIsNotWhatWasChecked, match=r"The recipe\.toml of r "):
        copy_recipe("r", folder.parent, tmp_path / "copy", recipe_digest(folder))


def test_what_is_copied_is_what_was_ordered(folder, tmp_path):
    recipe = copy_recipe("r", folder.parent, tmp_path / "copy", recipe_digest(folder))

    assert recipe.entry == ("python", "/recipe/main.py")
    assert (tmp_path / "copy/lib/a.py").read_text() == "a = 1\n"
    with pytest.raises(RecipeIsNotWhatWasChecked, match="was ordered"):
        copy_recipe("r", folder.parent, tmp_path / "again", digest({}))


def test_what_a_recipe_carries_is_copied_and_counts_and_its_own_file_goes_before(folder, tmp_path):
    plain = recipe_digest(folder)
    with (folder / "recipe.toml").open("a") as file:
        file.write('carries = ["kit/clock.py", "../pyproject.toml", "kit/no_such.py", 7]\n')
    assert [name for name in files_of(folder) if name.startswith("aifactory")] == ["aifactory/kit/clock.py"]
    carrying = recipe_digest(folder)
    copy_recipe("r", folder.parent, tmp_path / "copy", carrying)
    assert (tmp_path / "copy/aifactory/kit/clock.py").read_bytes() == Path(clock.__file__).read_bytes()
    assert plain != carrying == recipe_digest(tmp_path / "copy")

    (folder / "aifactory/kit").mkdir(parents=True)
    (folder / "aifactory/kit/clock.py").write_text("now = 0\n")
    assert recipe_digest(folder) != carrying
    assert files_of(folder)["aifactory/kit/clock.py"] == folder / "aifactory/kit/clock.py"
