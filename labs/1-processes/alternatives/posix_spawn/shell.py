"""The shell by posix_spawn(3): what is to be opened for the program is a list of actions."""

import os
import sys

OPEN = os.POSIX_SPAWN_OPEN
HOW = {"<": (0, os.O_RDONLY), ">": (1, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)}
status = 0


def launch(words):
    actions, argv = [], []
    while words:
        word = words.pop(0)
        if word in HOW:
            fd, flags = HOW[word]
            name = words.pop(0)
            if word == "<" and not os.path.exists(name):
                raise OSError(f"{name}: no such file")
            actions.append((OPEN, fd, name, flags, 0o644))
        else:
            argv.append(word)
    try:
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    except (FileNotFoundError, PermissionError) as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        return 127
    _, word = os.waitpid(pid, 0)
    return os.WTERMSIG(word) + 128 if os.WIFSIGNALED(word) else os.WEXITSTATUS(word)


def builtin_cd(folder=None):
    os.chdir(folder or os.getenv("HOME"))
    return 0


def builtin_exit(code=None):
    sys.exit(status if code is None else int(code))


for text in sys.stdin:
    words = text.replace("$?", str(status)).split()
    if not words:
        continue
    try:
        builtin = {"cd": builtin_cd, "exit": builtin_exit}.get(words[0])
        status = builtin(*words[1:]) if builtin else launch(words)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        status = 1
sys.exit(status)
