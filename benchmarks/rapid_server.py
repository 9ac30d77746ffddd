"""A small service that reads lines with RapidOCR, to compare with: ``python -m benchmarks.rapid_server THREADS``."""

from __future__ import annotations

import logging
import sys
from typing import Any

import cv2
import numpy as np
from flask import Flask, Response, jsonify, request
from rapidocr import RapidOCR
from waitress.server import create_server


def make_app(threads: int) -> Flask:
    """The service; a reading of its may use so many threads."""
    app = Flask("rapid")
    given = {"intra_op_num_threads": threads, "inter_op_num_threads": 1}
    params = {f"EngineConfig.onnxruntime.{name}": value for name, value in given.items()}
    engine: Any = RapidOCR(params={"Global.log_level": "critical", **params})

    @app.post("/ocr")
    def read() -> Response:
        data = np.frombuffer(request.files["image"].read(), np.uint8)
        found = engine(cv2.imdecode(data, cv2.IMREAD_COLOR), use_det=False, use_cls=False, use_rec=True)
        return jsonify({"text": "".join(found.txts or ())})

    return app


def main() -> None:
    """Serve, and say where."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for every request that waits
    server: Any = create_server(make_app(int(sys.argv[1])), host="127.0.0.1", port=0, threads=8)
    print(f"http://127.0.0.1:{server.effective_port}/", flush=True)
    server.run()


if __name__ == "__main__":
    main()
