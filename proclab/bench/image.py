"""Rows of `make bench` about the image: its size, and the time from nothing to the first line of a lab."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from proclab import ROOT
from proclab.bench.figures import Amount, Figure
from proclab.bench.stopwatch import run, until_line
from proclab.compose import Project, dotenv
from proclab.doctor.host import ask, parse_image
from proclab.engine import labels


def image_size(project: Project) -> Figure:
    found = ask(["docker", "image", "inspect", project.services["lab-1"].image])
    return Amount("image", parse_image(found.out).size / 1e6, "MB", 100)


def from_nothing() -> Figure:
    """A clone without image and venv, to the first line of lab 1. Its recipe is another: nothing made before fits."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        clone = Path(folder) / "clone"
        run(["git", "clone", "--quiet", str(ROOT), str(clone)])
        with (clone / "docker/bootstrap").open("a") as recipe:
            recipe.write(f"# {labels.new_run()}\n")
        before = image_tags()
        latest = ask(["docker", "image", "inspect", "--format", "{{.Id}}", "proclab:latest"])
        stack.callback(forget_images, clone, before, latest.out.strip())
        taken = until_line(["make", "--silent", "lab-1"], b"", {}, clone)
    return Amount("from nothing to lab 1's first line", taken, "s", 45)


def image_tags() -> set[str]:
    """The names of the images that scripts/image made."""
    listed = ask(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}"])
    return {name for name in listed.out.split() if name.startswith(("proclab:", "proclab-rootfs:"))}


def forget_images(clone: Path, before: set[str], latest: str) -> None:
    """Remove what the clone's build left: its image and its root file system. `latest` is what it was."""
    if latest:
        run(["docker", "tag", latest, "proclab:latest"])
    own = dotenv(clone).get("PROCLAB_IMAGE", "")
    trees = {name for name in image_tags() - before if name.startswith("proclab-rootfs:")}
    ask(["docker", "image", "rm", *sorted(trees | {own} - before)])
