"""Russian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proclab.words.catalogue import LOCKS, Catalogue, Count, Names, Sentence, called, few, measured, which

if TYPE_CHECKING:  # the live view's samplers start before the state and what follows from it are imported
    from collections.abc import Iterable

    from proclab import findings as f
    from proclab.events import Task
    from proclab.state.records import Holder, Object

# --- counts, names, lists in this language ---------------------------------------------------------------------------


def count(number: int, one: str, few: str, many: str) -> str:
    """`1 потомок`, `3 потомка`, `5 потомков`."""
    if number % 10 == 1 and number % 100 != 11:
        return f"{number} {one}"
    return f"{number} {few if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else many}"


def process(task: Task, noun: str = "процесс") -> str:
    """`процесс 9`, с `noun` в нужном падеже; of a pid that was used again: `процесс 9 (2-й с этим pid)`."""
    return f"{noun} {task.pid}" + (f" ({task.incarnation}-й с этим pid)" if task.incarnation > 1 else "")


def thread(task: Task, proc: Task) -> str:
    """A thread, as a sentence names it (nominative): the main thread by its process."""
    return process(proc) if task == proc else f"поток {task.pid} {process(proc, 'процесса')}"


NOUNS = {"pipe": ("канал", "канала"), "socket": ("сокет", "сокета")}


def thing(obj: Object, names: Names, genitive: bool = False) -> str:
    """What a pipe, FIFO, socket, file is called."""
    name = called(obj, names) if obj.id else "?"
    return f"{NOUNS[obj.what][genitive]} {name}" if obj.what in NOUNS else name


def listed(words: Iterable[str]) -> str:
    """`a`, `a и b`, `a, b и c`."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} и {last}" if first else last


def lasting(ns: int) -> str:
    """`0,35 с`, `12 мс`, `80 мкс`."""
    number, unit = measured(ns)
    return f"{number.replace('.', ',')} {({'s': 'с', 'ms': 'мс', 'µs': 'мкс'})[unit]}"


def fds(holders: Iterable[Holder]) -> list[str]:
    """Who holds an end of a pipe: `процесс 9 (fd 3)`."""
    return [f"{process(holder.proc)} (fd {holder.fd})" for holder in holders]


# --- events: a predicate; the process or thread stands in front of it ------------------------------------------------

