"""Curated answers, the law behind them, and the calendar of elections."""
