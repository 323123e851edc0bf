"""A CSV file of somebody else's, of which one cell is written and every other byte stays as it was.

Python's csv module would write the whole file anew: other quotes, other line ends, no mark of the encoding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from proclab.errors import UsageError

BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
SEPARATORS = (",", ";", "\t")
MOST_BYTES = 64 << 20


@dataclass
class Row:
    """The cells as they are written, quotes and all, and what ends the line."""

    cells: list[str]
    end: str


class Table:
    """The rows of a CSV file. `Table(data).data() == data`.

    >>> table = Table(b'Name;Grade\\r\\n"A; B";\\r\\n')
    >>> table.value(table.rows[1], 0)
    'A; B'
    >>> table.put(table.rows[1], 1, "7.5")
    >>> table.data()
    b'Name;Grade\\r\\n"A; B";7.5\\r\\n'
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > MOST_BYTES:
            raise UsageError(f"the table is larger than {MOST_BYTES >> 20} MB")
        if data.startswith(UTF16):
            raise UsageError("the table is in UTF-16", "save it as CSV in UTF-8")
        self.mark = BOM if data.startswith(BOM) else b""
        # What is no UTF-8 comes out as it went in.
        text = data[len(self.mark) :].decode("utf-8", "surrogateescape")
        self.separator = _separator(text)
        self.rows = _rows(text, self.separator)

    def value(self, row: Row, column: int) -> str:
        """What a cell says; "" of one that is not there."""
        return unquoted(row.cells[column]) if 0 <= column < len(row.cells) else ""

    def put(self, row: Row, column: int, text: str) -> None:
        """Writes a number into a cell, within quotes where it had some."""
        row.cells[column] = f'"{text}"' if row.cells[column].startswith('"') else text

    def data(self) -> bytes:
        """The file."""
        text = "".join(self.separator.join(row.cells) + row.end for row in self.rows)
        return self.mark + text.encode("utf-8", "surrogateescape")


def unquoted(cell: str) -> str:
    """What a cell says.

    >>> unquoted('"a ""b"" c"'), unquoted("plain")
    ('a "b" c', 'plain')
    """
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def _separator(text: str) -> str:
    """The one that divides the first line most often, outside of quotes."""
    head = re.sub(r'"[^"]*"', "", text).partition("\n")[0]
    return max(SEPARATORS, key=head.count)


def _rows(text: str, separator: str) -> list[Row]:
    piece = re.compile(rf'("(?:[^"]|"")*"|[^"{separator}\r\n][^{separator}\r\n]*|)({separator}|\r\n|\n|\r|\Z)')
    rows: list[Row] = []
    cells: list[str] = []
    at = 0
    while at < len(text) or cells:
        found = piece.match(text, at)
        if not found:
            raise UsageError(f"line {text.count(chr(10), 0, at) + 1} of the table has a quote that does not end")
        cells.append(found[1])
        at = found.end()
        if found[2] != separator:
            rows.append(Row(cells, found[2]))
            cells = []
    return rows
