"""The labs: what lab.toml says (lab), and whether a played lab shows what that promises (verify).

labs = discover(ROOT)                              every lab of the checkout
found = complaints(lab, performances(output))      what the conductor's output of a played lab does not show
"""

from proclab.labs.lab import Demo, Lab, LabError, Scene, Step, Task, discover, in_language
from proclab.labs.verify import Performance, complaints, performances

__all__ = [
    "Demo",
    "Lab",
    "LabError",
    "Performance",
    "Scene",
    "Step",
    "Task",
    "complaints",
    "discover",
    "in_language",
    "performances",
]
