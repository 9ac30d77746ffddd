"""A batch on a Ray cluster of two nodes on this machine, one of which is killed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ray.cluster_utils import Cluster

from lucidocr.batch.cluster import RayEngine
from lucidocr.batch.reading import Job
from lucidocr.errors import ModelError
from lucidocr.options import ReadingOptions
from tests.batch.running import Progress, files, run
from tests.fakes import picture_of

pytestmark = [
    pytest.mark.system,
    # Ray's own modules warn of each other.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context"),
]
DOCUMENTS = 60
CPUS, JOBS = 3, 4  # more workers than one node has room for: both nodes have some
STORE = {"object_store_memory": 80_000_000}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One node, which notices within seconds that another one is dead."""
    notice = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        head = {"num_cpus": CPUS, "include_dashboard": False, "_system_config": notice, **STORE}
        made = Cluster(initialize_head=True, head_node_args=head)
        yield made
        made.shutdown()


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(DOCUMENTS):
        picture_of(str(number)).save(folder / f"{number}.png", compress_level=1)
    return folder


def test_a_node_that_is_killed_loses_nothing(cluster: Cluster, scans: Path, toy_model: Path, tmp_path: Path) -> None:
    second = cluster.add_node(num_cpus=CPUS, **STORE)
    (scans / "bad.png").write_bytes(b"no picture")
    job = Job(ReadingOptions(model=toy_model, threads=1, mode="line"), "text")

    def kill(done: int) -> None:
        if done == 10:
            cluster.remove_node(second, allow_graceful=False)

    progress = Progress(kill)
    batch, failures = run(
        [str(scans)],
        tmp_path / "out",
        lambda parts: RayEngine(job.open, parts, jobs=JOBS, threads=1, address=cluster.address),
        progress=progress,
    )
    assert progress.done == DOCUMENTS + 1
    assert (batch.summary.read, batch.summary.failed) == (DOCUMENTS, 1)
    assert {Path(source).name: failure.code for source, failure in failures.items()} == {"bad.png": "not_an_image"}
    assert len(files(tmp_path / "out")) == DOCUMENTS
    job_here = job.open()
    for path in scans.glob("1*.png"):
        job_here(str(path), tmp_path / path.name)
        found = (tmp_path / "out" / str(path).lstrip("/")).with_name(f"{path.name}.txt")
        assert found.read_bytes() == (tmp_path / path.name).read_bytes()


def test_a_broken_model_ends_the_batch(cluster: Cluster, scans: Path, tmp_path: Path) -> None:
    job = Job(ReadingOptions(model=tmp_path, threads=1), "text")
    with pytest.raises(ModelError):
        run(
            [str(scans / "1.png")],
            tmp_path / "out",
            lambda parts: RayEngine(job.open, parts, jobs=1, threads=1, address=cluster.address),
        )
