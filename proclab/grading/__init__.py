"""What a submission is worth, and why. For checks (labs/N-name/checks.py): check, act, Student, Live, Ours.

    with Grader(course(ROOT, [1])) as grader:
        graded = grader.grade(submission)          the record of a submission, and what stands beside it

record.py  the record             marking.py what a check is          student.py, done.py  what a check is given
ground.py  the containers         plugin.py pytest, started once     grader.py            all of it together
"""

from proclab.grading.acting import act
from proclab.grading.course import GradedLab, course, keep_list
from proclab.grading.done import Done
from proclab.grading.failure import CheckFailed
from proclab.grading.grader import Graded, Grader
from proclab.grading.marking import Check, check
from proclab.grading.record import Record, Refusal, Result, Seen, Verdict, dumps, loads
from proclab.grading.student import Live, Ours, Student

__all__ = [
    "Check",
    "CheckFailed",
    "Done",
    "Graded",
    "GradedLab",
    "Grader",
    "Live",
    "Ours",
    "Record",
    "Refusal",
    "Result",
    "Seen",
    "Student",
    "Verdict",
    "act",
    "check",
    "course",
    "dumps",
    "keep_list",
    "loads",
]
