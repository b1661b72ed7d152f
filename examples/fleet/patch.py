#!/usr/bin/env python3
"""Changes bytes of an image that qemu-img has no option for: patch.py ACTION FILE [ARGUMENT...]"""

import struct
import sys
import uuid

VHD_COOKIE = b"conectix"
FIXED_TIME = 820454400  # 2026-01-01 in seconds since 2000-01-01
SNAPSHOT_TIME = 1767225600  # 2026-01-01 in seconds since 1970-01-01
DAY = 86400


def read(path):
    with open(path, "rb") as file:
        return bytearray(file.read())


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def stable_id(path):
    """An id that is the same each time the fleet is made."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "fleet:" + path)


def vhd_checksum(content, start, length, field):
    content[start + field : start + field + 4] = bytes(4)
    total = sum(content[start : start + length])
    struct.pack_into(">I", content, start + field, ~total & 0xFFFFFFFF)


def vhd_footers(content):
    footers = [len(content) - 512]
    if content[:8] == VHD_COOKIE:
        footers.append(0)
    return footers


def vhd_stable(path):
    """Fixed time and id in place of the time of making and a random id."""
    content = read(path)
    for start in vhd_footers(content):
        struct.pack_into(">I", content, start + 24, FIXED_TIME)
        content[start + 68 : start + 84] = stable_id(path).bytes
        vhd_checksum(content, start, 512, 64)
    write(path, content)


def vhd_bad_checksum(path):
    content = read(path)
    for start in vhd_footers(content):
        content[start + 67] ^= 0x55
    write(path, content)


def vhd_differencing(path, parent):
    """Turns a dynamic disk into one that differs from a parent."""
    content = read(path)
    parent_footer = read(parent)[-512:]
    for start in vhd_footers(content):
        struct.pack_into(">I", content, start + 60, 4)
        vhd_checksum(content, start, 512, 64)
    header = struct.unpack_from(">Q", content, 16)[0]
    content[header + 40 : header + 56] = parent_footer[68:84]
    name = parent.rsplit("/", 1)[-1].encode("utf-16-be")
    content[header + 64 : header + 64 + len(name)] = name
    vhd_checksum(content, header, 1024, 36)
    write(path, content)


def vdi_stable(path):
    content = read(path)
    content[0x188:0x198] = stable_id(path).bytes_le
    content[0x198:0x1A8] = stable_id(path + "#modified").bytes_le
    write(path, content)


def vdi_differencing(path, parent):
    content = read(path)
    parent_header = read(parent)[:512]
    struct.pack_into("<I", content, 0x4C, 4)
    content[0x1A8:0x1B8] = parent_header[0x188:0x198]
    content[0x1B8:0x1C8] = parent_header[0x198:0x1A8]
    write(path, content)


def parallels_v1(path):
    """The older magic, whose table counts sectors instead of clusters."""
    content = read(path)
    tracks, entries = struct.unpack_from("<II", content, 28)
    content[:16] = b"WithoutFreeSpace"
    for index in range(entries):
        at = 64 + 4 * index
        struct.pack_into("<I", content, at, struct.unpack_from("<I", content, at)[0] * tracks)
    write(path, content)


def snapshot_dates(path):
    """Dates the internal snapshots of a qcow2 image one day apart."""
    content = read(path)
    count, at = struct.unpack_from(">IQ", content, 60)
    for index in range(count):
        id_length, name_length = struct.unpack_from(">HH", content, at + 12)
        struct.pack_into(">II", content, at + 16, SNAPSHOT_TIME + index * DAY, 0)
        extra = struct.unpack_from(">I", content, at + 36)[0]
        at += (40 + extra + id_length + name_length + 7) // 8 * 8
    write(path, content)


def qcow2_l1_offset(path, offset):
    content = read(path)
    struct.pack_into(">Q", content, 40, int(offset, 0))
    write(path, content)


def l2_entry(content, guest):
    """Where the L2 entry of a guest offset lies; clusters are 64 KiB."""
    number = int(guest, 0) >> 16
    l1 = struct.unpack_from(">Q", content, 40)[0]
    l2 = struct.unpack_from(">Q", content, l1 + 8 * (number >> 13))[0] & 0x00FFFFFFFFFFFE00
    return l2 + 8 * (number & 0x1FFF)


def qcow2_damaged_cluster(path, guest):
    """Overwrites the stored bytes of one compressed cluster of 64 KiB."""
    content = read(path)
    entry = struct.unpack_from(">Q", content, l2_entry(content, guest))[0]
    assert entry >> 62 == 1, "not a compressed cluster"
    host = entry & ((1 << 54) - 1)
    content[host : host + 64] = b"\xff" * 64
    write(path, content)


def qcow2_forget(path, guest, count):
    """Takes clusters out of the map and leaves their reference counts: they are leaked."""
    content = read(path)
    start = l2_entry(content, guest)
    content[start : start + 8 * int(count)] = bytes(8 * int(count))
    write(path, content)


def qcow2_share(path, guest, other):
    """Maps one guest cluster to where another lies."""
    content = read(path)
    to = l2_entry(content, guest)
    at = l2_entry(content, other)
    content[to : to + 8] = content[at : at + 8]
    write(path, content)


def qcow2_mark_corrupt(path):
    content = read(path)
    content[79] |= 2
    write(path, content)


def vhd_bad_tail(path):
    """Overwrites the footer; the copy at the head stays."""
    content = read(path)
    content[-512:] = b"\xf6" * 512
    write(path, content)


def vhd_tail(path, length):
    """Moves the footer away from the last block."""
    content = read(path)
    content[-512:-512] = bytes(int(length, 0))
    write(path, content)


def vdi_share(path, block, other):
    content = read(path)
    table = struct.unpack_from("<I", content, 0x154)[0]
    at = table + 4 * int(other)
    to = table + 4 * int(block)
    content[to : to + 4] = content[at : at + 4]
    write(path, content)


def parallels_unclean(path):
    """As left by a machine that died."""
    content = read(path)
    struct.pack_into("<I", content, 44, 0x746F6E59)
    write(path, content)


def main(action, path, *arguments):
    globals()[action.replace("-", "_")](path, *arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
