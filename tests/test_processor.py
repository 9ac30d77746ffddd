from __future__ import annotations

from pathlib import Path

import pytest

from lucidocr.processor import has_dot_products


@pytest.mark.parametrize(
    ("description", "has"),
    [
        ("processor : 0\nflags\t\t: fpu sse avx2 avx512_vnni amx_int8\n", True),
        ("processor : 0\nflags\t\t: fpu sse avx2 avx_vnni\n", True),
        ("processor : 0\nFeatures\t: fp asimd asimddp\n", True),
        ("processor : 0\nmodel name : avx512_vnni\nflags\t\t: fpu sse avx2 avx512f\n", False),
        ("", False),
    ],
)
def test_flags_tell(tmp_path: Path, description: str, has: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(description, encoding="utf-8")
    assert has_dot_products(path) is has


def test_a_system_without_the_description_has_none(tmp_path: Path) -> None:
    assert not has_dot_products(tmp_path / "nothing")
