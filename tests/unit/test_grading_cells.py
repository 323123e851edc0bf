"""A CSV file of somebody else's: one cell is written, every other byte stays."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proclab.errors import UsageError
from proclab.grading.exports.cells import BOM, Table

CELLS = st.text(st.sampled_from("ab \",;\t\n\r'=é\U0001f600"), max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5)


def written(rows, separator=",", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quoting=quoting).writerows(rows)
    return text.getvalue().encode()


@given(TABLES, st.sampled_from(",;\t"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.booleans())
def test_every_byte_comes_out_as_it_went_in_and_says_what_python_reads(rows, separator, quoting, marked):
    rows = [["head"] * 9, *rows]
    data = BOM * marked + written(rows, separator, quoting)
    table = Table(data)
    assert table.data() == data
    assert table.separator == separator
    assert [[table.value(row, number) for number in range(len(row.cells))] for row in table.rows] == rows


@given(st.binary(max_size=60))
@example(b"")
@example(b"\r")
@example(b"a,")
@example(b"a,b\n\xff,1\n\n")
def test_whatever_the_bytes_are_they_come_out_or_are_refused(data):
    try:
        table = Table(data)
    except UsageError:
        return
    assert table.data() == data


def test_a_cell_keeps_its_quotes():
    table = Table(b'a,b\n"x","1"\n"y",2')
    for row in table.rows[1:]:
        table.put(row, 1, "7.5")
    assert table.data() == b'a,b\n"x","7.5"\n"y",7.5'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'a,b\n"x,1\n', "line 2 of the table has a quote that does not end"),
        (b'a,b\nx,1\n"x"y,1\n', "line 3 of the table has a quote that does not end"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_table_is_refused(data, why):
    with pytest.raises(UsageError, match=why):
        Table(data)


def test_a_cell_that_is_not_there_says_nothing():
    table = Table(b"a,b\nx\n")
    assert table.value(table.rows[1], 1) == ""
    assert table.value(table.rows[1], -1) == ""
