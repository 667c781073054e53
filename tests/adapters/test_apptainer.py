"""The command line of apptainer's walls. The program itself is not run here."""

from pathlib import Path

import pytest

from aifactory.adapters.engine.local import apptainer, supervise
from aifactory.adapters.engine.local.job import JobFolder
from aifactory.adapters.engine.local.sandbox import Mount
from aifactory.ports.engine import Limits, Phase

IMAGE = "/shared/images/debian.sif"


def test_an_attempt_sees_its_folders_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("SECRET", "of ours")
    job = JobFolder(tmp_path / "job")
    watch = supervise.Watch(job, Limits(2, 10**9, 60), supervise.Walls(True, None, IMAGE), {0})
    attempt = {
        "code": "/recipes/a", "inputs": {"table": "/staged/a b"}, "environment": None,
        "argv": ["python3", "-c", "$(id)"],
        "env": {"CUDA_VISIBLE_DEVICES": "0,1"}, "devices": ["/dev/nvidiactl", "/dev/nvidia0"],
    }  # fmt: skip
    line, env = watch._walled(attempt)
    assert line == [
        "apptainer", "--quiet", "exec", "--containall", "--no-home", "--no-mount", "hostfs,bind-paths,cwd",
        "--no-privs", "--no-eval", "--net", "--network", "none", "--pwd", "/work", "--nv",
        "--mount", "type=bind,source=/recipes/a,destination=/recipe,ro",
        "--mount", f"type=bind,source={job.outputs},destination=/outputs",
        "--mount", f"type=bind,source={job.work},destination=/work",
        "--mount", f"type=bind,source={job.tmp},destination=/tmp",
        "--mount", "type=bind,source=/staged/a b,destination=/inputs/table,ro",
        IMAGE, "python3", "-c", "$(id)",
    ]  # fmt: skip
    assert {name for name in env if not name.startswith("APPTAINERENV_")} == {"PATH"}
    assert (env["APPTAINERENV_CUDA_VISIBLE_DEVICES"], env["APPTAINERENV_HOME"]) == ("0,1", "/work")
    together, _ = watch._walled(attempt | {"network": True, "devices": ["/dev/kfd"]})
    assert ("--net" in together, "--nv" in together, "--rocm" in together) == (False, False, True)


@pytest.mark.parametrize("path", ["/a,ro=false", '/a"', "/a\nb", "/a=b"])
def test_a_path_never_ends_its_field(path):
    with pytest.raises(ValueError, match="cannot be mounted"):
        apptainer.command(IMAGE, [Mount(Path(path), "/recipe")], ["true"], devices=(), network=False)


def test_a_path_that_cannot_be_mounted_fails_the_attempt_in_words(tmp_path):
    (tmp_path / "job").mkdir()
    attempt = {
        "name": "a", "code": "/a,b", "inputs": {}, "environment": None, "argv": ["true"], "env": {},
        "limits": {"cores": 1, "memory_bytes": 10**8, "wall_seconds": 9},
    }  # fmt: skip
    end = supervise.run(
        JobFolder(tmp_path / "job"), attempt, walls=supervise.Walls(True, None, IMAGE), processors={0}
    )
    assert (end.phase, end.reason) == (
        Phase.FAILED, "The engine could not start it: '/a,b' cannot be mounted by apptainer.",
    )  # fmt: skip


def test_where_there_is_no_apptainer_there_are_no_walls(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert apptainer.works(IMAGE) is False