EVENTS: dict[str, str] = {
    "start": "уже выполняется, когда начинается запись",
    "start.seen": "уже есть при первом взгляде",
    "start.child": "выполняется, потомок процесса {ppid}",
    "fork": "fork: порождает потомка {child}",
    "fork.vfork": "vfork: порождает потомка {child} и стоит до его exec или конца",
    "thread": "запускает поток {child}",
    "exec": "exec: выполняет программу {argv}",
    "exec.closed": "exec: выполняет программу {argv}; close-on-exec закрывает fd {closed}",
    "exit.unseen": "завершился; как, не видно",
    "exit": "завершается с кодом {code}",
    "killed": "убит сигналом {sig}",
    "killed.felled": "завершён записью ({sig})",
    "killed.core": "убит сигналом {sig} (с дампом памяти)",
    "thread_exit": "поток завершается",
    "wait.exited": "забирает потомка {child}: завершился с кодом {code}",
    "wait.unseen": "забирает потомка {child}",
    "wait.killed": "забирает потомка {child}: убит сигналом {sig}",
    "wait.peek": "узнаёт, что {child} завершился, но не забирает его",
    "wait.stopped": "узнаёт, что {child} остановлен сигналом {sig}",
    "wait.continued": "узнаёт, что {child} продолжен",
    "wait.nothing": "спрашивает о завершившихся потомках: пока нет",
    "orphan": "потерял родителя: сирота",
    "orphan.parent": "сирота: новый родитель {parent}",
    "stopped": "остановлен сигналом {sig}",
    "inherit.now": "теперь имеет fd {fd}: {obj}",
    "inherit": "имеет с самого начала fd {fd}: {obj}",
    "open": "открывает {path} как fd {fd}",
    "open.write": "открывает {path} на запись как fd {fd}",
    "open.made": "получает fd {fd}: {path}",
    "fifo": "создаёт FIFO {path}",
    "pipe": "создаёт канал {obj}: конец чтения fd {read}, конец записи fd {write}",
    "socket": "создаёт сокет fd {fd}: {obj} ({family})",
    "socketpair": "создаёт пару соединённых сокетов: fd {a} и fd {b}",
    "dup": "fd {to} = тот же открытый файл, что fd {fd} ({obj})",
    "dup.over": "fd {to} = тот же открытый файл, что fd {fd} ({obj}); прежний закрыт",
    "close": "закрывает fd {fd} ({obj})",
    "close.last": "закрывает fd {fd} ({obj}), последний",
    "fd_flags": "fd {fd}: {flags}",
    "read": "читает {bytes} из fd {fd} ({obj}){data}",
    "read.eof": "читает конец файла из fd {fd} ({obj})",
    "read.fds": "получает {bytes} и fd {fds} из fd {fd} ({obj})",
    "write": "пишет {bytes} в fd {fd} ({obj}){data}",
    "write.fds": "посылает {bytes} и свой fd {fds} в fd {fd} ({obj})",
    "bind": "привязывает {obj} к адресу {addr}",
    "listen": "слушает {obj}, очередь {backlog}",
    "connect": "соединяет fd {fd} с {addr}",
    "accept": "принимает соединение от {addr} как fd {new}",
    "shutdown": "закрывает направление fd {fd} ({how})",
    "sig_send": "посылает {sig} процессу {to}",
    "sig_send.group": "посылает {sig} группе процессов {to}",
    "sig_send.all": "посылает {sig} всем, кому можно",
    "sig_send.thread": "посылает {sig} потоку {to}",
    "sig_send.probe": "проверяет, есть ли {to} (сигнал 0)",
    "sig_deliver.default": "получает {sig}{sender}: действие по умолчанию",
    "sig_deliver.handler": "получает {sig}{sender}: работает обработчик",
    "sig_deliver.ignore": "получает {sig}{sender}: игнорирует",
    "sig_take": "дождался сигнала {sig}",
    "sig_mask": "блокирует {blocked}",
    "sig_mask.none": "больше не блокирует сигналов",
    "sig_mask.all": "блокирует все сигналы, кроме {blocked}",
    "sig_handler.default": "оставляет для {sig} действие по умолчанию",
    "sig_handler.handler": "ставит обработчик {sig}",
    "sig_handler.ignore": "будет игнорировать {sig}",
    "lock_new": "создаёт {what} {lock}",
    "lock_wait": "хочет {lock}, приходится ждать",
    "lock_wait.thread": "join: ждёт конца потока {lock}",
    "lock_wait.event": "ждёт, пока {lock} не установлено",
    "lock_wait.condition": "ждёт notify от {lock}",
    "lock_wait.barrier": "ждёт у барьера {lock}",
    "lock_wait.queue": "ждёт очереди {lock}",
    "lock_got": "захватил {lock}",
    "lock_got.thread": "продолжает: поток {lock} завершился",
    "lock_got.event": "продолжает: {lock} установлено",
    "lock_got.condition": "продолжает: был notify для {lock}",
    "lock_got.barrier": "проходит барьер {lock}",
    "lock_got.queue": "дождался очереди {lock}",
    "lock_rel": "освобождает {lock}",
    "lock_rel.event": "устанавливает {lock}",
    "lock_rel.condition": "делает notify для {lock}",
    "lock_rel.queue": "кладёт в очередь {lock}",
    "lock_rel.barrier": "открывает барьер {lock}",
    "lock_fail": "не получает {lock}",
    "lock_fail.thread": "больше не ждёт потока {lock}",
    "lock_fail.event": "больше не ждёт {lock}",
    "block.fd": "ждёт в {call}: fd {fds} ({obj})",
    "block.fds": "ждёт в {call} любого из fd {fds}",
    "block.task": "ждёт завершения процесса {target}",
    "block.any": "ждёт завершения любого потомка",
    "block.futex": "ждёт на futex",
    "block.sleep": "спит",
    "block.signal": "ждёт сигнала",
    "block.lock": "ждёт {name}",
    "block.name": "ждёт в {call}: {name}",
    "block.other": "ждёт в {call}",
    "run.slept": "просыпается через {seconds} с",
    "run": "продолжает после {call}",
    "run.ready": "продолжает после {call}: готов fd {ready}",
    "other": "{text}",
    "broken": "{call}{subject} прерван сигналом",
    "failed": "{call}{subject}: ошибка {error}{why}",
    "times": "{times} раз: {what}",
    "planned.error": "{what} (по плану)",
    "planned.value": "{what} (результат задан планом)",
    "planned.delay": "{what} (задержано по плану)",
    "planned.short": "{what} (не целиком — по плану)",
    "planned.signal": "{what} (тем временем план посылает сигнал)",
    "sig_deliver.from": " от {by}",
    "fd_flags.on": "{flag} включён",
    "fd_flags.off": "{flag} выключен",
    "gap.seconds": "ПРОПУСК: запись остановлена по пределу времени",
    "gap.bytes": "ПРОПУСК: запись остановлена по пределу размера",
    "gap.lines": "ПРОПУСК: запись остановлена по пределу числа строк",
    "gap.logs": "ПРОПУСК: запись остановлена по пределу числа процессов и потоков",
    "gap.full": "ПРОПУСК: запись остановлена: для неё не осталось места",
    "gap.user": "ПРОПУСК: запись остановили",
    "gap.ended": "ПРОПУСК: запись остановлена ({what})",
    "gap.garbled": "ПРОПУСК: {what} — не то, что пишет запись, и оттуда ничего не взято",
    "gap.incomplete": "ПРОПУСК: журнал обрывается раньше конца {what}",
    "gap.exec": "ПРОПУСК: strace теряет первый вызов после exec из потока",
    "gap.lost": "ПРОПУСК: {what}",
    "gap.cut": "ПРОПУСК: журнал обрывается",
    "gap.count": "{gap} (потеряно: {lost})",
    "gap.more": "{names} и ещё {number}",
    "note.untimed": "в журнале нет времени: вместо него считаются строки",
    "note.unmarked": "строк слишком много: дальше их не видно",
    "note.unknown": "{what}: такого события этот proclab не знает",
    "error.EPIPE": "читать больше некому",
    "error.ECONNREFUSED": "там никто не слушает",
    "error.ECONNRESET": "другая сторона оборвала соединение",
    "error.EAGAIN": "пришлось бы ждать",
    "error.EAGAIN.fork": "новый процесс сейчас не разрешён",
    "error.EAGAIN.thread": "новый поток сейчас не разрешён",
    "error.ECHILD": "потомков нет",
    "error.ENOENT": "нет такого файла",
    "error.EEXIST": "уже существует",
    "error.EACCES": "нет прав",
    "error.EPERM": "не разрешено",
    "error.EBADF": "нет такого дескриптора",
    "error.ESRCH": "нет такого процесса",
    "error.EMFILE": "дескрипторы кончились",
    "error.EADDRINUSE": "адрес занят",
    "error.ENXIO": "другой конец никем не открыт",
}

# --- pictures and the page -------------------------------------------------------------------------------------------

