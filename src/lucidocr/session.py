"""Running ONNX graphs: the only module that imports onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from lucidocr.errors import ImageSizeError, LucidOcrError, ModelError

_FATAL_ONLY = 4
"""Every other message of ONNX Runtime is also an exception."""

_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
_MEMORY_WORDS = ("bad_alloc", "bad allocation", "failed to allocate", "out of memory")
"""How ONNX Runtime says, in lower case, that memory is used up."""


_SHRINK = ort.RunOptions()
_SHRINK.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")


class Session:
    """An ONNX graph ready to run; :meth:`run` may be called from many threads at once.

    Args:
        graph: the content of an ONNX file.
        threads: that one run may use.
        arena: whether to keep the memory of the largest run so far; getting it anew for every operator takes up to half
            of the time.

    Raises:
        ModelError: the content is no ONNX graph, or not one that this version of ONNX Runtime runs.
    """

    def __init__(self, graph: bytes, *, threads: int, arena: bool = False) -> None:
        ort.disable_telemetry_events()
        self._arena = arena
        self._swollen = False
        try:
            self._session = ort.InferenceSession(graph, _options(threads, arena), providers=["CPUExecutionProvider"])
        except _ERRORS as error:
            raise ModelError(f"the graph cannot be loaded ({_first_line(error)})") from error

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the graph's inputs."""
        return tuple(node.name for node in self._session.get_inputs())

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the graph's outputs."""
        return tuple(node.name for node in self._session.get_outputs())

    @property
    def metadata(self) -> Mapping[str, str]:
        """Properties that travel inside the ONNX file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(
        self, feeds: Mapping[str, NDArray[Any]], outputs: tuple[str, ...] | None = None, *, shrink: bool = False
    ) -> list[NDArray[Any]]:
        """Compute the graph's outputs.

        Args:
            feeds: an array for every input.
            outputs: names of the outputs wanted; all of them when None.
            shrink: whether to give the arena's memory back afterwards: an unusually large run is not to keep it. What
                the outputs lie in is given back after the next run.

        Returns:
            The arrays in the order of ``outputs``.

        Raises:
            ImageSizeError: there is not enough memory for arrays of this size.
            LucidOcrError: the graph fails on these arrays.
        """
        try:
            options = _SHRINK if self._arena and (shrink or self._swollen) else None
            values = self._session.run(list(outputs) if outputs is not None else None, dict(feeds), options)
        except (MemoryError, *_ERRORS) as error:
            if isinstance(error, MemoryError) or any(words in str(error).lower() for words in _MEMORY_WORDS):
                raise ImageSizeError("the picture needs more memory than there is") from error
            raise LucidOcrError(f"the network fails on this picture ({_first_line(error)})") from error
        self._swollen = shrink
        return [np.asarray(value) for value in values]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _options(threads: int, arena: bool) -> ort.SessionOptions:
    """Settings measured on lines of varied widths (see benchmarks/memory.py).

    The memory pattern keeps the buffers of every width that was seen, so it is off; an arena keeps those of the largest
    run, so runs are to be of bounded size. Threads that spin between two runs take time from everything else on the
    machine, and waiting costs little.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = arena
    options.enable_mem_pattern = False
    options.log_severity_level = _FATAL_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
