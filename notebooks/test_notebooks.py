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
RESULTS = """
import json
print(json.dumps({
    "by_format": [row.asDict() for row in by_format],
    "kinds": [row.asDict() for row in kinds],
    "sizes": sizes,
}))
spark.stop()
"""


def manifest():
    with open(FLEET / "_MANIFEST.tsv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def duplicates():
    with open(FLEET / "_DUPLICATES.tsv", newline="", encoding="utf-8") as file:
        return {row["measure"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture(scope="module")
def executed():
    notebook = nbformat.read(HERE / "fleet.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(RESULTS))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}
    ).execute()
    return notebook


@pytest.fixture(scope="module")
def results(executed):
    printed = "".join(o.text for o in executed.cells[-1].outputs if o.get("name") == "stdout")
    return json.loads(printed)


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


@pytest.mark.parametrize("path", sorted(HERE.glob("*.ipynb")), ids=lambda path: path.name)
def test_is_stored_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