VIEWS: dict[str, str] = {
    "views.language": "Русский",
    "views.title": "Что делали процессы",
    "views.heading": "Что делали процессы, шаг за шагом",
    "views.noscript": "Для картинок нужен JavaScript; рассказ о том же запуске — на терминале и в events.jsonl.",
    "views.process": "процесс {name}",
    "views.thread": "поток {name}",
    "views.main": "главный поток {name}",
    "condition.run": "выполняется",
    "condition.io": "ждёт ввода-вывода",
    "condition.child": "ждёт потомка",
    "condition.thread": "ждёт конца потока",
    "condition.lock": "ждёт блокировки",
    "condition.sleep": "спит",
    "condition.signal": "ждёт сигнала",
    "condition.stopped": "остановлен",
    "condition.zombie": "зомби",
    "arrow.fork": "fork, поток",
    "arrow.bytes": "байты",
    "arrow.eof": "закрыт последний конец",
    "arrow.wait": "wait забрал",
    "arrow.signal": "сигнал",
    "arrow.lock": "блокировка",
    "arrow.wake": "будит",
    "flow.fork": "fork",
    "flow.bytes": "байты",
    "flow.eof": "конец файла",
    "flow.wait": "wait",
    "flow.signal": "сигнал",
    "flow.lock": "блокировка",
    "flow.wake": "будит",
    "story.step": "шаг",
    "story.after": "через с",
    "story.who": "кто",
    "story.what": "что",
    "story.line": "строка программы",
    "story.cut": "… ещё событий не показано: {cut}",
    "story.notice": "На что обратить внимание",
    "story.at": "шаг {number}: {what}",
    "tree.zombie": "зомби",
    "tree.zombie.by": "зомби ({end})",
    "tree.stopped": "остановлен",
    "tree.stopped.by": "остановлен ({end})",
    "tree.orphan": "(сирота)",
    "tree.rest": "(дальнейшие деревья опущены)",
    "tree.none": "(процессов больше нет)",
    "mermaid.cut": "ещё шагов не нарисовано: {left}",
    "label.start": "начало",
    "label.thread": "поток",
    "label.ended": "завершился",
    "label.killed": "убит {sig}",
    "label.thread_exit": "конец потока",
    "label.wait.nothing": "wait: пока никого",
    "label.stopped": "стоп {sig}",
    "label.bytes": "{number} Б",
    "label.handler": "{sig} обработчик",
    "label.ignore": "{sig} игнорирует",
    "label.mask": "маска {sigs}",
    "label.mask.all": "маска: все",
    "label.mask.none": "маска пуста",
    "label.orphan": "сирота",
    "label.gap": "ПРОПУСК",
    "label.note": "заметка",
    "label.joined": "дождался {lock}",
    "label.lock_new": "новый {lock}",
    "label.lock_wait": "хочет {lock}",
    "label.lock_got": "взял {lock}",
    "label.lock_rel": "отпустил {lock}",
    "label.lock_rel.event": "установил {lock}",
    "label.lock_rel.condition": "оповестил {lock}",
    "label.lock_rel.queue": "кладёт в {lock}",
    "label.lock_rel.barrier": "открыл {lock}",
    "label.lock_fail": "не взял {lock}",
    "trace.more": "… ещё строк: {number}, они в {path} …",
    "trace.plan": "вызовов, которых коснулся план: {number}",
    "trace.unmet": "план не коснулся ни одного вызова: проверьте его слова и числа (docs/faults.md)",
    "trace.unshortened": "не удалось укоротить записей: {number} (в сокет — только в контейнере проверки)",
    "trace.refused": "контейнер передал то, что не относится к записи, и это не принято: {kinds}",
    "trace.cut": "запись неполна: переданное контейнером обрывается",
    "trace.strange": "в {folder} лежит то, что не относится к записи ({n}), и оно не тронуто",
    "trace.refused.link": "ссылки",
    "trace.refused.device": "устройства",
    "trace.refused.fifo": "FIFO",
    "trace.refused.folder": "папки",
    "trace.refused.header": "расширенные заголовки",
    "trace.refused.type": "неизвестные типы",
    "trace.refused.name": "чужие имена",
    "trace.refused.twice": "повторные имена",
    "trace.refused.size": "слишком большие файлы",
    "trace.refused.number": "файлов больше, чем бывает в записи",
    "trace.refused.behind": "байты после конца",
    "page.steps": "Шаги",
    "page.lanes": "Процессы и потоки",
    "page.wiring": "Дескрипторы → открытые файлы → объекты",
    "page.tree": "Дерево, и кто кого ждёт",
    "page.findings": "На что обратить внимание",
    "page.after": "после шага",
    "page.step": "шаг",
    "page.of": "из",
    "page.first": "Первый шаг (Home)",
    "page.back": "Шаг назад (←)",
    "page.next": "Шаг вперёд (→)",
    "page.last": "Последний шаг (End)",
    "page.search": "Поиск (/)",
    "page.process": "процесс",
    "page.thread": "поток",
    "page.all": "все",
    "page.fd": "fd",
    "page.bytime": "по времени",
    "page.zoomin": "Крупнее (+)",
    "page.zoomout": "Мельче (-)",
    "page.theme": "Светлая или тёмная тема",
    "page.predict": "Предскажите: скрыть дальнейшее",
    "page.std": "fd 0–2",
    "page.following": "следим за",
    "page.unfollow": "Не следить (Esc)",
    "page.ended": "Процессов больше нет.",
    "page.empty": "Нет открытых дескрипторов.",
    "page.nothing": "Таких шагов нет.",
    "page.waits": "ждёт",
    "page.waitsfor": "ждёт",
    "page.deadlock": "ВЗАИМОБЛОКИРОВКА",
    "page.holds": "держит",
    "page.zombie": "зомби",
    "page.stopped": "остановлен",
    "page.orphan": "сирота",
    "page.r": "чтение",
    "page.w": "запись",
    "page.rw": "чтение и запись",
    "page.inside": "Б внутри",
    "page.listening": "слушает",
    "page.cut": "событий не нарисовано",
    "page.sampled": "выборочно: что короче периода, того здесь нет",
    "page.slower": "Запись чуть замедляет; это один из возможных порядков.",
    "page.keys": "Клавиши: ← → Home End / + − t. Щелчок по fd: следить за ним.",
    "page.live": "сейчас",
    "page.latest": "К тому, что есть сейчас (End)",
    "page.nobody": "ничего не выполняется",
    "page.lost": "наблюдение закончено",
    "page.torecord": "Записать",
    "page.recording": "идёт запись:",
    "page.stop": "Закончить",
    "page.failed": "записи нет:",
    "page.opened": "Открыть запись:",
    "page.f.process": "процесс",
    "page.f.wait": "wait",
    "page.f.fd": "fd",
    "page.f.bytes": "байты",
    "page.f.socket": "сокет",
    "page.f.signal": "сигнал",
    "page.f.lock": "блокировка",
    "page.f.pause": "ожидание",
    "page.f.note": "прочее",
}

