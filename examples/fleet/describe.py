#!/usr/bin/env python3
"""Writes what a report on the fleet must say: describe.py FLEET FLEET.TSV

Sizes, allocation and contents come from qemu-img. Two files are written into FLEET; scans skip them
because their names begin with an underscore:

_MANIFEST.tsv    a line for each file
_DUPLICATES.tsv  what hashing all readable blocks of 64 KiB must find
"""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

BLOCK = 65536
DRIVERS = {".qcow2": "qcow2", ".vhd": "vpc", ".vdi": "vdi", ".hdd": "parallels", ".hds": "parallels"}
COUNTERS = [
    "check-errors", "corruptions", "leaks", "image-end-offset", "total-clusters",
    "allocated-clusters", "fragmented-clusters", "compressed-clusters",
]
COLUMNS = [
    "path", "format", "virtual_size", "cluster_size", "allocated_size", "data_extents", "snapshots",
    "error", "blocks", "verdict", *[name.replace("-", "_") for name in COUNTERS], "description",
]


def qemu(*arguments):
    return subprocess.run(["qemu-img", *arguments], check=True, capture_output=True).stdout


def info(driver, path):
    return json.loads(qemu("info", "--output=json", "-f", driver, path))


def alone(driver, path, details):
    """The options that open an image without what lies below it."""
    options = {"driver": driver, "file": {"driver": "file", "filename": path}}
    if driver == "qcow2":
        options["backing"] = None
        if details.get("encrypted"):
            options["encrypt.key-secret"] = "key"
        data_file = details["format-specific"]["data"].get("data-file")
        if data_file:
            folder = os.path.dirname(path)
            options["data-file"] = {"driver": "file", "filename": os.path.join(folder, data_file)}
    return ["--object", "secret,id=key,data=fleet", "json:" + json.dumps(options)]


def cluster_size(driver, path, details):
    """Allocation unit, None for formats without one. qemu-img knows Parallels' from the header only."""
    if driver == "parallels":
        with open(path, "rb") as file:
            return 512 * int.from_bytes(file.read(32)[28:], "little")
    if driver == "raw" or path.endswith("-fixed.vhd"):
        return None
    return {"vpc": 2 << 20, "vdi": 1 << 20}.get(driver) or details["cluster-size"]


def standalone_copy(path, folder):
    """A copy without holes, and without the parent that would make qemu-img refuse a VDI."""
    copy = os.path.join(folder, os.path.basename(path))
    subprocess.run(["cp", "--sparse=never", path, copy], check=True)
    if path.endswith(".vdi"):
        with open(copy, "r+b") as file:
            file.seek(0x1A8)
            file.write(bytes(32))
    return copy


def blocks(size, cluster):
    """The grid of blocks: pieces of one cluster, or several whole clusters."""
    cluster = cluster or BLOCK
    step = cluster if cluster >= BLOCK else BLOCK // cluster * cluster
    for start in range(0, size, step):
        end = min(start + step, size)
        for offset in range(start, end, BLOCK):
            yield offset, min(BLOCK, end - offset)


def stored_blocks(size, cluster, runs):
    runs = iter(runs)
    run = next(runs, None)
    for offset, length in blocks(size, cluster):
        while run and run[1] <= offset:
            run = next(runs, None)
        if run is None:
            return
        if run[0] < offset + length:
            yield offset, length


