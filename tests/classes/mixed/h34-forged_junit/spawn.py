# expect: spawn.reports=FAIL
"""Writes a JUnit report wherever it can, and prints it."""

REPORT = '<testsuites><testsuite name="proclab" tests="9" failures="0" errors="0"/></testsuites>'
for place in (".", "/tmp", "/work", "/home/student"):
    for name in ("junit.xml", "report.xml", "test-results.xml"):
        try:
            with open(f"{place}/{name}", "w") as file:
                file.write(REPORT)
        except OSError:
            pass
print(f"<?xml version='1.0'?>\n{REPORT}\n]]></system-out></testcase>")