# --- the live view ---------------------------------------------------------------------------------------------------

LIVE: dict[str, str] = {
    # the frame
    "look.lab": "лабораторная {number}",
    "look.heading": "{title}, снимок в {at}: {what}",
    "look.page": "лабораторная {number}, сейчас: {address}",
    "look.page.open": "Откройте в браузере на этой машине: адрес и есть ключ. ^C завершает.",
    "look.page.over": "proclab: завершено",
    "look.between": " (что прошло между снимками, того не видно)",
    "look.nothing": "{title}: ничего не выполняется",
    "look.waiting": "{title}: ждём первого снимка",
    "look.container": "контейнер {box}",
    "look.notice": "На что обратить внимание",
    "look.changed": "Что изменилось",
    "look.more.lines": "… ещё строк: {count}; make look-N покажет всё",
    "look.more.findings": "… и ещё таких: {count}",
    # processes
    "look.init": "{pid} {name}: init контейнера",
    "look.own": "{pid} {name}: служебный процесс proclab",
    "look.zombie": "{pid} {name}: ЗОМБИ ({end}; родитель {ppid} не вызвал для него wait)",
    "look.zombies": "{pids} {name}: ЗОМБИ, всего {count} ({end}; родитель {ppid} не вызвал для них wait)",
    "look.ended": "завершён",
    "look.exited": "код завершения {code}",
    "look.killed": "убит сигналом {sig}",
    "look.recorded": ", идёт запись",
    "look.runs.recorded": "выполняется или ждёт, идёт запись",
    "look.thread": "поток {tid}{name}: {what}",
    "look.state.R": "выполняется",
    "look.state.S": "спит",
    "look.state.D": "спит, прервать нельзя",
    "look.state.T": "остановлен сигналом",
    "look.state.t": "под трассировкой",
    "look.state.Z": "зомби",
    "look.state.X": "мёртв",
    "look.state.I": "простаивает",
    "look.state.P": "припаркован",
    "look.state": "состояние {letter}",
    # what a thread stands in
    "look.in.fd": "ждёт в {call}, fd {fd}",
    "look.in.call": "ждёт в {call}",
    "look.in.channel": "ждёт в ядре: {raw}",
    "look.sleep": "спит заданное время",
    "look.signal": "ждёт сигнала",
    "look.sigwait": "ждёт сигнала (sigwait)",
    "look.poll": "ждёт любого из нескольких дескрипторов ({call})",
    "look.open": "ждёт в open: это FIFO или медленный файл",
    "look.fifo": "ждёт в open, открывая FIFO",
    "look.futex": "ждёт блокировку или поток (futex)",
    "look.child": "ждёт потомка {child}",
    "look.children": "ждёт любого потомка",
    "look.pipe.read": "ждёт байтов из канала",
    "look.pipe.write": "ждёт места в канале",
    "look.accept": "ждёт соединения",
    "look.socket.read": "ждёт байтов из сокета",
    "look.woken": "ждёт байтов из сокета или с терминала",
    "look.tty": "ждёт строки с терминала",
    "look.stopped": "остановлен сигналом",
    "look.same": ", на том же, что {tids}",
    "look.thing": " ({name}{other})",
    # descriptors
    "look.fds.unread": "дескрипторы: прочитать нельзя",
    "look.docker": "канал Docker",
    "look.docker.fd": "канал Docker, за пределы контейнера",
    "look.dockers": "каналы Docker, за пределы контейнера",
    "look.written": "конец для записи: {who}",
    "look.read": "конец для чтения: {who}",
    "look.held": "держит {who}",
    "look.other": "другой конец: {who}",
    "look.itself": " (только он сам)",
    "look.more": "ещё {count}",
    "look.other.unseen": "другого конца на снимке нет",
    "look.other.none": "другого конца нет",
    "look.written.none": "конец для записи: никто, после остатка конец файла",
    "look.read.none": "конец для чтения: никто, запись вызовет SIGPIPE",
    "look.tcp.listen": "TCP-сокет, слушает {local}",
    "look.inet": "{kind}-сокет {local} ⇄ {remote}{state}",
    "look.unix": "Unix-сокет{path}",
    "look.unix.listen": "Unix-сокет, слушает{path}",
    "look.tcp.1": "соединён",
    "look.tcp.2": "соединяется",
    "look.tcp.3": "с ним соединяются",
    "look.tcp.4": "закрывается",
    "look.tcp.6": "недавно закрыт",
    "look.tcp.7": "не соединён",
    "look.tcp.8": "закрыт другой стороной",
    "look.tcp": "состояние {number}",
    # signals
    "look.signals": "сигналы: {sets}",
    "look.pending": "ожидают {names}",
    "look.blocked": "заблокированы {names}",
    "look.caught": "есть обработчик {names}",
    "look.ignored": "игнорируются {names}",
    "look.blocks": "; блокирует {names}",
    "look.all": "все",
    "look.all.but": "все, кроме {names}",
    # changes
    # troubles
    "look.over": "контейнер завершился",
    "look.old.image": "запущен из старого образа; запустите заново",
    "look.no.answer": "за {seconds} с нет ответа от {boxes}",
    "look.no.sample": "это не снимок /proc: {error}",
}

COUNTS: dict[str, Count] = {
    "byte": lambda number: count(number, "байт", "байта", "байт"),
    "look.process": lambda number: count(number, "процесс", "процесса", "процессов"),
    "look.zombie": lambda number: count(number, "зомби", "зомби", "зомби"),
    "look.thread": lambda number: count(number, "поток", "потока", "потоков"),
}

# --- findings --------------------------------------------------------------------------------------------------------

