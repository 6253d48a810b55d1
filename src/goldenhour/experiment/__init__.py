"""Online experiments: who is answered by which arm, and what the completion of projects says about the arms."""
