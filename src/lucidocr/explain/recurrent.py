"""From gradients after a bidirectional LSTM to gradients before it, many targets at once (NumPy only).

ONNX Runtime gives an LSTM's outputs but not its gates, so they are computed again. Gates are in ONNX's order: input,
output, forget, cell (https://onnx.ai/onnx/operators/onnx__LSTM.html).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lucidocr.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """The weights of one direction of an LSTM with H units on D inputs.

    Attributes:
        inputs: float32 [4H, D].
        recurrent: float32 [4H, H].
        bias: float32 [4H], that of the inputs and the recurrent one together.
    """

    inputs: FloatArray
    recurrent: FloatArray
    bias: FloatArray

    @property
    def units(self) -> int:
        """H."""
        return int(self.recurrent.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class _Gates:
    """What one direction computed at each step.

    Attributes:
        gates: float32 [T, 4, H]; input, output, forget, cell, after their activation.
        cells: float32 [T + 1, H], the cell before each step, and after the last.
    """

    gates: FloatArray
    cells: FloatArray


def bilstm_backward(sequence: FloatArray, forward: Direction, backward: Direction, gradients: FloatArray) -> FloatArray:
    """Gradients at the input of a bidirectional LSTM.

    Args:
        sequence: float32 [T, D], its input; one line without padding.
        forward: weights of the direction that runs with time.
        backward: weights of the one that runs against it.
        gradients: float32 [K, T, 2H], of K targets at its output.

    Returns:
        float32 [K, T, D].
    """
    units = forward.units
    ahead = _backward(_run(sequence, forward), forward, gradients[:, :, :units])
    behind = _backward(_run(sequence[::-1], backward), backward, gradients[:, ::-1, units:])
    return ahead + behind[:, ::-1]


def _run(sequence: FloatArray, weights: Direction) -> _Gates:
    """Run one direction and keep what its gradient needs."""
    units = weights.units
    driven = sequence @ weights.inputs.T + weights.bias
    gates = np.empty((len(sequence), 4, units), np.float32)
    cells = np.zeros((len(sequence) + 1, units), np.float32)
    output = np.zeros(units, np.float32)
    recurrent = np.ascontiguousarray(weights.recurrent.T)
    for step, given in enumerate(driven):
        total = (given + output @ recurrent).reshape(4, units)
        gates[step, :3] = _sigmoid(total[:3])
        gates[step, 3] = np.tanh(total[3])
        into, out, keep, new = gates[step]
        cells[step + 1] = keep * cells[step] + into * new
        output = out * np.tanh(cells[step + 1])
    return _Gates(gates, cells)


def _backward(run: _Gates, weights: Direction, gradients: FloatArray) -> FloatArray:
    """Gradients at the input of one direction: [K, T, H] to [K, T, D]."""
    targets, steps, units = gradients.shape
    into, out, keep, new = run.gates.transpose(1, 0, 2)
    bent = np.tanh(run.cells[1:])
    # A gate's gradient is that of the output or of the cell, times these.
    by_output = bent * out * (1 - out)
    by_cell = np.stack([new * into * (1 - into), run.cells[:-1] * keep * (1 - keep), into * (1 - new**2)], axis=1)
    slope = out * (1 - bent**2)
    before = np.empty((steps, targets, 4, units), np.float32)
    output, cell = np.zeros((targets, units), np.float32), np.zeros((targets, units), np.float32)
    for step in range(steps - 1, -1, -1):
        output = output + gradients[:, step]
        cell = cell + output * slope[step]
        before[step, :, 1] = output * by_output[step]
        before[step, :, 0], before[step, :, 2:] = cell * by_cell[step, 0], cell[:, None] * by_cell[step, 1:]
        cell = cell * keep[step]
        output = before[step].reshape(targets, -1) @ weights.recurrent
    flat = before.reshape(steps * targets, 4 * units) @ weights.inputs
    return flat.reshape(steps, targets, -1).transpose(1, 0, 2)


def _sigmoid(values: FloatArray) -> FloatArray:
    """The logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), dtype=np.float32)