DOUBTS: dict[str, str] = {  # what a recording lacks (proclab.events.evidence)
    "seconds": "она остановлена по пределу времени",
    "bytes": "она остановлена по пределу размера",
    "lines": "она остановлена по пределу числа строк",
    "logs": "она остановлена по пределу процессов и потоков",
    "user": "её остановили",
    "no_end": "запись не была доведена до конца",
    "full": "для неё не осталось места",
    "shared": "она лежала там, где программа могла занять её место",
    "plan": "план сбоев выполнен не до конца",
    "untraced": "один из процессов программы работал без трассировки",
    "incomplete": "журналы обрываются{what}",
    "unlogged": "у процессов или потоков нет журнала{what}",
    "lost": "часть её строк потеряна",
    "exec": "strace потерял вызов после exec из потока",
    "taken": "из контейнера получено не всё",
    "garbled": "записанное о ней самой лишено смысла{what}",
    "unknown": "сама запись в себе сомневается",
}


def not_whole(finding: f.NotWhole, names: Names) -> str:
    why = listed(dict.fromkeys(DOUBTS[doubt.code].format(what=which(doubt.what)) for doubt in finding.doubts))
    then = "никаких выводов из неё не сделано" if finding.silent else "что было бы дальше, неизвестно"
    return f"эта запись неполна: {why}; {then}"


def zombie(finding: f.WasZombie, names: Names) -> str:
    was = f"{process(finding.proc)} завершился и {lasting(finding.ns)} оставался зомби"
    return f"{was}, пока {process(finding.parent)}, его родитель, не забрал код завершения"


def unreaped(finding: f.Unreaped, names: Names) -> str:
    child, parent = process(finding.proc), process(finding.parent)
    if finding.now:
        return f"{child} завершился и остаётся зомби: {parent}, его родитель, не вызвал wait"
    if finding.parent_ended:
        return f"{parent} завершился, не дождавшись потомка: {child} был зомби {lasting(finding.ns)}"
    return f"{child} и в конце записи зомби, уже {lasting(finding.ns)}: {parent}, его родитель, не вызвал wait"


def orphan(finding: f.Orphaned, names: Names) -> str:
    child = process(finding.proc)
    if finding.parent is None and finding.new:
        return f"{child} — сирота: его родитель завершился, новый родитель — {process(finding.new)}"
    old = process(finding.parent) if finding.parent else "его родитель"
    new = process(finding.new) if finding.new else "процесс вне записи (init или subreaper)"
    return f"{old} завершился раньше потомка: {child} стал сиротой, его новый родитель — {new}"


def threads_left(finding: f.ThreadsLeft, names: Names) -> str:
    tids = listed(str(task.pid) for task in finding.threads)
    if len(finding.threads) == 1:
        return f"{process(finding.proc)} завершился, пока поток {tids} ещё работал: он завершён вместе с процессом"
    return f"{process(finding.proc)} завершился, пока потоки {tids} ещё работали: они завершены вместе с процессом"


def no_eof(finding: f.NoEof, names: Names) -> str:
    pipe, reader = thing(finding.thing, names, genitive=True), thread(finding.task, finding.proc)
    several = len(finding.holders) > 1
    if finding.eof:
        held = "сам " * finding.own + ("держали" if several else "держал")
        silent = f"{held} конец для записи {pipe} и ничего не писал{'и' * several}"
        return f"{listed(fds(finding.holders))} {silent}: {reader} не видел конца файла, пока этот конец не закрыли"
    if several:
        holds = f"{listed(fds(finding.holders))} всё ещё держат конец для записи {pipe}"
    else:
        (holder,) = finding.holders
        itself = " сам" * finding.own
        holds = f"{process(holder.proc)}{itself} всё ещё держит конец для записи (fd {holder.fd}) {pipe}"
    silent = "" if finding.ever else " и ничего не пишут" if several else " и ничего не пишет"
    return f"{holds}{silent}: {reader} {'никогда ' * finding.ever}не увидит конец файла"


def broken_pipe(finding: f.BrokenPipe, names: Names) -> str:
    what = "его завершил SIGPIPE" if finding.killed else "ошибка EPIPE"
    wrote = f"{thread(finding.task, finding.proc)} писал в {thing(finding.thing, names)} (fd {finding.fd})"
    who = ""
    if finding.closer:
        how = "завершился" if finding.closer.ended else "закрыл его"
        who = f"; последним конец для чтения держал {process(finding.closer.proc)} и {how}"
    return f"{wrote}, из которого никто не может читать: {what}{who}"


def no_reader(finding: f.NoReader, names: Names) -> str:
    pipe = f"{thing(finding.thing, names, genitive=True)} (fd {finding.fd})"
    holds = f"{process(finding.proc)} держит конец для записи {pipe}"
    return f"{holds}, но читать некому: запись не удастся (SIGPIPE, EPIPE)"


def fifo_alone(finding: f.FifoAlone, names: Names) -> str:
    waits = f"{thread(finding.task, finding.proc)} ждёт в open"
    return f"{waits}: {thing(finding.thing, names)} никто не открыл с другого конца"


def open_fifo(finding: f.OpenFifo, names: Names) -> str:
    fifo = f"{thing(finding.thing, names)} (fd {finding.fd})"
    return f"{process(finding.proc)} завершился, не закрыв {fifo}: закрыло ядро"


def fd_leak_exec(finding: f.LeakedIntoExec, names: Names) -> str:
    fd = f"fd {finding.fd} ({thing(finding.thing, names)})"
    leaked = f"{fd} при exec утёк в программу {finding.program} ({process(finding.proc)})"
    return f"{leaked}: дескриптор не закрыли, а ей он не понадобился"


def fd_leak(finding: f.FdLeak, names: Names) -> str:
    what = count(finding.count, "дескриптор", "дескриптора", "дескрипторов")
    where = f" в {finding.line}" if finding.line else ""
    closed = f"закрыто {finding.closed}" if finding.closed else "ни один не закрыт"
    left = f"остались открытыми {what} от {finding.call}{where}"
    return f"{process(finding.proc)} теряет дескрипторы: {left}, {closed}"


