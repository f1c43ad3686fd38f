"""What is answered: words, buttons, layout."""
