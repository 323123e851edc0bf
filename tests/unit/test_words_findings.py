"""The sentences of findings: each in each language and each of its branches, whole, and here only."""

from __future__ import annotations

import pytest

from proclab.findings import Finding
from proclab.words import LANGS, catalogue
from proclab.words.catalogue import measured
from tests.unit.found import FOUND, NINE, no_eof

SAID: dict[str, tuple[str, str]] = {  # English, Russian
    "not_whole": (
        "this recording is not whole: logs break off (1/t.7) and lines of it are lost; nothing is concluded from it",
        "эта запись неполна: журналы обрываются (1/t.7) и часть её строк потеряна; никаких выводов из неё не сделано",
    ),
    "not_whole, many": (
        "this recording is not whole: processes or threads have no log (1, 2, 3, 4, 5, …); nothing is "
        "concluded from it",
        "эта запись неполна: у процессов или потоков нет журнала (1, 2, 3, 4, 5, …); никаких выводов из неё не сделано",
    ),
    "not_whole, stopped": (
        "this recording is not whole: it was ended at its limit of time; what would have come then is not known",
        "эта запись неполна: она остановлена по пределу времени; что было бы дальше, неизвестно",
    ),
    "zombie": (
        "process 9 (number 2 of that pid) had ended and was a zombie for 0.25 s, until its parent, process "
        "8, reaped it",
        "процесс 9 (2-й с этим pid) завершился и 0,25 с оставался зомби, пока процесс 8, его родитель, не "
        "забрал код завершения",
    ),
    "unreaped": (
        "process 9 is still a zombie at the end, after 0.1 s: its parent, process 8, has not waited for it",
        "процесс 9 и в конце записи зомби, уже 0,1 с: процесс 8, его родитель, не вызвал wait",
    ),
    "unreaped, now": (
        "process 9 has ended and is a zombie: its parent, process 8, has not waited for it",
        "процесс 9 завершился и остаётся зомби: процесс 8, его родитель, не вызвал wait",
    ),
    "unreaped, parent ended": (
        "process 8 ended without having reaped its child, process 9, a zombie for 0.1 s",
        "процесс 8 завершился, не дождавшись потомка: процесс 9 был зомби 0,1 с",
    ),
    "orphan": (
        "process 8 ended before its child: process 9 is an orphan, its new parent is process 7",
        "процесс 8 завершился раньше потомка: процесс 9 стал сиротой, его новый родитель — процесс 7",
    ),
    "orphan, of init": (
        "process 8 ended before its child: process 9 is an orphan, its new parent is a process outside the "
        "recording (init or a subreaper)",
        "процесс 8 завершился раньше потомка: процесс 9 стал сиротой, его новый родитель — процесс вне "
        "записи (init или subreaper)",
    ),
    "orphan, parent unseen": (
        "process 9 is an orphan: its parent has ended, its new parent is process 7",
        "процесс 9 — сирота: его родитель завершился, новый родитель — процесс 7",
    ),
    "threads_left": (
        "process 8 ended while thread 12 still ran: it was ended with it",
        "процесс 8 завершился, пока поток 12 ещё работал: он завершён вместе с процессом",
    ),
    "threads_left, many": (
        "process 8 ended while threads 12 and 13 still ran: they were ended with it",
        "процесс 8 завершился, пока потоки 12 и 13 ещё работали: они завершены вместе с процессом",
    ),
    "no_eof": (
        "process 9 still holds the write end (fd 5) of pipe1: process 8 can never see end of file",
        "процесс 9 всё ещё держит конец для записи (fd 5) канала pipe1: процесс 8 никогда не увидит конец файла",
    ),
    "no_eof, own": (
        "process 8 itself still holds the write end (fd 4) of pipe1: process 8 can never see end of file",
        "процесс 8 сам всё ещё держит конец для записи (fd 4) канала pipe1: процесс 8 никогда не увидит конец файла",
    ),
    "no_eof, idle": (
        "process 9 still holds the write end (fd 5) of pipe1 and wrote nothing: process 8 cannot see end of file",
        "процесс 9 всё ещё держит конец для записи (fd 5) канала pipe1 и ничего не пишет: процесс 8 не "
        "увидит конец файла",
    ),
    "no_eof, two": (
        "process 8 (fd 4) and process 9 (fd 5) still hold the write end of pipe1 and wrote nothing: process "
        "8 cannot see end of file",
        "процесс 8 (fd 4) и процесс 9 (fd 5) всё ещё держат конец для записи канала pipe1 и ничего не пишут: "
        "процесс 8 не увидит конец файла",
    ),
    "no_eof, it came": (
        "process 8 (fd 4) itself held the write end of pipe1 and wrote nothing: process 8 saw no end of file "
        "until it was closed",
        "процесс 8 (fd 4) сам держал конец для записи канала pipe1 и ничего не писал: процесс 8 не видел "
        "конца файла, пока этот конец не закрыли",
    ),
    "no_eof, it came from two": (
        "process 8 (fd 4) and process 9 (fd 5) held the write end of pipe1 and wrote nothing: process 8 saw "
        "no end of file until it was closed",
        "процесс 8 (fd 4) и процесс 9 (fd 5) держали конец для записи канала pipe1 и ничего не писали: "
        "процесс 8 не видел конца файла, пока этот конец не закрыли",
    ),
    "broken_pipe": (
        "thread 12 of process 8 wrote to pipe1 (fd 4), which nobody can read: EPIPE",
        "поток 12 процесса 8 писал в канал pipe1 (fd 4), из которого никто не может читать: ошибка EPIPE",
    ),
    "broken_pipe, closed": (
        "thread 12 of process 8 wrote to pipe1 (fd 4), which nobody can read: EPIPE; process 9, who held the "
        "read end last, had closed it",
        "поток 12 процесса 8 писал в канал pipe1 (fd 4), из которого никто не может читать: ошибка EPIPE; "
        "последним конец для чтения держал процесс 9 и закрыл его",
    ),
    "broken_pipe, ended": (
        "thread 12 of process 8 wrote to pipe1 (fd 4), which nobody can read: SIGPIPE ended it; process 9, "
        "who held the read end last, had ended",
        "поток 12 процесса 8 писал в канал pipe1 (fd 4), из которого никто не может читать: его завершил "
        "SIGPIPE; последним конец для чтения держал процесс 9 и завершился",
    ),
    "no_reader": (
        "process 8 holds the write end of pipe1 (fd 4), which nobody can read: a write fails (SIGPIPE, EPIPE)",
        "процесс 8 держит конец для записи канала pipe1 (fd 4), но читать некому: запись не удастся (SIGPIPE, EPIPE)",
    ),
    "fifo_alone": (
        "thread 12 of process 8 waits to open FIFO /f: nobody has opened its other end",
        "поток 12 процесса 8 ждёт в open: FIFO /f никто не открыл с другого конца",
    ),
    "open_fifo": (
        "process 8 ended without having closed FIFO /f (fd 3); the kernel did",
        "процесс 8 завершился, не закрыв FIFO /f (fd 3): закрыло ядро",
    ),
    "fd_leak_exec": (
        "fd 5 of process 9 (/a) leaked into cat: it was not closed on exec, and that program never used it",
        "fd 5 (/a) при exec утёк в программу cat (процесс 9): дескриптор не закрыли, а ей он не понадобился",
    ),
    "fd_leak": (
        "process 8 leaks descriptors: 12 descriptors made by openat at a.py:5 are still open, none were closed",
        "процесс 8 теряет дескрипторы: остались открытыми 12 дескрипторов от openat в a.py:5, ни один не закрыт",
    ),
    "fd_leak, some closed": (
        "process 8 leaks descriptors: 21 descriptors made by openat are still open, 2 were closed",
        "процесс 8 теряет дескрипторы: остались открытыми 21 дескриптор от openat, закрыто 2",
    ),
    "deadlock": (
        "deadlock: process 8 reads from pipe1, whose write end process 9 holds; process 9 reads from pipe1, "
        "whose write end process 8 holds",
        "взаимоблокировка: процесс 8 читает из канала pipe1, конец для записи держит процесс 9; процесс 9 "
        "читает из канала pipe1, конец для записи держит процесс 8",
    ),
    "deadlock, full pipes": (
        "deadlock: process 8 writes to pipe1, which is full and whose read end process 9 holds; process 9 "
        "writes to pipe1, which is full and whose read end process 8 holds",
        "взаимоблокировка: процесс 8 пишет в канал pipe1, он заполнен, конец для чтения держит процесс 9; "
        "процесс 9 пишет в канал pipe1, он заполнен, конец для чтения держит процесс 8",
    ),
    "deadlock, children": (
        "deadlock: process 8 waits for its child, process 9; process 9 waits for its child, process 8",
        "взаимоблокировка: процесс 8 ждёт завершения потомка, это процесс 9; процесс 9 ждёт завершения "
        "потомка, это процесс 8",
    ),
    "deadlock, joins": (
        "deadlock: process 8 waits for process 9 to end; process 9 waits for process 8 to end",
        "взаимоблокировка: процесс 8 ждёт завершения потока, это процесс 9; процесс 9 ждёт завершения "
        "потока, это процесс 8",
    ),
    "deadlock, locks": (
        "deadlock: process 8 waits for lock a#1, which process 9 has; process 9 waits for lock a#1, which "
        "process 8 has",
        "взаимоблокировка: процесс 8 ждёт блокировку a#1, её занял процесс 9; процесс 9 ждёт блокировку a#1, "
        "её занял процесс 8",
    ),
    "deadlock, events": (
        "deadlock: process 8 waits at event a#1 for process 9; process 9 waits at event a#1 for process 8",
        "взаимоблокировка: процесс 8 ждёт на event a#1, разбудить может процесс 9; процесс 9 ждёт на event "
        "a#1, разбудить может процесс 8",
    ),
    "deadlock, futexes": (
        "deadlock: process 8 waits at futex a#1 for process 9; process 9 waits at futex a#1 for process 8",
        "взаимоблокировка: процесс 8 ждёт на futex a#1, разбудить может процесс 9; процесс 9 ждёт на futex "
        "a#1, разбудить может процесс 8",
    ),
    "busy_wait": (
        "process 8 waits busily: 21 calls of wait4 in 19 µs without a result",
        "процесс 8 ждёт активно: 21 вызов wait4 за 19 мкс впустую",
    ),
    "standstill": (
        "deadlock, nobody is left to wake the others: process 8 writes to pipe1, which is full and whose "
        "read end is held by process 9 (fd 5); process 8 waits for its child, process 9; process 8 waits for "
        "a child",
        "взаимоблокировка, разбудить остальных некому: процесс 8 пишет в канал pipe1, он заполнен, конец для "
        "чтения держит процесс 9 (fd 5); процесс 8 ждёт потомка, это процесс 9; процесс 8 ждёт потомка",
    ),
    "standstill, held by itself": (
        "deadlock, nobody is left to wake the others: process 8 reads from pipe1 and sees no end of file as "
        "long as the write end is held by itself (fd 4); process 8 reads from pipe1 and sees no end of file "
        "as long as the write end is held by process 8 itself (fd 4) and process 9 (fd 5)",
        "взаимоблокировка, разбудить остальных некому: процесс 8 читает из канала pipe1 и не увидит конца "
        "файла, пока конец для записи держит он сам (fd 4); процесс 8 читает из канала pipe1 и не увидит "
        "конца файла, пока конец для записи держит сам процесс 8 (fd 4) и процесс 9 (fd 5)",
    ),
    "standstill, input": (
        "nothing moves before input comes: process 8 reads from pipe1 and sees no end of file as long as the "
        "write end is held by process 9 (fd 5); process 8 waits for input (fd 3)",
        "пока нет ввода, всё стоит: процесс 8 читает из канала pipe1 и не увидит конца файла, пока конец для "
        "записи держит процесс 9 (fd 5); процесс 8 ждёт ввода (fd 3)",
    ),
    "standstill, alone": (
        "process 8 waits for a lock (futex) and has no other thread: nobody is left to release it",
        "процесс 8 ждёт блокировку (futex), а других потоков у него нет: освободить её некому",
    ),
    "standstill, threads": (
        "deadlock, nobody is left to wake the others: threads 8, 12 and 13 of process 8 wait for locks or "
        "threads (futex)",
        "взаимоблокировка, разбудить остальных некому: потоки 8, 12 и 13 процесса 8 ждут блокировок или "
        "потоков (futex)",
    ),
    "standstill, many": (
        "deadlock, nobody is left to wake the others: threads 8, 20, 21, 22 and 7 more of process 8 wait for "
        "locks or threads (futex); process 8 waits for a child; process 8 waits for a child; process 8 waits "
        "for a child; 3 more wait so",
        "взаимоблокировка, разбудить остальных некому: потоки 8, 20, 21, 22 и ещё 7 процесса 8 ждут "
        "блокировок или потоков (futex); процесс 8 ждёт потомка; процесс 8 ждёт потомка; процесс 8 ждёт "
        "потомка; ещё 3 ждут так же",
    ),
    "signal_held": (
        "SIGUSR1 waits for process 8, which blocks it: however often sent meanwhile, it is delivered once",
        "SIGUSR1 ожидает доставки, процесс 8 его блокирует: сколько бы раз его ни послали, он будет доставлен один раз",
    ),
    "signal_held, many": (
        "SIGINT, SIGUSR1 and SIGUSR2 wait for process 8, which blocks them: however often sent meanwhile, "
        "each of them is delivered once",
        "SIGINT, SIGUSR1 и SIGUSR2 ожидают доставки, процесс 8 их блокирует: сколько бы раз их ни послали, "
        "каждый будет доставлен один раз",
    ),
    "signal_coalesced": (
        "SIGUSR1 was sent 3 times to process 8 and delivered once: 2 signals were lost, for a signal that is "
        "pending is not counted again",
        "SIGUSR1 послали 3 раза (процесс 8), а доставлен один раз: 2 сигнала потеряны, ведь ожидающий сигнал "
        "повторно не учитывается",
    ),
    "signal_coalesced, pending": (
        "SIGUSR1 was sent 2 times to process 8 and is still pending: 1 signal was lost, for a signal that is "
        "pending is not counted again",
        "SIGUSR1 послали 2 раза (процесс 8), а всё ещё ожидает доставки: 1 сигнал потерян, ведь ожидающий "
        "сигнал повторно не учитывается",
    ),
    "signal_coalesced, children": (
        "10 children of process 8 ended, SIGCHLD was delivered once: 9 signals were lost, for a signal that "
        "is pending is not counted again",
        "10 потомков завершились, а SIGCHLD доставлен один раз (процесс 8): 9 сигналов потеряны, ведь "
        "ожидающий сигнал повторно не учитывается",
    ),
    "signal_coalesced, children, pending": (
        "22 children of process 8 ended, SIGCHLD is still pending: 21 signals were lost, for a signal that "
        "is pending is not counted again",
        "22 потомка завершились, а SIGCHLD всё ещё ожидает доставки (процесс 8): 21 сигнал потерян, ведь "
        "ожидающий сигнал повторно не учитывается",
    ),
    "signal_interrupted": (
        "SIGINT interrupted the read of thread 12 of process 8",
        "SIGINT прервал read, в котором ждал поток 12 процесса 8",
    ),
    "signal_interrupted, by": (
        "SIGUSR1 from process 9 interrupted the read of process 8",
        "SIGUSR1 (от процесса 9) прервал read, в котором ждал процесс 8",
    ),
    "refused": (
        "process 8 was refused at db:5000, where nobody listened: it did not try again",
        "процесс 8 получил отказ в соединении с db:5000, там никто не слушал: больше он не пробовал",
    ),
    "refused, in vain": (
        "process 8 was refused 5 times at db:5000, where nobody listened: it tried again in vain",
        "процесс 8 получил отказ в соединении с db:5000 5 раз, там никто не слушал: повторные попытки не помогли",
    ),
    "refused, then connected": (
        "process 8 was refused 2 times at db:5000, where nobody listened: it tried again and was connected",
        "процесс 8 получил отказ в соединении с db:5000 2 раза, там никто не слушал: следующая попытка удалась",
    ),
    "peer_closed": (
        "process 8 got end of file on sock1 (db:5000) (fd 3): its peer, process 9, had closed",
        "процесс 8 прочитал конец файла (сокет sock1 (db:5000), fd 3): процесс 9 на другой стороне закрыл соединение",
    ),
    "peer_closed, unseen": (
        "process 8 got EPIPE on sock1 (db:5000) (fd 3): its peer had closed",
        "процесс 8 получил ошибку EPIPE (сокет sock1 (db:5000), fd 3): другая сторона закрыла соединение",
    ),
    "peer_closed, elsewhere": (
        "process 8 got ECONNRESET on sock1 (db:5000) (fd 3): its peer, process 9 in db, had ended",
        "процесс 8 получил ошибку ECONNRESET (сокет sock1 (db:5000), fd 3): процесс 9 (db) на другой стороне "
        "завершился",
    ),
}


