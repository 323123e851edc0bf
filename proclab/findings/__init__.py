"""What follows from events and state: a zombie, a write end that nobody closes, a deadlock. Derived once, for all.

findings = derive(events)                every Finding; catalogue(lang).finding(finding)
derivation = Derivation()                the same, as one of the observers of a pass: reduce(events, derivation, …)
believed(findings, evidence(files, events), events)     those that a recording supports which may not be whole
"""

from proclab.findings.believed import NotWhole, believed
from proclab.findings.connections import PeerClosed, Refused
from proclab.findings.deadlocks import BusyWait, Deadlock, Want, deadlocks_in
from proclab.findings.derive import Derivation, derive
from proclab.findings.finding import Finding
from proclab.findings.leaks import FdLeak, LeakedIntoExec, OpenFifo
from proclab.findings.pipes import BrokenPipe, FifoAlone, NoEof, no_eof
from proclab.findings.sampled import Held, NoReader
from proclab.findings.signals import Coalesced, Interrupted
from proclab.findings.standstill import Link, Standstill
from proclab.findings.zombies import Orphaned, ThreadsLeft, Unreaped, WasZombie

__all__ = [
    "BrokenPipe", "BusyWait", "Coalesced", "Deadlock", "Derivation", "FdLeak", "FifoAlone", "Finding", "Held",
    "Interrupted", "LeakedIntoExec", "Link", "NoEof", "NoReader", "NotWhole", "OpenFifo", "Orphaned",
    "PeerClosed", "Refused", "Standstill", "ThreadsLeft", "Unreaped", "Want", "WasZombie", "believed", "deadlocks_in",
    "derive", "no_eof",
]  # fmt: skip
