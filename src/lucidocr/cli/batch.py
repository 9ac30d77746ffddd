"""``lucidocr batch``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lucidocr.cli.common import reading_options
from lucidocr.cli.progress import BatchProgress
from lucidocr.errors import MissingPartError, OptionError
from lucidocr.export import FORMATS
from lucidocr.io import PageRange
from lucidocr.options import ReadingOptions
from lucidocr.threads import available_cores

if TYPE_CHECKING:
    from lucidocr.batch.sinks import Sink
    from lucidocr.batch.store import Begin, Store
    from lucidocr.batch.tasks import Engine

PARQUET = "parquet"
BAD_DOCUMENTS = 1  # exit code of a batch that is done but for these


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="OUT",
    help="Folder for the readings; a new or empty one.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, PARQUET]),
    default="text",
    show_default=True,
    help="What to write for every document: see the guide. parquet has many documents in a file.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that read; without it one for each core, or for each group of --threads cores.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Read on this machine, or on a Ray cluster (extra cluster).",
)
@click.option("--ray-address", metavar="ADDRESS", help="The cluster, such as auto; a new one on this machine without.")
@click.option("--resume", is_flag=True, help="Go on with the batch that this folder is of.")
@click.option("--overwrite", is_flag=True, help="Begin anew in a folder that is not empty, and replace files.")
@reading_options
@click.pass_context
def batch(
    ctx: click.Context,
    inputs: tuple[str, ...],
    *,
    folder: Path,
    form: str,
    jobs: int | None,
    engine: str,
    ray_address: str | None,
    resume: bool,
    overwrite: bool,
    how: ReadingOptions,
) -> None:
    """Read many documents, each into a file of its own: paths, folders, patterns or http(s) addresses.

    The reading of scans/a.png is OUT/scans/a.png.txt. A batch that was ended, however that happened, is gone on with by
    --resume. Documents that cannot be read are listed at the end, and the exit code is 1 then.
    """
    from lucidocr.batch.store import Store

    if resume and overwrite:
        raise click.UsageError("--resume and --overwrite exclude each other.")
    if ray_address and engine != "ray":
        raise click.UsageError("--ray-address is for --engine ray.")
    begin: Begin = "resume" if resume else "overwrite" if overwrite else "new"
    PageRange.parse(how.pages)  # or every document would say that it is none
    threads = how.threads or 1
    if engine == "local":
        jobs, threads = shares(jobs, how.threads, available_cores())
    plan = _Plan(inputs, form, engine, jobs, replace(how, threads=threads), ray_address)
    with Store(folder, begin) as store:
        try:
            failed = _run(plan, store)
        except KeyboardInterrupt:
            click.echo(f"lucidocr: stopped; the same command with --resume goes on in {str(folder)!r}", err=True)
            raise
        if failed:
            click.echo(f"lucidocr: {failed} could not be read:", err=True)
            for source, failure in store.journal.failures():
                click.echo(f"lucidocr: {source}: {failure.message}", err=True)
    ctx.exit(BAD_DOCUMENTS if failed else 0)


def shares(jobs: int | None, threads: int | None, cores: int) -> tuple[int, int]:
    """How many processes read, and on how many threads each: together no more than there are cores.

    Raises:
        OptionError: more were asked for.
    """
    if jobs is None:
        threads = threads or 1
        jobs = max(cores // threads, 1)
    elif threads is None:
        threads = max(cores // jobs, 1)
    if jobs * threads > cores:
        raise OptionError(
            f"{jobs} jobs of {threads} thread{'s' * (threads != 1)} need more than the {cores} cores that there are",
            remedy="Ask for fewer --jobs or --threads: more make it slower.",
        )
    return jobs, threads


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the command line asks for.

    Attributes:
        inputs: names of documents.
        form: what to write.
        engine: "local" or "ray".
        jobs: processes; as many as the cluster has room for when None.
        options: how documents are read, with the threads of each process.
        ray_address: of the cluster.
    """

    inputs: tuple[str, ...]
    form: str
    engine: str
    jobs: int | None
    options: ReadingOptions
    ray_address: str | None


def _run(plan: _Plan, store: Store) -> int:
    """Read everything; returns the number of what could not be read."""
    from lucidocr.batch.identity import described, digest
    from lucidocr.batch.run import Batch, count

    description = described(plan.options, plan.form)
    engine, (sink, suffix) = _engine(plan, store), _sink(plan.form, store)
    store.journal.begin(digest(description), description)
    with BatchProgress(count(plan.inputs, store.folder)) as progress:
        batch = Batch(plan.inputs, store.folder, suffix, store.journal, sink, progress)
        batch.run(engine)
    return batch.summary.failed


def _engine(plan: _Plan, store: Store) -> Engine:
    from lucidocr.batch.reading import Job

    job = Job(plan.options, "json" if plan.form == PARQUET else plan.form)
    threads = plan.options.threads or 1
    if plan.engine == "local":
        from lucidocr.batch.local import LocalEngine

        return LocalEngine(job.open, store.parts, jobs=plan.jobs or 1, threads=threads)
    try:
        from lucidocr.batch.cluster import RayEngine
    except ImportError as error:
        raise _not_installed(error) from error
    return RayEngine(job.open, store.parts, jobs=plan.jobs, threads=threads, address=plan.ray_address)


def _sink(form: str, store: Store) -> tuple[Sink, str]:
    """What takes the readings, and the ending of their names."""
    from lucidocr.batch.sinks import FileSink

    if form != PARQUET:
        return FileSink(store.folder, store.journal), FORMATS[form].suffix
    try:
        from lucidocr.batch.parquet import SUFFIX, ParquetSink
    except ImportError as error:
        raise _not_installed(error) from error
    return ParquetSink(store.folder, store.parts, store.journal), SUFFIX


def _not_installed(error: ImportError) -> MissingPartError:
    return MissingPartError(f"{error.name} is not installed", remedy="Install it: pip install 'lucidocr[cluster]'.")
