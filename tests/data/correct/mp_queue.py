"""Workers of multiprocessing that take from one queue and put into another, ended by a sentinel each."""

import multiprocessing


def work(jobs, results):
    for job in iter(jobs.get, None):
        results.put(job + 1)
    results.put(None)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    jobs, results = context.Queue(), context.Queue()
    workers = [context.Process(target=work, args=(jobs, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in range(9):
        jobs.put(number)
    for _ in workers:
        jobs.put(None)
    found = [results.get() for _ in range(9 + 3)]
    for worker in workers:
        worker.join()
    assert sorted(number for number in found if number is not None) == list(range(1, 10))
