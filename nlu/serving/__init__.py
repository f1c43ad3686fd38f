"""The HTTP process around the trained model."""
