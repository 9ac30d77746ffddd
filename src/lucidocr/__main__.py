"""``python -m lucidocr`` is ``lucidocr``."""

from lucidocr.cli import main

if __name__ == "__main__":
    main(prog_name="lucidocr")