@pytest.mark.parametrize("key", SAID)
def test_a_finding_in_english_and_in_russian(key):
    assert (catalogue("en").finding(FOUND[key]), catalogue("ru").finding(FOUND[key])) == SAID[key]


def test_every_kind_has_a_sentence_and_every_sentence_is_of_a_kind():
    kinds = {cls.kind for cls in Finding.__subclasses__()}
    assert {finding.kind for finding in FOUND.values()} == kinds
    assert all(catalogue(lang).sentences.keys() == kinds for lang in LANGS)
    assert FOUND.keys() == SAID.keys()


@pytest.mark.parametrize("lang", LANGS)
def test_a_finding_calls_an_object_as_the_picture_does(lang):
    finding = no_eof(NINE)
    said = catalogue(lang).finding(finding, {"pipe1": "pipe7"})
    assert said == catalogue(lang).finding(finding).replace("pipe1", "pipe7")
    assert catalogue(lang).finding(finding, {"pipe10": "pipe7"}) == catalogue(lang).finding(finding)


def test_a_length_of_time_has_three_digits():
    lengths = (-5, 80_000, 12_345_678, 99_999_999, 350_000_000, 1_234_567_890_123)
    assert [" ".join(measured(ns)) for ns in lengths] == ["0 µs", "80 µs", "12.3 ms", "100 ms", "0.35 s", "1234 s"]
