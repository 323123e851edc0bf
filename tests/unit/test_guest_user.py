"""Who a container's programs are: the uid they were given, or one that their user namespace has."""

from __future__ import annotations

import pytest

from proclab.engine import UIDS
from tests.unit.guest import module

user, leftovers = module("user"), module("leftovers")
EVERY = "         0          0 4294967295\n"
ROOTLESS = "         0       1000          1\n         1     100000      65536\n"


@pytest.mark.parametrize("uid", [1000, UIDS[0], UIDS[-1]])
def test_a_uid_that_is_there_is_taken(uid):
    assert user.mapped(uid, EVERY) == uid


@pytest.mark.parametrize("uid", [UIDS[0], UIDS[12345], UIDS[-1]])
def test_where_there_are_few_one_of_those_is_taken_that_no_image_names(uid):
    assert user.FIRST <= user.mapped(uid, ROOTLESS) < 65537


def test_a_small_uid_is_there_without_root_too():
    assert user.mapped(1000, ROOTLESS) == 1000


def test_different_uids_mostly_stay_different():
    assert len({user.mapped(uid, ROOTLESS) for uid in UIDS[:1000]}) == 1000


@pytest.mark.parametrize(
    ("line", "before", "told"),
    [
        ("TCP: inuse 0 orphan 3 tw 0 alloc 9 mem 9", 0, ""),
        ("TCP: inuse 2 orphan 0 tw 0 alloc 9 mem 9", 0, "TCP: 2 open"),
        ("TCP: inuse 1 orphan 0 tw 7 alloc 9 mem 9", 0, "TCP: 1 open 7 in TIME_WAIT"),
        ("TCP6: inuse 1", 0, "TCP6: 1 open"),
        ("TCP6: inuse 0", 0, ""),
        ("TCP: inuse 1 orphan 0 tw 0 alloc 9 mem 9", 1, ""),  # the engine's name server, as before
        ("TCP: inuse 3 orphan 0 tw 1 alloc 9 mem 9", 1, "TCP: 2 open 1 in TIME_WAIT"),
        ("TCP: inuse 0 orphan 0 tw 0 alloc 9 mem 9", 1, ""),
    ],
)
def test_sockets_that_outlive_their_processes_are_counted(line, before, told):
    assert leftovers.counted(line.split(), before) == told
