"""The walls of the local engine, tried from the inside."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import sysconfig
import textwrap
import time
import venv
from pathlib import Path

import pytest

from aifactory.adapters.engine.local import LocalEngine, sandbox
from aifactory.adapters.engine.outputs import list_results, read_tail
from aifactory.ports.engine import ENDED, Attempt, EngineRefused, Limits, Phase, Status

SOURCE = Path(__file__).parents[2] / "src"
LIMITS = Limits(cores=1, memory_bytes=500_000_000, wall_seconds=30, disk_bytes=20_000_000, processes=64)


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path / "engine", cores=2)
    if not engine.isolated:
        pytest.skip("bubblewrap does not work on this machine")
    return engine


class Inside:
    """Runs Python inside the walls and gives back how it ended and the JSON it wrote."""

    def __init__(self, engine: LocalEngine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        self.code = folder / "code"
        self.code.mkdir()
        self.count = 0

    def run(self, script: str, **more: object) -> tuple[Status, dict]:
        status = self.start(script, **more)
        folder = self.engine.outputs(status.name)
        said = folder / "said.json"
        print(self.engine.log(status.name).decode())
        return status, json.loads(said.read_text()) if said.exists() else {}

    def start(
        self, script: str, *, limits: Limits = LIMITS, python: str = "python3", **more: object
    ) -> Status:
        self.count += 1
        name = f"inside{self.count}"
        prelude = "import json, os, sys, time\ndef say(**v): json.dump(v, open('/outputs/said.json', 'w'))\n"
        argv = (python, "-c", prelude + textwrap.dedent(script))
        values = {"environment": None, "inputs": {}} | more
        self.engine.submit(Attempt(name, argv, self.code, limits=limits, **values))
        until = time.monotonic() + 40
        while (status := self.engine.status([name])[name]).phase not in ENDED:
            assert time.monotonic() < until
            time.sleep(0.02)
        return status


@pytest.fixture
def inside(engine: LocalEngine, tmp_path: Path) -> Inside:
    return Inside(engine, tmp_path)


def test_there_is_no_network(inside):
    script = """
        import socket
        def reach(host, port):
            try:
                socket.create_connection((host, port), 2).close()
            except OSError as e:
                return type(e).__name__
            return "reached"
        devices = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
        say(devices=devices, ip=reach("1.1.1.1", 53), host=reach("127.0.0.1", PORT))
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        status, said = inside.run(script.replace("PORT", str(listener.getsockname()[1])))

    assert status.phase is Phase.COMPLETED
    assert said == {"devices": ["lo"], "ip": "OSError", "host": "ConnectionRefusedError"}


def test_it_sees_only_what_it_was_given(inside, tmp_path):
    secret = tmp_path / "factory.sqlite3"
    secret.write_text("the platform's database")
    secret.chmod(0o644)

    _, said = inside.run(f"""
        import pathlib
        say(
            top=sorted(os.listdir("/")),
            etc=sorted(set(os.listdir("/etc")) - {{"ld.so.cache", "alternatives"}}),
            home=os.path.exists({str(Path.home())!r}), platform=os.path.exists({str(secret)!r}),
            source=os.path.exists({str(SOURCE)!r}), engine=os.path.exists({str(tmp_path / "engine")!r}),
            processes=len([p for p in os.listdir("/proc") if p.isdigit()]) < 5, work=os.listdir("/work"),
        )
    """)

    assert [name for name in said.pop("top") if name not in ("sbin", "lib32", "lib64")] == [
        "bin", "dev", "etc", "lib", "outputs", "proc", "recipe", "tmp", "usr", "work",
    ]  # fmt: skip
    assert said == {
        "etc": [], "home": False, "platform": False, "source": False, "engine": False,
        "processes": True, "work": [],
    }  # fmt: skip


