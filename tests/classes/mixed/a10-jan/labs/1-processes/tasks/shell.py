"""The shell that redirects itself for the time of a command and then takes its own input and output back."""

import os
import sys


class Redirected:
    """Descriptors 0 and 1 lead to files; afterwards they lead where they led before. The copies are close-on-exec."""

    def __init__(self, files):
        self.files = files
        self.kept = []

    def __enter__(self):
        try:
            for fd, (name, flags) in self.files.items():
                opened = os.open(name, flags, 0o666)
                self.kept.append((fd, os.dup(fd)))
                os.dup2(opened, fd)
                os.close(opened)
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for fd, copy in reversed(self.kept):
            os.dup2(copy, fd)
            os.close(copy)


def execute(argv):
    child = os.fork()
    if child == 0:
        try:
            os.execvp(argv[0], argv)
        except OSError as error:
            os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
            os._exit(127)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def split(words):
    argv, files = [], {}
    words = iter(words)
    for word in words:
        if word == "<":
            files[0] = next(words), os.O_RDONLY
        elif word == ">":
            files[1] = next(words), os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        else:
            argv.append(word)
    return argv, files


def obey(line, status):
    argv, files = split(str(status) if word == "$?" else word for word in line.split())
    match argv:
        case []:
            return status
        case ["exit"]:
            sys.exit(status)
        case ["exit", code]:
            sys.exit(int(code))
        case ["cd", *folder]:
            os.chdir(folder[0] if folder else os.environ["HOME"])
            return 0
    with Redirected(files):
        return execute(argv)


def main():
    status = 0
    commands = os.fdopen(os.dup(0))  # descriptor 0 is somebody else's now and then
    for line in commands:
        try:
            status = obey(line, status)
        except OSError as error:
            os.write(2, f"{error}\n".encode())
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