def _want(want: f.Want, names: Names) -> str:
    """One thread of a circle, what it waits for, and who would have to act."""
    me, who, holder = thread(want.task, want.proc), thread(want.who, want.who_proc), process(want.who_proc)
    if want.reads:
        return f"{me} читает из {thing(want.thing, names, genitive=True)}, конец для записи держит {holder}"
    if want.on == "fd":
        return f"{me} пишет в {thing(want.thing, names)}, он заполнен, конец для чтения держит {holder}"
    if want.on == "task":
        return f"{me} ждёт завершения потомка, это {holder}"
    if want.what == "thread":
        return f"{me} ждёт завершения потока, это {who}"
    if want.what in LOCKS:
        return f"{me} ждёт блокировку {want.name}, её занял {who}"
    return f"{me} ждёт на {want.what or 'futex'} {want.name}, разбудить может {who}"


def deadlock(finding: f.Deadlock, names: Names) -> str:
    return "взаимоблокировка: " + "; ".join(_want(want, names) for want in finding.wants)


def busy_wait(finding: f.BusyWait, names: Names) -> str:
    calls = f"{count(finding.count, 'вызов', 'вызова', 'вызовов')} {finding.call}"
    return f"{thread(finding.task, finding.proc)} ждёт активно: {calls} за {lasting(finding.ns)} впустую"


def _held(link: f.Link) -> str:
    if link.own:
        return f"он сам (fd {', '.join(str(holder.fd) for holder in link.holders)})"
    named = (f"{'сам ' * (holder.proc == link.proc)}{process(holder.proc)} (fd {holder.fd})" for holder in link.holders)
    return listed(few(named, "ещё {count}"))


def _link(link: f.Link, names: Names) -> str:
    """One thread of a group that stands still, and what it waits for."""
    me = thread(link.task, link.proc)
    if link.on == "futex":
        tids = listed(few((str(tid) for tid in link.tids), "ещё {count}"))
        many = f"потоки {tids} {process(link.proc, 'процесса')} ждут блокировок или потоков (futex)"
        return many if link.others else f"{me} ждёт блокировку (futex)"
    if link.on == "task":
        return f"{me} ждёт " + (f"потомка, это {process(link.child)}" if link.child else "потомка")
    if link.writes:
        return f"{me} пишет в {thing(link.thing, names)}, он заполнен, конец для чтения держит {_held(link)}"
    if not link.holders:
        return f"{me} ждёт ввода (fd {link.fd})"
    pipe = thing(link.thing, names, genitive=True)
    return f"{me} читает из {pipe} и не увидит конца файла, пока конец для записи держит {_held(link)}"


def standstill(finding: f.Standstill, names: Names) -> str:
    links = [_link(link, names) for link in finding.links]
    if finding.alone:
        return f"{links[0]}, а других потоков у него нет: освободить её некому"
    head = "пока нет ввода, всё стоит" if finding.outside else "взаимоблокировка, разбудить остальных некому"
    return f"{head}: {'; '.join(few(links, 'ещё {count} ждут так же'))}"


def signal_held(finding: f.Held, names: Names) -> str:
    several = len(finding.sigs) > 1
    head = f"{listed(finding.sigs)} {'ожидают' if several else 'ожидает'} доставки"
    blocks = f"{process(finding.proc)} {'их' if several else 'его'} блокирует"
    each = "сколько бы раз их ни послали, каждый" if several else "сколько бы раз его ни послали, он"
    return f"{head}, {blocks}: {each} будет доставлен один раз"


def signal_coalesced(finding: f.Coalesced, names: Names) -> str:
    lost = count(finding.sent - 1, "сигнал потерян", "сигнала потеряны", "сигналов потеряны")
    got = "доставлен один раз" if finding.delivered else "всё ещё ожидает доставки"
    if finding.sig == "SIGCHLD":
        ended = count(finding.sent, "потомок завершился", "потомка завершились", "потомков завершились")
        what = f"{ended}, а SIGCHLD {got} ({process(finding.proc)})"
    else:
        times = count(finding.sent, "раз", "раза", "раз")
        what = f"{finding.sig} послали {times} ({process(finding.proc)}), а {got}"
    return f"{what}: {lost}, ведь ожидающий сигнал повторно не учитывается"


def signal_interrupted(finding: f.Interrupted, names: Names) -> str:
    sender = f" ({process(finding.by, 'от процесса')})" if finding.by else ""
    return f"{finding.sig}{sender} прервал {finding.call}, в котором ждал {thread(finding.task, finding.proc)}"


def refused(finding: f.Refused, names: Names) -> str:
    again = finding.times > 1
    times = f" {count(finding.times, 'раз', 'раза', 'раз')}" * again
    end = "повторные попытки не помогли" if again else "больше он не пробовал"
    end = "следующая попытка удалась" if finding.connected else end
    return f"{process(finding.proc)} получил отказ в соединении с {finding.addr}{times}, там никто не слушал: {end}"


def peer_closed(finding: f.PeerClosed, names: Names) -> str:
    closer = finding.closer
    got = f"получил ошибку {finding.error}" if finding.error else "прочитал конец файла"
    other = "другая сторона закрыла соединение"
    if closer:
        there = f" ({closer.box})" if closer.box != finding.box else ""
        how = "завершился" if closer.ended else "закрыл соединение"
        other = f"{process(closer.proc)}{there} на другой стороне {how}"
    where = f"{thing(finding.thing, names)}, fd {finding.fd}"
    return f"{thread(finding.task, finding.proc)} {got} ({where}): {other}"


# --- оценки: что говорят отчёт и выгрузки ----------------------------------------------------------------------------

