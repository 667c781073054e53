"""`script/demo`: makes a fresh factory and walks one application through all of it, or 120 through a whole call."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(os.environ.get("AIFACTORY_HOME", ".factory"))


def main() -> int:
    """Run the demonstration; 0 only if every step truly happened."""
    asked = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    asked.add_argument("--example", choices=["hospital", "images", "grid", "call"], default="hospital")
    asked.add_argument(
        "--engine", choices=["local", "slurm"], default="local", help="slurm: a real one, started for this"
    )
    example, engine = (given := asked.parse_args()).example, given.engine
    if example == "grid" and not os.environ.get("AIFACTORY_SHARED"):
        print(
            "The grid example reads data/green from the folder that AIFACTORY_SHARED names; please set it.",
            file=sys.stderr,
        )
        return 2
    make_room(HOME)
    os.environ["AIFACTORY_HOME"] = str(HOME.resolve())
    if example == "grid":  # the factory plans with the forecast that it will make
        os.environ["AIFACTORY_CARBON_FORECAST"] = str(HOME.resolve() / "carbon-forecast.json")
    os.environ["DJANGO_SETTINGS_MODULE"] = "aifactory.config.settings"
    return on_slurm(example) if engine == "slurm" else on_this_machine(example)


def on_this_machine(example: str) -> int:
    """Play the example, on the engine that the environment names."""
    import django

    django.setup()
    if example == "call":
        from aifactory.demo.call.play import play as play_call

        return play_call(HOME.resolve())
    from aifactory.demo.play import play

    return play(example, HOME.resolve())


def on_slurm(example: str) -> int:
    """Play it on a real Slurm, started for this and stopped after; then compare its books with our ledger."""
    from aifactory.demo.cluster import cluster

    print("Starting a Slurm of our own: two nodes with four pretended GPUs each, and a small one.")
    with cluster() as made:
        os.environ |= {
            "AIFACTORY_ENGINE": "slurm", "AIFACTORY_SLURM_CONF": str(made.conf), "AIFACTORY_SLURM_REST": made.rest,
            "AIFACTORY_SLURM_JWT_KEY": str(made.jwt_key), "AIFACTORY_SLURM_USER": made.setting.user,
        }  # fmt: skip
        return on_this_machine(example) or books_agree()


def books_agree() -> int:
    """Bring the ledger up to date and print the sums of both, in seconds; 1 where they differ."""
    for words in (["read"], ["compare", "--days", "1"]):
        line = [str(Path(sys.executable).parent / "aifactory"), "admin", "cluster", *words]
        if subprocess.run(line, check=False).returncode:
            return 1
    return 0


def make_room(home: Path) -> None:
    """Begin with a fresh factory; the one of the last run is kept aside."""
    if not home.exists():
        return
    previous = home.with_name(home.name + ".previous")
    shutil.rmtree(previous, ignore_errors=True)
    home.rename(previous)
    print(
        f"The factory of the last run is kept in {previous}. To go back to it: AIFACTORY_HOME={previous} script/serve"
    )


if __name__ == "__main__":
    sys.exit(main())
