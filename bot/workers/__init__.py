"""Work that runs beside the channels."""
