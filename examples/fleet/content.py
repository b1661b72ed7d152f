#!/usr/bin/env python3
"""Writes a raw disk with seeded content: content.py FILE SIZE SEED FIRST:COUNT...

FIRST and COUNT count blocks of 64 KiB. A block's bytes depend on SEED and the block's number only,
so two disks with the same seed have equal blocks. Each block is a random tile of 256 bytes repeated,
which keeps the archive of the fleet small. Everything else is a hole.
"""

import random
import sys

BLOCK = 65536
TILE = 256


def block(seed, number):
    return random.Random(f"{seed}/{number}").randbytes(TILE) * (BLOCK // TILE)


def main(path, size, seed, *runs):
    with open(path, "wb") as disk:
        for run in runs:
            first, count = map(int, run.split(":"))
            for number in range(first, first + count):
                disk.seek(number * BLOCK)
                disk.write(block(seed, number))
        disk.truncate(int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
