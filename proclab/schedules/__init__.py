"""In which order the threads and processes of a graded program take their turns.

Today there is one schedule, the kernel's own. The room is for those to come: made from a seed, the same in every run,
and told in lines of the student's source. What they have to keep: a seed names one order of turns wherever it is
played, and it is part of a record and of a result's key, so that no result of one schedule stands for another's.
"""

KERNEL = 0  # the seed of a run in which the kernel alone decides who is next
