"""Unpack LZX, the compression of HTML Help (after Microsoft's "LZX Data Compression Format").

Bits come in little-endian words of 16, highest first. A match names an offset by a slot, which has
a number of further bits; the last three offsets have slots of their own. The translation of
processor instructions isn't undone, as help files don't use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

FRAME: Final = 0x8000
_SLOTS: Final = {15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50}
_LENGTHS: Final = 249
_LITERALS: Final = 256
_VERBATIM, _ALIGNED, _STORED = 1, 2, 3
_EXTRA_BITS: Final = [0, 0, *(max(0, slot // 2 - 1) for slot in range(2, 34)), *[17] * 17]
_BASES: Final = [sum(1 << bits for bits in _EXTRA_BITS[:slot]) for slot in range(51)]


class _Tree:
    """A canonical Huffman code: for each run of `bits` bits, the symbol and its length."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.bits = max(lengths, default=0)
        self.table: list[tuple[int, int]] = []
        for length in range(1, self.bits + 1):
            room = 1 << (self.bits - length)
            for symbol, own in enumerate(lengths):
                if own == length:
                    self.table += [(symbol, length)] * room
        if len(self.table) > 1 << self.bits:
            raise ValueError("too many codes")
        # Codes that no symbol has end the stream.
        self.table += [(-1, 16)] * ((1 << self.bits) - len(self.table))


class LzxDecoder:
    """Unpacks a stream from one reset to the next. Raises ValueError if it is damaged."""

    def __init__(self, data: bytes, window_bits: int) -> None:
        self._data = data
        self._at = self._buffer = self._held = 0
        self._main = [0] * (_LITERALS + 8 * _SLOTS[window_bits])
        self._length = [0] * _LENGTHS
        self._recent = [1, 1, 1]
        self._out = bytearray()

    def unpack(self, size: int) -> bytes:
        """The first `size` unpacked bytes."""
        if self._read(1):
            raise ValueError("translated instructions")
        left = 0
        kind = 0
        main = length = aligned = _Tree([])
        while len(self._out) < size:
            end = min(size, len(self._out) // FRAME * FRAME + FRAME)
            while len(self._out) < end:
                if not left:
                    kind, left = self._read(3), self._read(24)
                    if kind == _ALIGNED:
                        aligned = _Tree([self._read(3) for _ in range(8)])
                    if kind in (_VERBATIM, _ALIGNED):
                        self._read_lengths(self._main, 0, _LITERALS)
                        self._read_lengths(self._main, _LITERALS, len(self._main))
                        self._read_lengths(self._length, 0, _LENGTHS)
                        main, length = _Tree(self._main), _Tree(self._length)
                    elif kind == _STORED:
                        self._begin_stored()
                    if not left or kind not in (_VERBATIM, _ALIGNED, _STORED):
                        raise ValueError("no such block")
                before, count = len(self._out), min(left, end - len(self._out))
                if kind == _STORED:
                    self._copy_stored(count, ends=count == left)
                else:
                    self._decode(count, main, length, aligned if kind == _ALIGNED else None)
                left = max(0, left - (len(self._out) - before))
            if kind != _STORED:
                self._read(self._held % 16)
        return bytes(self._out[:size])

    def _decode(self, count: int, main: _Tree, length: _Tree, aligned: _Tree | None) -> None:
        out, recent = self._out, self._recent
        end = len(out) + count
        while len(out) < end:
            symbol = self._symbol(main)
            if symbol < _LITERALS:
                out.append(symbol)
                continue
            slot, size = divmod(symbol - _LITERALS, 8)
            size = size + 2 if size < 7 else self._symbol(length) + 9
            if slot < 3:
                offset = recent[slot]
                recent[slot], recent[0] = recent[0], offset
            else:
                offset = _BASES[slot] - 2 + self._further(_EXTRA_BITS[slot], aligned)
                recent[:] = [offset, *recent[:2]]
            if offset > len(out):
                raise ValueError("an offset before the beginning")
            if offset >= size:
                start = len(out) - offset
                out += out[start : start + size]
            else:
                # A match may overlap its own result; then it repeats.
                piece = out[-offset:]
                out += (piece * (size // offset + 1))[:size]

    def _further(self, bits: int, aligned: _Tree | None) -> int:
        if aligned is None or bits < 3:
            return self._read(bits)
        high = self._read(bits - 3) << 3
        return high + self._symbol(aligned)

    def _read_lengths(self, lengths: list[int], first: int, last: int) -> None:
        """Read the lengths of codes, each as the difference to its former length."""
        tree = _Tree([self._read(4) for _ in range(20)])
        at = first
        while at < last:
            code = self._symbol(tree)
            if code in (17, 18):
                run = self._read(4) + 4 if code == 17 else self._read(5) + 20
                value = 0
            elif code == 19:
                run = self._read(1) + 4
                value = (lengths[at] - self._symbol(tree)) % 17
            else:
                run, value = 1, (lengths[at] - code) % 17
            run = min(run, last - at)
            lengths[at : at + run] = [value] * run
            at += run

    def _symbol(self, tree: _Tree) -> int:
        bits = tree.bits
        while self._held < bits:
            self._fill()
        if not bits:
            raise ValueError("an empty code")
        symbol, size = tree.table[(self._buffer >> (self._held - bits)) & ((1 << bits) - 1)]
        if symbol < 0:
            raise ValueError("no such code")
        self._held -= size
        self._buffer &= (1 << self._held) - 1
        return symbol

    def _read(self, bits: int) -> int:
        while self._held < bits:
            self._fill()
        self._held -= bits
        value = self._buffer >> self._held
        self._buffer &= (1 << self._held) - 1
        return value

    def _fill(self) -> None:
        if self._at > len(self._data) + 4:
            raise ValueError("it ends too soon")
        word = int.from_bytes(self._data[self._at : self._at + 2], "little")
        self._buffer = self._buffer << 16 | word
        self._held += 16
        self._at += 2

    def _begin_stored(self) -> None:
        """Skip to the next word, and read the last three offsets."""
        self._read(self._held % 16 or 16)
        self._at -= self._held // 8
        self._buffer = self._held = 0
        raw = self._data[self._at : self._at + 12]
        self._recent[:] = [int.from_bytes(raw[n : n + 4], "little") for n in (0, 4, 8)]
        self._at += 12

    def _copy_stored(self, count: int, *, ends: bool) -> None:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise ValueError("it ends too soon")
        self._out += piece
        self._at += count
        # Words begin at even places of the stream.
        self._at += self._at % 2 if ends else 0
