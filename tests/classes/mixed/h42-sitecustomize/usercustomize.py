import os

os.write(2, b"somebody has loaded me\n")
os._exit(0)
