raise SystemExit("a student's checks.py has been loaded")