GRADES: dict[str, str] = {
    "verdict.PASS": "пройдена",
    "verdict.FAIL": "неверно",
    "verdict.CRASH": "программа упала",
    "verdict.TIMEOUT": "не завершилась вовремя",
    "verdict.MEMORY": "слишком много памяти",
    "verdict.PIDS": "слишком много процессов",
    "verdict.OUTPUT": "слишком много вывода",
    "verdict.ZOMBIE": "остался зомби",
    "verdict.FD_LEAK": "остался открытый дескриптор",
    "verdict.ORPHAN": "остался работающий процесс",
    "verdict.DEADLOCK": "остановилась навсегда",
    "verdict.RACE": "неверно при одном из порядков событий",
    "verdict.MISSING": "нет файла",
    "verdict.REFUSED": "не принято",
    "verdict.SKIPPED": "пропущена",
    "verdict.INFRA": "наша вина",
    "grade.seen.memory": "программа исчерпала память контейнера, и ядро её завершило",
    "grade.seen.pids": "программа создала больше процессов, чем разрешено контейнеру",
    "grade.seen.output": "программа вывела больше 1 МБ",
    "grade.seen.stuck": "программа встала: каждая её часть ждёт другую",
    "grade.seen.idle": "программа только ждала и не завершилась",
    "grade.seen.cpu_time": "программа исчерпала процессорное время и не завершилась",
    "grade.seen.too_many_calls": "программа сделала больше системных вызовов, чем можно записать, и не завершилась",
    "grade.seen.thread_execs": "поток запустил другую программу (exec): после этого не видно, что делалось",
    "grade.seen.too_much_to_tell": "слишком много процессов со слишком многими дескрипторами: за этим не уследить",
    "grade.seen.killed": "программу завершил сигнал {signal}",
    "grade.seen.traceback": "программа завершилась исключением Python; ожидался код завершения {wanted}",
    "grade.seen.exit_status": "код завершения {got}; ожидался {wanted}",
    "grade.seen.not_killed": "программа завершилась так: {got}; ожидалось: {wanted}",
    "grade.seen.printed_times": "строк вида {pattern}: {got}; ожидалось {wanted}",
    "grade.seen.not_in_order": "строки вида {pattern} нет на ожидаемом месте",
    "grade.seen.printed": "есть строка вида {pattern}, которой не должно быть",
    "grade.seen.output_differs": "строка {line} вывода не та, что ожидалась: {wanted}",
    "grade.seen.accused": "запись ядра о запуске показывает: {kinds}",
    "grade.seen.unreaped": "программа завершилась, не дождавшись всех своих потомков",
    "grade.seen.fd_leak": "конец канала или другой дескриптор остался открытым",
    "grade.seen.fd_leak_exec": "у запущенной ею программы есть дескрипторы, которые той не нужны",
    "grade.seen.left_running": "когда программа завершилась, что-то из запущенного ею ещё работало",
    "grade.seen.spins": "программа занимает процессор, пока ждёт",
    "grade.seen.file_left": "файл {name} остался после завершения",
    "grade.seen.forks": "процессов создано {got}; ожидалось {wanted}",
    "grade.seen.threads": "потоков создано {got}; ожидалось не меньше {wanted}",
    "grade.seen.missing": "нет файла {file}",
    "grade.seen.refused": "файл {file} не был принят из сданной работы",
    "grade.seen.assertion": "программа сделала не то, что требовалось",
    "grade.seen.infra": "программу не удалось запустить по нашей вине",
    "grade.seen.no_evidence": "в записи запуска чего-то не хватает, и из неё ничего не следует",
    "grade.seen.check_error": "сама проверка завершилась ошибкой ({error})",
    "class.grading": "Проверка",
    "class.line": "{got} из {most}  {failed}",
    "class.ours": "не проверена, и это наша вина: {why}",
    "class.stopping": "Останавливаемся: начатые работы будут проверены до конца. Ещё раз ^C завершит сразу.",
    "class.stopped": "Остановлено. Всё проверенное лежит в {out}; та же команда продолжит оттуда.",
    "class.done": "Работ: {total}, проверено сейчас: {graded}, без изменений: {known}. Всё лежит в {out}",
    "class.again": "у {id} нет оценки, и это наша вина ({why}): та же команда попробует ещё раз.",
    "check.lab": "Лабораторная {number}: {title}",
    "check.passed": "{title}  [{points}]",
    "check.failed": "{title}  [{got} из {most}]",
    "check.sum": "баллов: {got} из {most}",
    "check.working": "идёт проверка …",
    "check.watching": "Ждём, когда в {folder} сохранят файл. ^C завершает.",
    "grade.why": "Почему это важно",
    "grade.hint": "Подсказка",
    "grade.line": "Где",
    "grade.command": "Посмотреть самому",
    "grade.output": "Что программа вывела",
    "grade.errors": "Что программа вывела в стандартный поток ошибок",
    "grade.left_out": "[… пропущено символов: {count} …]",
    "grade.skipped": "Ждёт проверки «{after}», которая не пройдена.",
    "grade.skipped.hidden": "Ждёт другой проверки, которая не пройдена.",
    "grade.hidden": "Скрытые проверки",
    "grade.hidden.sum": "Скрытые проверки: {got} из {most} баллов",
    "grade.ours": "Проверить не удалось, и это наша вина: это не оценка. Проверка будет повторена.",
    "grade.ours.name": "Проверка",
    "grade.refused": "Из сданного не взято:",
    "fill.nobody": "{name}: в таблице нет строки для этой работы",
    "fill.several": "{name}: подходит несколько строк таблицы; ни одна не заполнена",
    "fill.twice": "{name}: к строке относится больше одной работы ({what}); ячейка осталась как была",
    "fill.absent": "{name}: работы нет; ячейка осталась как была",
    "fill.ours": "{name}: проверить не удалось по нашей вине; ячейка осталась как была",
    "fill.short": "{name}: в строке нет ячейки этого столбца",
    "fill.excused": "{name}: освобождён; ячейка осталась как была",
    "fill.scaled": "в таблице оценка из {theirs} баллов, у нас из {ours}: записана доля от {theirs}",
    "fill.done": "{path}: записано оценок: {count}",
    "report.class": "Оценки",
    "report.checks": "Проверки",
    "report.submissions": "Работы",
    "report.graded": "Оценено",
    "report.refused": "Не принято",
    "report.ours": "Наша вина, не оценка",
    "report.ours.text": "Проверить эти работы не удалось, и это наша вина. Это не оценки, в суммы они не входят.",
    "report.mean": "Среднее",
    "report.median": "Медиана",
    "report.full": "Полный балл",
    "report.check": "Проверка",
    "report.task": "Задача",
    "report.passed": "Пройдена",
    "report.failed": "Не пройдена",
    "report.skipped": "Пропущена",
    "report.verdicts": "Вердикты",
    "report.hidden": "скрытая",
    "report.name": "Имя",
    "report.points": "Баллы",
    "report.status": "Состояние",
    "report.status.complete": "оценено",
    "report.status.refused": "не принято",
    "report.status.ours": "наша вина",
    "report.find": "Найти имя",
    "report.all": "Все",
    "report.who_failed": "Кто не прошёл",
    "report.shown": "{shown} из {all}",
    "report.of": "{got} из {most}",
    "report.theme": "Светлая или тёмная",
    "report.run": "Что произошло в этом запуске",
    "report.run.same": "Тот же запуск, что у «{title}».",
    "report.run.large": "Запуск слишком велик, чтобы нарисовать его здесь.",
    "report.run.steps": "Шаги словами",
    "report.nothing": "Исправлять нечего: все показанные проверки пройдены.",
}

