raise SystemExit("a student's conftest.py has been loaded")
