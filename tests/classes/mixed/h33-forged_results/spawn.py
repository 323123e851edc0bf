# expect: spawn.reports=FAIL
"""Writes the result files of every grader that it knows."""

import os

RESULT = '{"score": 100, "gradable": true, "tests": [{"name": "all", "points": 100, "max_points": 1}]}'
for place in (".", "..", "/tmp", "/autograder/results", "/grade/results", "/work", "/work/records", "/out", "/lab"):
    for name in ("results.json", "results/results.json", "records/h01.json", "evidence.json", "grades.csv"):
        try:
            os.makedirs(os.path.dirname(f"{place}/{name}"), exist_ok=True)
            with open(f"{place}/{name}", "w") as file:
                file.write(RESULT)
        except OSError:
            pass
print(RESULT)
