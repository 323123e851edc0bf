"""Which containers are ours, and what they are called."""

from proclab.live.running import Running, free_name, parse


def test_the_containers_of_the_checkout_the_oldest_first():
    lines = "c\tours-12-3\tclient\nb\tours\tserver\na\tours\tserver\n"
    assert parse(lines, "ours", ["server", "client"]) == [
        Running("a", "server"), Running("b", "server"), Running("c", "client"),
    ]  # fmt: skip


def test_not_those_of_another_checkout_of_another_lab_or_of_nobody():
    lines = "a\tours2\tserver\nb\tours\tlab-1\nc\t\t\nd\n\nbroken"
    assert parse(lines, "ours", ["server"]) == []


def test_a_box_is_named_after_its_service_and_numbered_where_that_is_taken():
    assert free_name("client", []) == "client"
    assert free_name("client", ["client", "server"]) == "client-2"
    assert free_name("client", ["client", "client-3", "client-2"]) == "client-4"
