raise SystemExit("this is not the library's socket")
