"""concurrent.futures with threads and with processes, one after the other and nested."""

import concurrent.futures
import multiprocessing
import os


def double(number):
    return 2 * number


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(double, range(4))) == [0, 2, 4, 6]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert [future.result() for future in [pool.submit(os.getppid) for _ in range(4)]] == 4 * [os.getppid()]
