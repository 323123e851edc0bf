"""What a container shall be: compose.yaml, read into specifications. Nothing here asks the engine.

project = load(Path("compose.yaml"))      its services, with variables from the environment and .env
spec = project.spec("lab-1")              a ContainerSpec: everything that the engine needs to know
"""

from proclab.compose.flags import docker_run
from proclab.compose.project import Project, dotenv, load, parse
from proclab.compose.spec import ContainerSpec, Mount, Network, Ulimit

__all__ = ["ContainerSpec", "Mount", "Network", "Project", "Ulimit", "docker_run", "dotenv", "load", "parse"]
