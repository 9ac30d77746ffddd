"""What this machine's processor can do."""

from __future__ import annotations

from pathlib import Path

_DESCRIPTION = Path("/proc/cpuinfo")
_DOT_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"})
"""Instructions that add products of bytes in 32 bits, as Linux names them."""


def has_dot_products(description: Path = _DESCRIPTION) -> bool:
    """Whether the processor adds products of bytes in 32 bits at once.

    Without it ONNX Runtime adds pairs of them in 16 bits on x86, where they may not fit.

    Args:
        description: Linux's; False on a system without one.
    """
    try:
        lines = description.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(not _DOT_PRODUCTS.isdisjoint(line.split()) for line in lines if line.startswith(("flags", "Features")))
