"""What a program with a fault plan goes through before it is itself: the filter is made, its other end sent away.

    shim CHANNEL FOLDER AFTER CALL,CALL… -- PROGRAM…

Between the filter's making and the program no call may be one that the filter asks about, but sendmsg: nobody would
answer. So the descriptor goes by a message that the filter lets through (notices.program).
"""

import fcntl
import os

import child
import notices
import words

FAR = 900  # a number that no program comes to with its own descriptors: that one's message is never asked about


def main(argv: list[str]) -> int:
    """Becomes the program."""
    channel, folder, after, calls = int(argv[0]), argv[1], argv[2], set(argv[3].split(","))
    program = argv[5:]
    try:
        child.heed_signals()
        far = fcntl.fcntl(channel, fcntl.F_DUPFD_CLOEXEC, FAR)
        os.close(channel)
        fd = notices.install(notices.program(calls, os.uname().machine, far))
    except OSError as error:
        words.say("plan_refused", why=error.strerror)
        return 126
    try:
        notices.send(far, fd, folder, after)
    except OSError:  # nobody is there, so no word could be written any more
        os._exit(126)
    try:
        child.exec_by_path(program, dict(os.environ))
    except OSError as error:
        os.write(2, f"proclab: {program[0]}: {error.strerror}\n".encode(errors="surrogateescape"))
        return 127 if isinstance(error, FileNotFoundError) else 126
    return 0
