"""Training of lucidocr's recogniser: synthesis, network, loss, loop and export. Not needed to read."""