def readable(opened, offset, length):
    command = ["qemu-io", "-r", *opened, "-c", f"read {offset} {length}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"read {length}/{length}" in result.stdout


def digests(opened, size, cluster, runs, folder, damaged):
    """Digest, length and whether it is zero of each stored block; None for one that can't be read."""
    plain = os.path.join(folder, "plain")
    qemu("convert", *(["--salvage"] if damaged else []), "-O", "raw", *opened, plain)
    with open(plain, "rb") as disk:
        for offset, length in stored_blocks(size, cluster, runs):
            if damaged and not readable(opened, offset, length):
                yield None
                continue
            disk.seek(offset)
            data = disk.read(length)
            yield hashlib.sha256(data).digest(), length, not any(data)


def check(opened, verdict):
    """The counters of qemu-img check; none where it refuses the image or does not know how."""
    command = ["qemu-img", "check", "--output=json", *opened]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode in (1, 63):
        assert verdict != "leaks" or result.returncode == 63, (opened, result.stderr)
        return {}
    counted = json.loads(result.stdout)
    if counted.get("corruptions"):
        assert verdict == "corrupt", opened
    elif counted.get("leaks"):
        assert verdict in ("corrupt", "leaks"), opened
    # QEMU leaves out the figures that are zero, and those that a format's check does not give.
    return {key.replace("-", "_"): counted.get(key, 0) for key in COUNTERS}


def bundle(descriptor):
    """What the descriptor of a Parallels bundle says, which QEMU does not know. It holds no data."""
    root = xml.etree.ElementTree.parse(descriptor).getroot()
    sectors = {
        "virtual_size": "Disk_Parameters/Disk_size",
        "cluster_size": "StorageData/Storage/Blocksize",
    }
    sizes = {column: 512 * int(root.findtext(name)) for column, name in sectors.items()}
    return {"format": "parallels-bundle", "allocated_size": 0, "data_extents": 0} | sizes


def describe(fleet, path, error, blocks_read, verdict, description, found):
    row = dict.fromkeys(COLUMNS, "-") | {
        "path": path, "error": error, "blocks": blocks_read, "verdict": verdict,
        "description": description,
    }
    if path.endswith(".xml"):
        return row | bundle(os.path.join(fleet, path))
    driver = DRIVERS.get(os.path.splitext(path)[1], "raw")
    if error != "-":
        row.update(check(["-f", driver, os.path.join(fleet, path)], verdict))
        return row
    with tempfile.TemporaryDirectory() as folder:
        original = os.path.join(fleet, path)
        copy = standalone_copy(original, folder)
        details = info(driver, copy)
        size = details["virtual-size"]
        cluster = cluster_size(driver, original, details)
        data_file = os.path.join(os.path.dirname(original), "external-data.raw")
        if os.path.exists(data_file):
            shutil.copy(data_file, folder)
        opened = alone(driver, copy, details)
        row.update(check(alone(driver, original, details), verdict))
        extents = json.loads(qemu("map", "--output=json", *opened))
        runs = [(e["start"], e["start"] + e["length"]) for e in extents if e["data"]]
        row["format"] = driver
        row["virtual_size"] = size
        row["cluster_size"] = cluster or "-"
        row["allocated_size"] = sum(end - start for start, end in runs)
        row["data_extents"] = len(runs)
        row["snapshots"] = len(details.get("snapshots", [])) if driver == "qcow2" else "-"
        if not blocks_read.startswith("refused"):
            damaged = blocks_read.endswith("unreadable")
            all_digests = list(digests(opened, size, cluster, runs, folder, damaged))
            failures = all_digests.count(None)
            assert blocks_read == (f"{failures} unreadable" if failures else "read"), (path, failures)
            found += [(path, driver, digest) for digest in all_digests]
    return row


def duplicates(found):
    read = [(path, driver, *block) for path, driver, block in found if block]
    data = [block for block in read if not block[4]]
    groups = {}
    for path, driver, digest, length, _ in data:
        groups.setdefault((digest, length), []).append((path, driver))

    def total(choose):
        chosen = [(key, places) for key, places in groups.items() if choose(places)]
        return sum(len(p) for _, p in chosen), sum(k[1] * len(p) for k, p in chosen)

    def several(index):
        return lambda places: len({place[index] for place in places}) > 1

    distinct = len(groups), sum(key[1] for key in groups)
    stored = len(data), sum(block[3] for block in data)
    yield "data", *stored
    yield "distinct", *distinct
    yield "duplicate", stored[0] - distinct[0], stored[1] - distinct[1]
    yield "in several images", *total(several(0))
    yield "in several formats", *total(several(1))
    yield "zero", len(read) - len(data), sum(block[3] for block in read if block[4])
    yield "unreadable", len(found) - len(read), "-"


def main(fleet, descriptions):
    found = []
    with open(descriptions, newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    present = {
        os.path.relpath(os.path.join(folder, name), fleet)
        for folder, _, names in os.walk(fleet)
        for name in names
        if not name.startswith("_")
    }
    listed = {line[0] for line in lines}
    assert present == listed, f"described and made differ: {present ^ listed}"
    rows = [describe(fleet, *line, found) for line in sorted(lines)]
    with open(os.path.join(fleet, "_MANIFEST.tsv"), "w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        file.writelines("\t".join(str(row[c]) for c in COLUMNS) + "\n" for row in rows)
    with open(os.path.join(fleet, "_DUPLICATES.tsv"), "w", encoding="utf-8") as file:
        file.write("measure\tblocks\tbytes\n")
        file.writelines("\t".join(map(str, line)) + "\n" for line in duplicates(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
