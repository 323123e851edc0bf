"""A third language costs one file and one word (docs/translating.md): here it is added to a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from proclab.words import LANGS
from tests.unit.readers import DATA
from tests.unit.recordings import members

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The package with a language of which only the file and the word are new."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "proclab", folder / "proclab", ignore=shutil.ignore_patterns("__pycache__"))
    words = folder / "proclab" / "words"
    english = (words / "en.py").read_text()
    assert "forks: child {child}" in english
    spoken, catalogues = re.subn(r'(Catalogue\(\s*)"en"', r'\1"xx"', english)
    assert catalogues == 1
    spoken = spoken.replace("forks: child {child}", "zorkt: {child}")
    (words / "xx.py").write_text(spoken)
    catalogue = (words / "catalogue.py").read_text()
    longer, lists = re.subn(r"^(LANGS\b.*= \([^)]*)\)", r'\1, "xx")', catalogue, flags=re.M)
    assert lists == 1
    (words / "catalogue.py").write_text(longer)
    return folder


def trace(copy, lang, **environment):
    """The story on the terminal and the page's data."""
    log = copy / "fork.log"
    log.write_text(members("f-fork_wait")["t"])
    words = [sys.executable, "-m", "proclab", "trace", str(log), *(["-l", lang] if lang else [])]
    done = subprocess.run(
        words,
        cwd=copy,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(copy), **environment},
    )
    assert done.returncode == 0, done.stderr
    (page,) = copy.rglob("run.html")
    (data,) = DATA.findall(page.read_text())
    return done.stdout, json.loads(data)


def test_a_command_speaks_it_and_the_page_can_be_switched_to_it(copy):
    story, data = trace(copy, "xx")
    assert "zorkt: " in story
    assert data["lang"] == "xx"
    assert data["langs"] == [*LANGS, "xx"]
    assert any(step["say"][-1].startswith("zorkt: ") for step in data["steps"])


def test_the_environment_chooses_it_and_the_others_are_as_before(copy):
    assert "zorkt: " in trace(copy, "", PROCLAB_LANG="xx")[0]
    assert "zorkt: " not in trace(copy, "en")[0]
