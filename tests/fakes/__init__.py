"""Fakes of the ports in `bot/application/ports.py`."""
