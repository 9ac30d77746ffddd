"""Tables of how pages are found, read and turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

SHARES: Final = ("found", "right")


def markdown(result: Mapping[str, Any]) -> str:
    """How pages are read, a row for each set, and where the time goes."""
    rows = [
        "| set | part | rule | pages | lines | found | right | CER | beside | s a page | detection | reading | rest |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result["sets"]:
        shares = " | ".join(f"{one[name]:.3f}" for name in ("found", "right", "cer", "beside"))
        times = " | ".join(f"{one[name]:.0%}" for name in ("detection", "recognition", "rest"))
        rows.append(
            f"| {one['dataset']} | {one['part']} | {one['rule']} | {one['pages']} | {one['lines']:,} | {shares} "
            f"| {one['seconds']:.2f} | {times} |"
        )
    return "".join(f"{row}\n" for row in rows)


def turning(result: Mapping[str, Any]) -> str:
    """What tells pages that stand upright from those on their heads."""
    found = result["summary"]
    head = ["| lines read both ways | greatest gain, upright | least gain, on their heads |", "|--:|--:|--:|"]
    rows = [
        f"| {one['lines']} | {one['greatest_upright']:.2f} | {one['least_inverted']:.2f} |" for one in found["gains"]
    ]
    confidences = (
        f"Mean confidence of a character: at least {found['least_confidence_upright']:.3f} upright, "
        f"at most {found['greatest_confidence_inverted']:.3f} on their heads."
    )
    columns = f"Lines on their sides gain at most {found['greatest_standing']:.2f} as columns."
    return "".join(f"{row}\n" for row in [*head, *rows, "", f"{found['pages']} tune pages. {confidences} {columns}"])


def beside(result: Mapping[str, Any]) -> str:
    """Every reader on every set."""
    rows = [
        "| set | reader | found | right | CER | page CER | s a page | times as fast as RapidOCR |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    peer = {one["dataset"]: one["seconds"] for one in result["rows"] if one["model"] == "RapidOCR"}
    for one in result["rows"]:
        shares = " | ".join(f"{one[name]:.3f}" for name in ("found", "right", "cer", "page_cer"))
        times = f"{peer[one['dataset']] / one['seconds']:.1f}" if one["dataset"] in peer else "–"
        rows.append(f"| {one['dataset']} | {one['model']} | {shares} | {one['seconds']:.2f} | {times} |")
    orders, given = (
        ", ".join(f"{name} {gap:.3f}" for name, gap in result[key].items() if gap)
        for key in ("label_order", "given_order")
    )
    missing = [f"{name} is left out: {reason}." for name, reason in result["missing"].items()]
    run = f"Part {result['part']}, {result['threads']} thread(s)."
    order = f"Page CER of the truth itself, put in the order of rows and columns: {orders}; as labelled: {given}."
    return "".join(f"{row}\n" for row in [*rows, "", f"{run} {order}", *missing])


def steps(result: Mapping[str, Any]) -> str:
    """All sets together: shares of their lines, and seconds of a page step by step where a reader tells them."""
    rows = [
        "| reader | found | right | looking for lines | reading them | rest | s a page | times as fast as RapidOCR |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    own = {
        model: [one for one in result["rows"] if one["model"] == model]
        for model in dict.fromkeys(one["model"] for one in result["rows"])
    }
    means = {model: sum(one["seconds"] for one in rows) / len(rows) for model, rows in own.items()}
    for model, found in own.items():
        lines = sum(one["lines"] for one in found)
        shares = " | ".join(f"{sum(one[name] * one['lines'] for one in found) / lines:.3f}" for name in SHARES)
        times = f"{means['RapidOCR'] / means[model]:.1f}" if "RapidOCR" in means else "–"
        parts = "– | – | –"
        if all(one["parts"] for one in found):
            spent = [sum(one["parts"][name] for one in found) / len(found) for name in ("detection", "recognition")]
            parts = " | ".join(f"{part:.2f}" for part in (*spent, means[model] - sum(spent)))
        rows.append(f"| {model} | {shares} | {parts} | {means[model]:.2f} | {times} |")
    return "".join(f"{row}\n" for row in rows)


def detecting(result: Mapping[str, Any]) -> str:
    """What is found and read by height of the text as it was looked at."""
    found = result["summary"]["by_height"]
    rows = ["| text as looked at, px | looks | lines | found | right | CER |", "|---|--:|--:|--:|--:|--:|"]
    for number, one in enumerate(found):
        last = f"up to {found[number + 1]['least']}" if number + 1 < len(found) else "and more"
        shares = " | ".join(f"{one[name]:.3f}" for name in ("found", "right", "cer"))
        rows.append(f"| {one['least']} {last} | {one['pages']} | {one['lines']:,} | {shares} |")
    return "".join(f"{row}\n" for row in rows)


def detecting_areas(result: Mapping[str, Any]) -> str:
    """What is found and read by the size that pages are brought to."""
    rows = [
        "| set (tune) | megapixels | pages | found | right | CER | s to find lines |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result["summary"]["by_area"]:
        area = "as chosen" if one["area"] is None else f"{one['area'] / 1e6:.1f}"
        shares = " | ".join(f"{one[name]:.3f}" for name in ("found", "right", "cer"))
        rows.append(f"| {one['dataset']} | {area} | {one['pages']} | {shares} | {one['seconds']:.2f} |")
    return "".join(f"{row}\n" for row in rows)


def flattening(result: Mapping[str, Any]) -> str:
    """Photographs of sheets, read flat and as they are."""
    rows = [
        "| slant | photographs | sheets found | corners off, px | found, flat / as it is | right | page CER |",
        "|--:|--:|--:|---|--:|--:|--:|",
    ]
    for one in result["summary"]:
        off = "–" if one["off_median"] is None else f"{one['off_median']:.1f}, at most {one['off_most']:.1f}"
        pairs = " | ".join("{:.3f} / {:.3f}".format(*one[name]) for name in ("found", "right", "page_cer"))
        rows.append(f"| {one['slant']:.0%} | {one['photographs']} | {one['sheets']} | {off} | {pairs} |")
    alarms = f"Sheets seen on the {result['pages_as_they_are']} tune pages as they are: {result['sheets_on_them']}."
    return "".join(f"{row}\n" for row in [*rows, "", alarms])


def skewing(result: Sequence[Mapping[str, Any]]) -> str:
    """Pages turned by some degrees: a row for each set."""
    degrees = list(dict.fromkeys(one["degrees"] for one in result))
    rows = ["| set (tune) | " + " | ".join(f"{d:+.0f}°" for d in degrees) + " |", "|---|" + "--:|" * len(degrees)]
    for name in dict.fromkeys(one["dataset"] for one in result):
        own = {one["degrees"]: one for one in result if one["dataset"] == name}
        cells = (f"{own[d]['right']:.3f} / {own[d]['page_cer']:.3f}" for d in degrees)
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "".join(f"{row}\n" for row in rows)


def huge(result: Mapping[str, Any]) -> str:
    """A page of many megapixels."""
    rows = [
        "| megapixels | lines drawn | read right | peak memory, MiB | seconds |",
        "|--:|--:|--:|--:|--:|",
        "| {megapixels:.0f} | {drawn} | {right} | {peak_mb:.0f} | {seconds:.0f} |".format_map(result),
    ]
    return "".join(f"{row}\n" for row in rows)
