"""Reports over held-out utterances."""
