"""Executes the notebooks of this directory and checks what they show of the sample fleet."""

import csv
import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

HERE = Path(__file__).parent
FLEET = Path(os.environ["DISKIMAGE_FLEET"])
FLEET_RESULTS = """
import json
print(json.dumps({
    "by_format": [row.asDict() for row in by_format],
    "kinds": [row.asDict() for row in kinds],
    "sizes": sizes,
}))
spark.stop()
"""
CHECK_RESULTS = """
import json
print(json.dumps({
    "verdicts": [row.asDict() for row in verdicts],
    "summary": [row.asDict() for row in summary],
    "kinds": {row.kind: row.asDict() for row in kinds.collect()},
    "checks": {row.path: row.asDict() for row in checks.select("path", "verdict", *counters).collect()},
    "centres": {row.data_centre: row.reclaimable for row in centres},
}))
spark.stop()
"""


def manifest():
    with open(FLEET / "_MANIFEST.tsv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def duplicates():
    with open(FLEET / "_DUPLICATES.tsv", newline="", encoding="utf-8") as file:
        return {row["measure"]: row for row in csv.DictReader(file, delimiter="\t")}


def execute(name, last_cell):
    notebook = nbformat.read(HERE / name, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(last_cell))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}
    ).execute()
    return notebook


def printed(notebook):
    outputs = notebook.cells[-1].outputs
    return json.loads("".join(o.text for o in outputs if o.get("name") == "stdout"))


@pytest.fixture(scope="module")
def executed():
    return execute("fleet.ipynb", FLEET_RESULTS)


@pytest.fixture(scope="module")
def results(executed):
    return printed(executed)


@pytest.fixture(scope="module")
def check():
    return printed(execute("check.ipynb", CHECK_RESULTS))


def test_lists_every_file(executed):
    shown = "".join(o.get("text", "") for cell in executed.cells for o in cell.get("outputs", []))
    for row in manifest():
        assert Path(row["path"]).name in shown


def test_sums_up_the_formats_as_the_manifest_does(results):
    expected = {}
    for row in manifest():
        if row["format"] != "-":
            sums = expected.setdefault(row["format"], [0, 0, 0])
            sums[0] += 1
            sums[1] += int(row["virtual_size"])
            sums[2] += int(row["allocated_size"])
    found = {r["format"]: [r["files"], r["virtual"], r["allocated"]] for r in results["by_format"]}
    assert found == expected


def test_tells_shared_contents_from_zeros(results):
    found = {}
    for row in results["kinds"]:
        found[row["kind"]] = found.get(row["kind"], 0) + row["bytes"]
    expected = {kind: int(row["bytes"]) for kind, row in duplicates().items() if row["bytes"] != "-"}
    assert found["zeros"] == expected["zero"]
    assert found["in several formats"] == expected["in several formats"]
    assert found["in this format only"] == expected["data"] - expected["in several formats"]


def test_draws_one_chart(executed):
    pictures = [
        output
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 1


def test_reads_the_disk_at_its_snapshots(results):
    # make-fleet.sh grew the disk from 1 to 4 GiB before the snapshot "grown".
    assert results["sizes"] == {"before-upgrade": 1 << 30, "grown": 4 << 30, "now": 4 << 30}


def test_gives_every_file_the_verdict_of_the_manifest(check):
    found = {path.split("/fleet/", 1)[1]: row["verdict"] for path, row in check["checks"].items()}
    assert found == {row["path"]: row["verdict"] for row in manifest()}


def test_counts_what_qemu_img_check_counts(check):
    counted = [row for row in manifest() if row["corruptions"] != "-"]
    assert {row["format"] for row in counted} >= {"qcow2", "vdi", "parallels"}
    for row in counted:
        found = check["checks"][f"file:{FLEET}/{row['path']}"]
        for counter in ("corruptions", "leaks", "check_errors"):
            assert found[counter] == int(row[counter]), (row["path"], counter)


def test_gets_the_same_sums_from_the_table_and_from_the_procedure(check):
    assert sum(row["images"] for row in check["verdicts"]) == len(manifest())
    assert check["summary"] == check["verdicts"]


def test_finds_what_only_a_full_check_sees(check):
    # make-fleet.sh overwrote one compressed cluster.
    assert check["kinds"]["QCOW2_COMPRESSED_UNDECODABLE"]["images"] == 1
    leaked = sum(int(r["leaks"]) for r in manifest() if r["format"] == "qcow2")
    assert check["kinds"]["QCOW2_LEAKED_CLUSTER"]["findings"] == leaked


def test_sums_up_what_each_data_centre_can_win_back(check):
    # 49 leaked clusters of 64 KiB; 3 MiB behind a Parallels image, as make-fleet.sh made them.
    assert check["centres"]["dc1"] == 49 << 16
    assert check["centres"]["dc3"] == 3 << 20


@pytest.mark.parametrize("path", sorted(HERE.glob("*.ipynb")), ids=lambda path: path.name)
def test_is_stored_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