def test_inputs_and_code_cannot_be_written_and_nor_can_the_rest(inside, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/table.csv").write_text("a,b\n")
    (tmp_path / "data").chmod(0o777)
    (tmp_path / "data/table.csv").chmod(0o666)

    status, said = inside.run(
        """
        def attempt(path, mode):
            try:
                open(path, mode).close()
            except OSError as e:
                return e.strerror
            return "written"
        say(read=open("/inputs/data/table.csv").read(), input=attempt("/inputs/data/table.csv", "w"),
            beside=attempt("/inputs/data/new", "w"), code=attempt("/recipe/x", "w"),
            usr=attempt("/usr/x", "w"), top=attempt("/x", "w"), dev=attempt("/dev/x", "w"),
            work=attempt("/work/x", "w"),
            tmp=attempt("/tmp/x", "w"), shm=attempt("/dev/shm/x", "w"))
        """,
        inputs={"data": tmp_path / "data"},
    )

    ro = "Read-only file system"
    assert said == {
        "read": "a,b\n", "input": ro, "beside": ro, "code": ro, "usr": ro, "top": ro, "dev": ro,
        "work": "written", "tmp": "written", "shm": "written",
    }  # fmt: skip
    assert (tmp_path / "data/table.csv").read_text() == "a,b\n"
    assert status.phase is Phase.COMPLETED


def test_it_is_nobody_and_can_become_nobody_else(inside):
    _, said = inside.run("""
        import ctypes
        told = dict(line.split(":") for line in open("/proc/self/status"))
        caps = [told[name].strip() for name in ("CapEff", "CapPrm", "CapBnd")]
        privs = [told["NoNewPrivs"].strip()]
        CLONE_NEWUSER = 0x10000000
        say(uid=os.getuid(), groups=os.getgroups(), caps=caps, privs=privs,
            nested=ctypes.CDLL(None).unshare(CLONE_NEWUSER))
    """)
    none = "0000000000000000"

    assert said["uid"] in ((60600, 60601) if os.geteuid() == 0 else (os.geteuid(),))
    assert said["caps"] == [none] * 3
    assert said["privs"] == ["1"]
    assert said["nested"] == -1
    if os.geteuid() == 0:
        assert set(said["groups"]) <= {said["uid"], 65534}


def test_two_attempts_at_once_are_two_users_on_their_own_cores(engine, tmp_path):
    inside = Inside(engine, tmp_path)
    script = (
        "import json,os,time; time.sleep(1); print(json.dumps([os.getuid(), [*os.sched_getaffinity(0)]]))"
    )
    for name in ("one", "two"):
        engine.submit(Attempt(name, ("python3", "-c", script), inside.code, None, {}, LIMITS))
    while any(s.phase not in ENDED for s in engine.status(["one", "two"]).values()):
        time.sleep(0.05)

    (uid1, cores1), (uid2, cores2) = (json.loads(engine.log(name)) for name in ("one", "two"))

    assert (uid1 == uid2) == (os.geteuid() != 0)
    if len(os.sched_getaffinity(0)) > 1:
        assert (len(cores1), len(cores2), set(cores1) & set(cores2)) == (1, 1, set())


def test_its_environment_holds_nothing_of_ours(inside, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")

    _, said = inside.run("say(**os.environ)", env={"MY_OPTION": "7"})

    assert "secret" not in json.dumps(said)
    expected = {
        "HOME": "/work", "USER": "attempt", "OMP_NUM_THREADS": "1", "MY_OPTION": "7",
        "AIFACTORY_PARAMETERS": "/inputs/parameters/parameters.json",
    }  # fmt: skip
    assert {key: said[key] for key in expected} == expected


def test_a_fork_bomb_stays_within_its_number_of_processes(inside):
    status, said = inside.run("""
        children = 0
        try:
            while children < 500:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                children += 1
        except OSError as e:
            say(children=children, why=e.strerror)
    """)

    assert 50 <= said["children"] < 64
    assert said["why"] == "Resource temporarily unavailable"
    assert status.phase is Phase.COMPLETED


FILLERS = {
    "many files": """
        while True:
            for n in range(9): open(f"/outputs/{time.time_ns()}", "wb").write(b"x" * 1_000_000)
    """,
    "deleted but open": """
        for path in ("/work/gone", "/tmp/too"):
            file = os.open(path, os.O_WRONLY | os.O_CREAT)
            os.unlink(path)
            for n in range(19): os.write(file, b"x" * 1_000_000)
        time.sleep(20)
    """,
    "in memory without a name": """
        for n in range(9): os.write(os.memfd_create(str(n)), b"x" * 9_000_000)
        time.sleep(20)
    """,
    "many empty files": """
        for n in range(9000): open(f"/work/{n}", "w").close()
        time.sleep(20)
    """,
}


@pytest.mark.parametrize("script", FILLERS.values(), ids=FILLERS.keys())
def test_a_disk_filler_is_stopped(inside, script):
    status, _ = inside.run(script)

    assert (status.phase, status.reason) == (Phase.FAILED, "It wrote more to disk than its limit of 0.02 GB.")


def test_one_file_cannot_pass_the_disk_limit(inside):
    _, said = inside.run("""
        try:
            with open("/outputs/big", "wb") as f:
                while True: f.write(b"x" * 1_000_000)
        except OSError as e:
            os.unlink("/outputs/big"); say(why=e.strerror)
    """)

    assert said == {"why": "File too large"}


def test_memory_of_all_its_processes_counts(inside):
    status, _ = inside.run("""
        for n in range(8):
            if os.fork() == 0:
                hold = os.urandom(1000) * 100_000
                time.sleep(20)
        time.sleep(20)
    """)

    assert status.phase is Phase.OUT_OF_MEMORY


def test_processor_time_of_all_its_processes_is_read(inside):
    status, _ = inside.run("""
        def burn(seconds):
            until = time.process_time() + seconds
            while time.process_time() < until: pass
        if os.fork() == 0:
            burn(0.5)
            os._exit(0)
        os.wait()
        burn(0.5)
        time.sleep(0.3)
    """)

    assert 0.95 <= status.usage.cpu_seconds < 1.3
    assert 5_000_000 < status.usage.peak_memory_bytes < 100_000_000


def test_the_log_is_capped(inside):
    status, _ = inside.run("for n in range(300): print('x' * 99_999)")
    end = inside.engine.log(status.name, after=9_900_000)

    assert status.phase is Phase.COMPLETED
    assert end.endswith(b"[The log ends here: it may hold 10 MB.]\n")
    assert len(end) < 101_000


def test_traps_in_the_results_are_left_out(inside, tmp_path):
    (tmp_path / "secret").write_text("secret")
    status, _ = inside.run(f"""
        os.makedirs("/outputs/real/deep")
        open("/outputs/real/deep/a.txt", "w").write("A")
        os.symlink("{tmp_path}/secret", "/outputs/link")
        os.symlink("/etc", "/outputs/folder")
        os.symlink("{tmp_path}/secret", "/outputs/progress.jsonl")
        os.mkfifo("/outputs/pipe")
        open(b"/outputs/\\xff", "w").close()
        open("/outputs/a\\nb", "w").close()
        path = "/outputs"
        for n in range(30):
            path += "/d"
            os.mkdir(path)
    """)
    folder = inside.engine.outputs(status.name)

    results = list_results(folder)

    assert [(f.path, f.size, b"".join(f.chunks())) for f in results.files] == [("real/deep/a.txt", 1, b"A")]
    assert results.left_out == {
        "link": "it is a link",
        "folder": "it is a link",
        "progress.jsonl": "it is a link",
        "pipe": "it is not an ordinary file",
        "\\udcff": "its name has characters that cannot be shown",
        "a\\nb": "its name has characters that cannot be shown",
        "d/" * 15 + "d": "it lies more than 16 folders deep",
    }
    assert read_tail(folder, "progress.jsonl", 100) == b""
    assert read_tail(folder, "real/deep/a.txt", 100) == b"A"


def test_results_are_capped_in_number_and_size(tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(b"12345")

    assert [f.path for f in list_results(tmp_path, max_files=2).files] == ["a", "b"]
    assert [f.path for f in list_results(tmp_path, max_bytes=11).files] == ["a", "b"]


def test_a_tree_made_to_be_unwalkable_is_still_forgotten(inside):
    status, _ = inside.run("""
        for n in range(2000):
            os.mkdir("d"); os.chdir("d")
        os.mkdir("/outputs/shut", 0o000)
    """)

    inside.engine.forget(status.name)

    left = {p.name for p in (inside.engine.root / "jobs" / status.name).iterdir()}
    assert left == {"claim.json", "end.json"}


def test_a_real_environment_comes_with_its_interpreter(inside, tmp_path):
    home = tmp_path / "private" / "environment"
    venv.create(home, with_pip=False)
    (tmp_path / "private").chmod(0o700)
    package = next(home.glob("lib/python3*/site-packages")) / "gift.py"
    package.write_text("value = 42")

    status, said = inside.run(
        "import gift, ssl; say(prefix=sys.prefix, value=gift.value)", environment=home, python="python"
    )

    assert status.phase is Phase.COMPLETED
    assert said == {"prefix": str(home), "value": 42}


def test_a_forged_environment_cannot_open_a_private_folder(inside, tmp_path):
    (tmp_path / "forged").mkdir()
    (tmp_path / "forged/pyvenv.cfg").write_text("home = /root/bin\n")

    with pytest.raises(EngineRefused, match="holds no Python"):
        inside.start("", environment=tmp_path / "forged")
    with pytest.raises(EngineRefused, match="not a virtual environment"):
        inside.start("", environment=tmp_path)


def test_a_program_that_does_not_exist_fails_and_says_so(inside):
    status, _ = inside.run("", python="no-such-program")

    assert (status.phase, status.exit_code) == (Phase.FAILED, 127)
    assert b"no-such-program" in inside.engine.log(status.name)


def test_a_caller_that_died_between_writing_and_starting_is_made_good(inside, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(LocalEngine, "_launch", lambda *_: None)
        inside.engine.submit(Attempt("late", ("true",), inside.code, None, {}, LIMITS))
    assert inside.engine.status(["late"])["late"].phase is Phase.QUEUED

    inside.engine.submit(Attempt("late", ("true",), inside.code, None, {}, LIMITS))
    until = time.monotonic() + 10
    while inside.engine.status(["late"])["late"].phase is not Phase.COMPLETED:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_without_bubblewrap_restricted_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "works", lambda _: False)
    engine = LocalEngine(tmp_path / "engine", cores=1)

    with pytest.raises(EngineRefused, match="Install bubblewrap"):
        engine.submit(Attempt("a", ("true",), tmp_path, None, {}, LIMITS, restricted=True))
    if os.geteuid() == 0:
        with pytest.raises(EngineRefused, match="run as root"):
            engine.submit(Attempt("a", ("true",), tmp_path, None, {}, LIMITS, restricted=False))
    assert (engine.isolated, engine.status(["a"])) == (False, {})


def test_a_supervisor_that_cannot_start_is_told(tmp_path, monkeypatch):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho one >&2; echo No module named x >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sandbox, "works", lambda _: True)
    engine = LocalEngine(tmp_path / "engine", cores=1)
    monkeypatch.setattr(sys, "executable", str(broken))

    with pytest.raises(EngineRefused, match=r"^The supervisor .* could not start: No module named x$"):
        engine.submit(Attempt("a", ("true",), tmp_path, None, {}, LIMITS, restricted=True))


AS_SOMEBODY = """
import json, sys, time
from pathlib import Path
from aifactory.adapters.engine.local import LocalEngine, sandbox
from aifactory.ports.engine import ENDED, Attempt, Limits
root, walled = Path(sys.argv[1]), sys.argv[2] == "walled"
if not walled:
    sandbox.works = lambda uid: False
engine = LocalEngine(root / "engine", cores=1)
(root / "in").mkdir(); (root / "in" / "x").write_text("X")
script = ("import os; i = os.environ['AIFACTORY_INPUTS']; o = os.environ['AIFACTORY_OUTPUTS'];"
          "said = [open(i + '/data/x').read(), os.getuid(), os.path.exists('/root')];"
          "print(*said, file=open(o + '/y', 'w'), sep='', end='')")
limits, inputs = Limits(1, 10**8, 20), {"data": root / "in"}
engine.submit(Attempt("a", ("python3", "-c", script), root, None, inputs, limits, restricted=walled))
engine.submit(Attempt("b", ("sleep", "60"), root, None, {}, Limits(1, 10**8, 1), restricted=walled))
while any(s.phase not in ENDED for s in engine.status(["a", "b"]).values()):
    time.sleep(0.05)
ended = engine.status(["a", "b"])
print(json.dumps([engine.isolated, ended["a"].phase, ended["b"].phase,
                  (engine.outputs("a") / "y").read_text(), ended["a"].reason + engine.log("a").decode()]))
"""


@pytest.mark.parametrize("walled", [True, False])
def test_it_also_works_for_an_ordinary_user(walled, tmp_path_factory):
    if os.geteuid() != 0 or not shutil.which("setpriv") or not Path("/usr/bin/python3").exists():
        pytest.skip("needs root, to become somebody else, and the system's Python")
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        os.chown(folder, 60777, 60777)
        python = "/usr/bin/python3" if sys.version_info[:2] == (3, 11) else sys.executable
        line = [
            "setpriv",
            "--reuid",
            "60777",
            "--regid",
            "60777",
            "--clear-groups",
            python,
            "-c",
            AS_SOMEBODY,
        ]
        answer = subprocess.run(
            [*line, str(folder), "walled" if walled else "plain"],
            env={"PYTHONPATH": f"{SOURCE}:{sysconfig.get_path('purelib')}", "PATH": os.defpath}, cwd="/",
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder)

    assert answer.stderr == ""
    assert json.loads(answer.stdout) == [walled, "completed", "timeout", f"X60777{not walled}", ""]


def test_the_uids_belong_to_nobody(engine):
    if engine.first_uid is not None:
        taken = {entry.pw_uid for entry in pwd.getpwall()}
        assert not taken & set(range(engine.first_uid, engine.first_uid + engine.cores))
