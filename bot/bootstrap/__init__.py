"""The only package that knows every part: builds, wires, closes."""
