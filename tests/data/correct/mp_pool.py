"""multiprocessing.Pool in each of the three ways to make a process."""

import multiprocessing


def square(number):
    return number * number


if __name__ == "__main__":
    for how in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(how).Pool(2) as pool:
            assert pool.map(square, range(6)) == [0, 1, 4, 9, 16, 25]
            pool.close()
            pool.join()
