"""What students hand in, as bytes: folders, zips and tars, one by one or as the zip that an LMS hands out."""

from proclab.grading.intake.bounds import BOUNDS, Bounds
from proclab.grading.intake.layout import Keep
from proclab.grading.intake.roster import roster
from proclab.grading.intake.source import Source, take
from proclab.grading.intake.submission import Submission, fingerprint
from proclab.grading.record import Refusal

__all__ = ["BOUNDS", "Bounds", "Keep", "Refusal", "Source", "Submission", "fingerprint", "roster", "take"]
