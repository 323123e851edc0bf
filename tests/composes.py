"""Every Compose of this machine: 1.29, and 2.x as scripts/compose2 finds or fetches it."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from proclab import ROOT


@cache
def composes() -> dict[str, list[str]]:
    """Version -> command. A plugin of Compose 2.x is a command of its own too."""
    found = {}
    if shutil.which("docker-compose"):
        found["1.29"] = ["docker-compose"]
    second = subprocess.run([ROOT / "scripts/compose2"], capture_output=True, text=True, check=False)
    if second.returncode == 0:
        plugin = Path(second.stdout.strip()) / "cli-plugins" / "docker-compose"
        found["2.x"] = [str(plugin)] if plugin.exists() else ["docker", "compose"]
    return found
