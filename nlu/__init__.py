"""The NLU process: what a question means, under Rasa 3.6 and Python 3.10."""