SENTENCES: dict[str, Sentence] = {
    "not_whole": not_whole,
    "zombie": zombie,
    "unreaped": unreaped,
    "orphan": orphan,
    "threads_left": threads_left,
    "no_eof": no_eof,
    "broken_pipe": broken_pipe,
    "no_reader": no_reader,
    "fifo_alone": fifo_alone,
    "open_fifo": open_fifo,
    "fd_leak_exec": fd_leak_exec,
    "fd_leak": fd_leak,
    "deadlock": deadlock,
    "busy_wait": busy_wait,
    "standstill": standstill,
    "signal_held": signal_held,
    "signal_coalesced": signal_coalesced,
    "signal_interrupted": signal_interrupted,
    "refused": refused,
    "peer_closed": peer_closed,
}

REFUSED: dict[str, str] = {  # what is not taken of a submission (proclab.grading.intake)
    "grade.refused.archive_size": "в архиве больше {detail} байт, он не открывался",
    "grade.refused.behind": "за концом архива что-то есть, и две программы прочли бы его по-разному: ничего не взято",
    "grade.refused.bomb": "каждый байт архива распаковывается больше чем в {detail}: ничего не взято",
    "grade.refused.cut": "архив обрывается (загрузка прервалась?): ничего не взято",
    "grade.refused.damaged": "архив повреждён: ничего не взято",
    "grade.refused.format": "это не zip, tar, tar.gz, tar.bz2 и не tar.xz {detail}: ничего не взято",
    "grade.refused.header": "описание внутри архива слишком длинное или бессмысленное: ничего не взято",
    "grade.refused.kept": "в файлах задач вместе больше {detail} байт: ничего не взято",
    "grade.refused.lies": "архив говорит о своём содержимом разное в разных местах: ничего не взято",
    "grade.refused.memory": "для распаковки архива нужно слишком много памяти: ничего не взято",
    "grade.refused.number": "файлов и папок больше {detail}: ничего не взято",
    "grade.refused.overlap": "файлы архива лежат друг в друге: ничего не взято",
    "grade.refused.streams": "архив составлен больше чем из {detail} частей: ничего не взято",
    "grade.refused.unpacked": "архив распаковывается больше чем в {detail} байт: ничего не взято",
    "grade.refused.unreadable": "{name} не читается",
    "grade.refused.absolute": "{name}: путь от корня не принимается",
    "grade.refused.ambiguous": "{name} и {detail}: подходят оба, и они различаются; сдайте один",
    "grade.refused.backslash": "{name}: путь с обратной косой чертой не принимается",
    "grade.refused.case": "{name}: имя файла должно быть точно как в задаче, включая строчные и прописные буквы",
    "grade.refused.deep": "{name} лежит глубже чем в {detail} папках",
    "grade.refused.device": "{name} это устройство, а не файл",
    "grade.refused.encrypted": "{name} зашифрован",
    "grade.refused.escape": "{name}: путь с .. не принимается",
    "grade.refused.extra": "{name} не относится к файлам задач и не взят",
    "grade.refused.fifo": "{name} это FIFO, а не файл",
    "grade.refused.folders": (
        "{name} лежит слишком глубоко: вокруг может быть не больше {detail} папок, которые не называют лабораторную"
    ),
    "grade.refused.link": "{name} это ссылка; по ссылкам никто не ходит",
    "grade.refused.long": "{name}: слишком длинный путь",
    "grade.refused.lying": "{name} не то, что говорит о нём оглавление архива",
    "grade.refused.method": "{name} упакован способом, который не читается (номер {detail}); читается deflate",
    "grade.refused.more": "и ещё {detail}",
    "grade.refused.nested": "{name} это архив внутри; такие не открываются",
    "grade.refused.nul": "{name}: в имени не может быть нулевого байта",
    "grade.refused.size": "в {name} больше {detail} байт",
    "grade.refused.socket": "{name} это сокет, а не файл",
    "grade.refused.sparse": "{name} это разреженный файл; сдайте обычный",
    "grade.refused.spoilt": "{name} внутри архива повреждён",
    "grade.refused.twice": "{name} есть дважды, и содержимое разное",
    "grade.refused.type": "{name} это файл неизвестного вида",
    "grade.refused.which_lab": (
        "{name} подходит к нескольким лабораторным ({detail}): положите его в папку с именем лабораторной"
    ),
}

CATALOGUE = Catalogue(
    "ru", phrases={**EVENTS, **VIEWS, **LIVE, **GRADES, **REFUSED}, counts=COUNTS, sentences=SENTENCES
)
