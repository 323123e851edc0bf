"""What a shell makes of `echo one | cat > file`: a pipe, two forks, dup2 over 0 and 1, exec."""

import os


def run(words, standard_input, standard_output, *others):
    child = os.fork()
    if child == 0:
        os.dup2(standard_input, 0)
        os.dup2(standard_output, 1)
        for fd in others:
            os.close(fd)
        os.execvp(words[0], words)
    return child


read, write = os.pipe()
out = os.open("shell_pipe.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
left = run(["echo", "one"], 0, write, read, out)
os.close(write)  # before cat waits for the end of file that an open write end keeps from it
right = run(["cat"], read, out)
os.close(read)
os.close(out)
os.waitpid(left, 0)
os.waitpid(right, 0)
with open("shell_pipe.txt") as file:
    assert file.read() == "one\n"
os.unlink("shell_pipe.txt")
