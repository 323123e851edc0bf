"""The words of the live view, in English and in Russian: one table, no logic but plurals.

Names in braces are the arguments. What is to be noticed is worded by the facts themselves (proclab/state).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # proclab.state takes a tenth of a second; the samplers can start meanwhile
    from proclab.state.fact import Lang

LANGS: tuple[Lang, ...] = ("en", "ru")

WORDS: Mapping[str, tuple[str, str]] = {
    # the frame
    "heading": ("{title}, sampled at {at}: {what}", "{title}, снимок в {at}: {what}"),
    "between": (" (what is over between two samples is not seen)", " (что прошло между снимками, того не видно)"),
    "nothing": ("{title}: nothing runs", "{title}: ничего не выполняется"),
    "waiting": ("{title}: waiting for the first sample", "{title}: ждём первого снимка"),
    "container": ("container {box}", "контейнер {box}"),
    "notice": ("What to notice", "На что обратить внимание"),
    "changed": ("What has changed", "Что изменилось"),
    "more.lines": ("… {count} more lines: make look-N shows all", "… ещё строк: {count}; make look-N покажет всё"),
    "more.facts": ("… and {count} more like this", "… и ещё таких: {count}"),
    # processes
    "init": ("{pid} {name}: the container's init", "{pid} {name}: init контейнера"),
    "own": ("{pid} {name}: proclab's own", "{pid} {name}: служебный процесс proclab"),
    "zombie": ("{pid} {name}: ZOMBIE ({end}; its parent {ppid} has not waited for it)",
               "{pid} {name}: ЗОМБИ ({end}; родитель {ppid} не вызвал для него wait)"),
    "zombies": ("{pids} {name}: {count} ZOMBIES ({end}; their parent {ppid} has not waited for them)",
                "{pids} {name}: ЗОМБИ, всего {count} ({end}; родитель {ppid} не вызвал для них wait)"),
    "ended": ("ended", "завершён"),
    "exited": ("exit code {code}", "код завершения {code}"),
    "killed": ("killed by {sig}", "убит сигналом {sig}"),
    "recorded": (", being recorded", ", идёт запись"),
    "runs.recorded": ("runs or waits, being recorded", "выполняется или ждёт, идёт запись"),
    "thread": ("thread {tid}{name}: {what}", "поток {tid}{name}: {what}"),
    "state.R": ("runs", "выполняется"),
    "state.S": ("sleeps", "спит"),
    "state.D": ("sleeps, not to be disturbed", "спит, прервать нельзя"),
    "state.T": ("stopped by a signal", "остановлен сигналом"),
    "state.t": ("traced", "под трассировкой"),
    "state.Z": ("zombie", "зомби"),
    "state.X": ("dead", "мёртв"),
    "state.I": ("idle", "простаивает"),
    "state.P": ("parked", "припаркован"),
    "state": ("state {letter}", "состояние {letter}"),
    # what a thread stands in
    "in.fd": ("waits in {call} of fd {fd}", "ждёт в {call}, fd {fd}"),
    "in.call": ("waits in {call}", "ждёт в {call}"),
    "in.channel": ("waits in {raw} of the kernel", "ждёт в ядре: {raw}"),
    "sleep": ("sleeps for a time", "спит заданное время"),
    "signal": ("waits for a signal", "ждёт сигнала"),
    "sigwait": ("waits for a signal (sigwait)", "ждёт сигнала (sigwait)"),
    "poll": ("waits for one of several descriptors ({call})", "ждёт любого из нескольких дескрипторов ({call})"),
    "open": ("waits in open: of a FIFO, or of a slow file", "ждёт в open: это FIFO или медленный файл"),
    "fifo": ("waits in open of a FIFO", "ждёт в open, открывая FIFO"),
    "futex": ("waits for a lock or a thread (futex)", "ждёт блокировку или поток (futex)"),
    "child": ("waits for child {child}", "ждёт потомка {child}"),
    "children": ("waits for a child", "ждёт любого потомка"),
    "pipe.read": ("waits for bytes in a pipe", "ждёт байтов из канала"),
    "pipe.write": ("waits for room in a pipe", "ждёт места в канале"),
    "accept": ("waits for a connection", "ждёт соединения"),
    "socket.read": ("waits for bytes of a socket", "ждёт байтов из сокета"),
    "woken": ("waits for bytes of a socket or terminal", "ждёт байтов из сокета или с терминала"),
    "tty": ("waits for a line of the terminal", "ждёт строки с терминала"),
    "stopped": ("stopped by a signal", "остановлен сигналом"),
    "same": (", at the same one as {tids}", ", на том же, что {tids}"),
    "thing": (" ({name}{other})", " ({name}{other})"),
    # descriptors
    "fds.unread": ("descriptors: may not be read", "дескрипторы: прочитать нельзя"),
    "docker": ("Docker's pipe", "канал Docker"),
    "docker.fd": ("Docker's pipe, out of the container", "канал Docker, за пределы контейнера"),
    "dockers": ("Docker's pipes, out of the container", "каналы Docker, за пределы контейнера"),
    "written": ("write end: {who}", "конец для записи: {who}"),
    "read": ("read end: {who}", "конец для чтения: {who}"),
    "held": ("held by {who}", "держит {who}"),
    "other": ("other end: {who}", "другой конец: {who}"),
    "itself": (" (only itself)", " (только он сам)"),
    "more": ("{count} more", "ещё {count}"),
    "other.unseen": ("other end: not in this look", "другого конца на снимке нет"),
    "other.none": ("no other end", "другого конца нет"),
    "written.none": ("write end: nobody, so end of file once it is empty",
                     "конец для записи: никто, после остатка конец файла"),
    "read.none": ("read end: nobody, so a write brings SIGPIPE", "конец для чтения: никто, запись вызовет SIGPIPE"),
    "tcp.listen": ("TCP socket, listens at {local}", "TCP-сокет, слушает {local}"),
    "inet": ("{kind} socket {local} ⇄ {remote}{state}", "{kind}-сокет {local} ⇄ {remote}{state}"),
    "unix": ("Unix socket{path}", "Unix-сокет{path}"),
    "unix.listen": ("Unix socket, listens at{path}", "Unix-сокет, слушает{path}"),
    "tcp.1": ("connected", "соединён"),
    "tcp.2": ("connecting", "соединяется"),
    "tcp.3": ("being connected", "с ним соединяются"),
    "tcp.4": ("closing", "закрывается"),
    "tcp.6": ("closed lately", "недавно закрыт"),
    "tcp.7": ("not connected", "не соединён"),
    "tcp.8": ("closed by the other side", "закрыт другой стороной"),
    "tcp": ("state {number}", "состояние {number}"),
    # signals
    "signals": ("signals: {sets}", "сигналы: {sets}"),
    "pending": ("pending {names}", "ожидают {names}"),
    "blocked": ("blocked {names}", "заблокированы {names}"),
    "caught": ("handled {names}", "есть обработчик {names}"),
    "ignored": ("ignored {names}", "игнорируются {names}"),
    "blocks": ("; blocks {names}", "; блокирует {names}"),
    "all": ("all", "все"),
    "all.but": ("all but {names}", "все, кроме {names}"),
    # changes
    "new": ("is new, a child of {ppid}", "появился, потомок процесса {ppid}"),
    "new.zombie": ("is new, a child of {ppid}, already a zombie", "появился, потомок процесса {ppid}, уже зомби"),
    "gone": ("is gone", "исчез"),
    "now.zombie": ("has ended: a zombie", "завершился: зомби"),
    "orphan": ("is an orphan: its parent is {ppid} now", "стал сиротой: теперь его родитель — {ppid}"),
    "exec": ("runs another program: {command}", "выполняет другую программу: {command}"),
    "thread.new": ("has a new thread {tid}", "запустил поток {tid}"),
    "thread.gone": ("has lost thread {tid}", "поток {tid} завершился"),
    "closed": ("closed fd {fd} ({name})", "закрыл fd {fd} ({name})"),
    "opened": ("opened fd {fd} ({name})", "открыл fd {fd} ({name})"),
    "of.thread": ("thread {tid} ", "поток {tid} "),
    # troubles
    "over": ("it has ended", "контейнер завершился"),
    "old.image": ("it was started from an older image; start it again",
                  "запущен из старого образа; запустите заново"),
    "no.answer": ("no answer within {seconds} s from {boxes}", "за {seconds} с нет ответа от {boxes}"),
    "no.sample": ("this is no sample of /proc", "это не снимок /proc"),
}  # fmt: skip

NUMBERS: Mapping[str, tuple[tuple[str, str], tuple[str, str, str]]] = {
    "process": (("process", "processes"), ("процесс", "процесса", "процессов")),
    "zombie": (("zombie", "zombies"), ("зомби", "зомби", "зомби")),
    "thread": (("thread", "threads"), ("поток", "потока", "потоков")),
}


def word(key: str, lang: Lang, **args: object) -> str:
    """The words of this key, filled in.

    >>> word("child", "en", child=9)
    'waits for child 9'
    """
    return WORDS[key][LANGS.index(lang)].format_map(args)


def variant(key: str, what: object, lang: Lang, **args: object) -> str:
    """The words for this sort of thing, where it has its own."""
    own = f"{key}.{what}"
    return word(own if own in WORDS else key, lang, **args)


def number(count: int, what: str, lang: Lang) -> str:
    """`1 process`, `3 processes`."""
    from proclab.state.fact import count_ru

    english, russian = NUMBERS[what]
    return count_ru(count, *russian) if lang == "ru" else f"{count} {english[count != 1]}"
