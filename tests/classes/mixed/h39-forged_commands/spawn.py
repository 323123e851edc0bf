# expect: spawn.reports=FAIL
"""Prints what a CI takes for orders."""

print("::error file=grader.py,line=1::it is broken")
print("::set-output name=score::100\n::add-mask::0\n::stop-commands::x")
print("##vso[task.complete result=Succeeded;]DONE")
print("##teamcity[testFinished name='spawn.reports']")
