"""What a person says, and what is decided to answer."""
