"""What events are called, in English and in Russian: one table, no logic but the plural of bytes.

A phrase is a predicate; who does it stands in front of it ("9", "thread 10 of 9"). Names in braces are the arguments
that proclab/views/telling.py gives. `{bytes}` is made here from the argument `n`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Lang = Literal["en", "ru"]
LANGS: tuple[Lang, ...] = ("en", "ru")

PHRASES: Mapping[str, tuple[str, str]] = {
    # key: English, Russian
    "start": ("is running when the recording begins", "уже выполняется, когда начинается запись"),
    "start.seen": ("is there at the first look", "уже есть при первом взгляде"),
    "start.child": ("is running, child of {parent}", "выполняется, потомок процесса {parent}"),
    "fork": ("forks: child {child}", "fork: порождает потомка {child}"),
    "fork.vfork": ("vforks: child {child}, and stands still until its exec or end",
                   "vfork: порождает потомка {child} и стоит до его exec или конца"),
    "thread": ("starts thread {child}", "запускает поток {child}"),
    "exec": ("executes {argv}", "exec: выполняет программу {argv}"),
    "exec.closed": ("executes {argv}; close-on-exec closes fd {fds}",
                    "exec: выполняет программу {argv}; close-on-exec закрывает fd {fds}"),
    "exit.unseen": ("has ended; how was not seen", "завершился; как, не видно"),
    "exit": ("exits with status {code}", "завершается с кодом {code}"),
    "killed": ("is killed by {sig}", "убит сигналом {sig}"),
    "killed.core": ("is killed by {sig} (core dumped)", "убит сигналом {sig} (с дампом памяти)"),
    "thread_exit": ("thread ends", "поток завершается"),
    "wait.exited": ("reaps {child}: it exited with status {code}",
                    "забирает потомка {child}: завершился с кодом {code}"),
    "wait.unseen": ("reaps {child}", "забирает потомка {child}"),
    "wait.killed": ("reaps {child}: it was killed by {sig}", "забирает потомка {child}: убит сигналом {sig}"),
    "wait.peek": ("learns that {child} has ended, without reaping it",
                  "узнаёт, что {child} завершился, но не забирает его"),
    "wait.stopped": ("learns that {child} was stopped by {sig}", "узнаёт, что {child} остановлен сигналом {sig}"),
    "wait.continued": ("learns that {child} was continued", "узнаёт, что {child} продолжен"),
    "wait.nothing": ("asks for ended children: none yet", "спрашивает о завершившихся потомках: пока нет"),
    "orphan": ("has lost its parent", "потерял родителя: сирота"),
    "orphan.parent": ("has lost its parent; new parent {parent}", "сирота: новый родитель {parent}"),
    "stopped": ("is stopped by {sig}", "остановлен сигналом {sig}"),
    "inherit.now": ("has fd {fd} now: {obj}", "теперь имеет fd {fd}: {obj}"),
    "inherit": ("has fd {fd} from before: {obj}", "имеет с самого начала fd {fd}: {obj}"),
    "open": ("opens {path} as fd {fd}", "открывает {path} как fd {fd}"),
    "open.write": ("opens {path} for writing as fd {fd}", "открывает {path} на запись как fd {fd}"),
    "open.made": ("gets fd {fd}: {path}", "получает fd {fd}: {path}"),
    "fifo": ("makes FIFO {path}", "создаёт FIFO {path}"),
    "pipe": ("makes {obj}: read end fd {read}, write end fd {write}",
             "создаёт канал {obj}: конец чтения fd {read}, конец записи fd {write}"),
    "socket": ("makes a socket as fd {fd}: {obj} ({family})", "создаёт сокет fd {fd}: {obj} ({family})"),
    "socketpair": ("makes two connected sockets: fd {a} and fd {b}",
                   "создаёт пару соединённых сокетов: fd {a} и fd {b}"),
    "dup": ("fd {to} = the same open file as fd {fd} ({obj})", "fd {to} = тот же открытый файл, что fd {fd} ({obj})"),
    "dup.over": ("fd {to} = the same open file as fd {fd} ({obj}), what it was is closed",
                 "fd {to} = тот же открытый файл, что fd {fd} ({obj}); прежний закрыт"),
    "close": ("closes fd {fd} ({obj})", "закрывает fd {fd} ({obj})"),
    "close.last": ("closes fd {fd} ({obj}), the last one of it", "закрывает fd {fd} ({obj}), последний"),
    "fd_flags": ("fd {fd}: {flags}", "fd {fd}: {flags}"),
    "read": ("reads {bytes} from fd {fd} ({obj}){data}", "читает {bytes} из fd {fd} ({obj}){data}"),
    "read.eof": ("reads end of file from fd {fd} ({obj})", "читает конец файла из fd {fd} ({obj})"),
    "read.fds": ("receives {bytes} and fd {fds} from fd {fd} ({obj})",
                 "получает {bytes} и fd {fds} из fd {fd} ({obj})"),
    "write": ("writes {bytes} to fd {fd} ({obj}){data}", "пишет {bytes} в fd {fd} ({obj}){data}"),
    "write.fds": ("sends {bytes} and its fd {fds} to fd {fd} ({obj})",
                  "посылает {bytes} и свой fd {fds} в fd {fd} ({obj})"),
    "bind": ("binds {obj} to {addr}", "привязывает {obj} к адресу {addr}"),
    "listen": ("listens on {obj}, backlog {backlog}", "слушает {obj}, очередь {backlog}"),
    "connect": ("connects fd {fd} to {addr}", "соединяет fd {fd} с {addr}"),
    "accept": ("accepts a connection from {addr} as fd {new}", "принимает соединение от {addr} как fd {new}"),
    "shutdown": ("shuts fd {fd} down ({how})", "закрывает направление fd {fd} ({how})"),
    "sig_send": ("sends {sig} to {to}", "посылает {sig} процессу {to}"),
    "sig_send.group": ("sends {sig} to process group {to}", "посылает {sig} группе процессов {to}"),
    "sig_send.all": ("sends {sig} to all it may", "посылает {sig} всем, кому можно"),
    "sig_send.thread": ("sends {sig} to thread {to}", "посылает {sig} потоку {to}"),
    "sig_send.probe": ("asks whether {to} exists (signal 0)", "проверяет, есть ли {to} (сигнал 0)"),
    "sig_deliver.default": ("gets {sig}{sender}: default action", "получает {sig}{sender}: действие по умолчанию"),
    "sig_deliver.handler": ("gets {sig}{sender}: its handler runs", "получает {sig}{sender}: работает обработчик"),
    "sig_deliver.ignore": ("gets {sig}{sender}: ignored", "получает {sig}{sender}: игнорирует"),
    "sig_take": ("takes {sig} by waiting for it", "дождался сигнала {sig}"),
    "sig_mask": ("blocks {sigs}", "блокирует {sigs}"),
    "sig_mask.none": ("blocks no signal any more", "больше не блокирует сигналов"),
    "sig_mask.all": ("blocks all signals but {sigs}", "блокирует все сигналы, кроме {sigs}"),
    "sig_handler.default": ("leaves {sig} to its default action", "оставляет для {sig} действие по умолчанию"),
    "sig_handler.handler": ("sets a handler for {sig}", "ставит обработчик {sig}"),
    "sig_handler.ignore": ("will ignore {sig}", "будет игнорировать {sig}"),
    "lock_new": ("makes the {what} {lock}", "создаёт {what} {lock}"),
    "lock_wait": ("wants {lock}, has to wait", "хочет {lock}, приходится ждать"),
    "lock_wait.thread": ("joins thread {lock}: waits for its end", "join: ждёт конца потока {lock}"),
    "lock_wait.event": ("waits until {lock} is set", "ждёт, пока {lock} не установлено"),
    "lock_wait.condition": ("waits for a notify of {lock}", "ждёт notify от {lock}"),
    "lock_wait.barrier": ("waits at the barrier {lock}", "ждёт у барьера {lock}"),
    "lock_wait.queue": ("waits for the queue {lock}", "ждёт очереди {lock}"),
    "lock_got": ("has got {lock}", "захватил {lock}"),
    "lock_got.thread": ("goes on: thread {lock} has ended", "продолжает: поток {lock} завершился"),
    "lock_got.event": ("goes on: {lock} is set", "продолжает: {lock} установлено"),
    "lock_got.condition": ("goes on: {lock} was notified", "продолжает: был notify для {lock}"),
    "lock_got.barrier": ("passes the barrier {lock}", "проходит барьер {lock}"),
    "lock_got.queue": ("is served by the queue {lock}", "дождался очереди {lock}"),
    "lock_rel": ("releases {lock}", "освобождает {lock}"),
    "lock_rel.event": ("sets {lock}", "устанавливает {lock}"),
    "lock_rel.condition": ("notifies {lock}", "делает notify для {lock}"),
    "lock_rel.queue": ("puts into the queue {lock}", "кладёт в очередь {lock}"),
    "lock_rel.barrier": ("opens the barrier {lock}", "открывает барьер {lock}"),
    "lock_fail": ("does not get {lock}", "не получает {lock}"),
    "lock_fail.thread": ("waits no longer for thread {lock}", "больше не ждёт потока {lock}"),
    "lock_fail.event": ("waits no longer for {lock}", "больше не ждёт {lock}"),
    "block.fd": ("waits in {call}: fd {fds} ({obj})", "ждёт в {call}: fd {fds} ({obj})"),
    "block.fds": ("waits in {call} for fd {fds}", "ждёт в {call} любого из fd {fds}"),
    "block.task": ("waits for process {target} to end", "ждёт завершения процесса {target}"),
    "block.any": ("waits for any child to end", "ждёт завершения любого потомка"),
    "block.futex": ("waits for a futex", "ждёт на futex"),
    "block.sleep": ("sleeps", "спит"),
    "block.signal": ("waits for a signal", "ждёт сигнала"),
    "block.lock": ("waits for {name}", "ждёт {name}"),
    "block.name": ("waits in {call}: {name}", "ждёт в {call}: {name}"),
    "block.other": ("waits in {call}", "ждёт в {call}"),
    "run.slept": ("wakes after {seconds} s", "просыпается через {seconds} с"),
    "run": ("goes on after {call}", "продолжает после {call}"),
    "run.ready": ("goes on after {call}: fd {fds} ready", "продолжает после {call}: готов fd {fds}"),
    "other": ("{text}", "{text}"),
    "note": ("{text}", "{text}"),
    "gap": ("GAP: {text}", "ПРОПУСК: {text}"),
    "gap.lost": ("GAP: {text} ({lost} lost)", "ПРОПУСК: {text} (потеряно: {lost})"),
    "broken": ("{call}{what} is broken off by a signal", "{call}{what} прерван сигналом"),
    "failed": ("{call}{what} fails: {error}{why}", "{call}{what}: ошибка {error}{why}"),
    "times": ("{times} times: {what}", "{times} раз: {what}"),
    "sender": (" from {by}", " от {by}"),
}  # fmt: skip

ERRORS: Mapping[str, tuple[str, str]] = {
    "EPIPE": ("nobody reads any more", "читать больше некому"),
    "ECONNREFUSED": ("nobody listens there", "там никто не слушает"),
    "ECONNRESET": ("the other side has broken off", "другая сторона оборвала соединение"),
    "EAGAIN": ("it would have to wait", "пришлось бы ждать"),
    "ECHILD": ("it has no children", "потомков нет"),
    "ENOENT": ("no such file", "нет такого файла"),
    "EEXIST": ("it exists already", "уже существует"),
    "EACCES": ("no permission", "нет прав"),
    "EPERM": ("not permitted", "не разрешено"),
    "EBADF": ("no such descriptor", "нет такого дескриптора"),
    "ESRCH": ("no such process", "нет такого процесса"),
    "EMFILE": ("no descriptor is left", "дескрипторы кончились"),
    "EADDRINUSE": ("the address is taken", "адрес занят"),
    "ENXIO": ("nobody has the other end open", "другой конец никем не открыт"),
}


def phrase(key: str, lang: Lang, **args: object) -> str:
    """The phrase of this key, filled in.

    >>> phrase("read", "en", n=1, fd=3, obj="pipe1", data="")
    'reads 1 byte from fd 3 (pipe1)'
    """
    text = PHRASES[key][LANGS.index(lang)]
    if "n" in args:
        args["bytes"] = size(args["n"], lang)
    return text.format_map(args)


def variant(kind: str, what: str) -> str:
    """The key for a kind of event about this sort of thing, where there is one of its own."""
    key = f"{kind}.{what}"
    return key if key in PHRASES else kind


def why(error: str, lang: Lang) -> str:
    """What an error number means, or nothing when it is a rare one."""
    return ERRORS[error][LANGS.index(lang)] if error in ERRORS else ""


def size(n: object, lang: Lang) -> str:
    """A number of bytes, in words."""
    if not isinstance(n, int):
        return "?"
    if lang == "en":
        return f"{n} byte" if n == 1 else f"{n} bytes"
    few = n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
    return f"{n} байта" if few else f"{n} байт"
