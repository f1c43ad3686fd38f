"""Rasa graph components, thin around the text functions and the numeric model."""
