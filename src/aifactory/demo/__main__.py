"""`script/demo`: makes a fresh factory and walks one application through all of it, or 120 through a whole call."""

import argparse
import os
import shutil
import sys
from pathlib import Path

HOME = Path(os.environ.get("AIFACTORY_HOME", ".factory"))


def main() -> int:
    """Run the demonstration; 0 only if every step truly happened."""
    asked = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    asked.add_argument("--example", choices=["hospital", "images", "grid", "call"], default="hospital")
    example = asked.parse_args().example
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
    import django

    django.setup()
    if example == "call":
        from aifactory.demo.call.play import play as play_call

        return play_call(HOME.resolve())
    from aifactory.demo.play import play

    return play(example, HOME.resolve())


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
