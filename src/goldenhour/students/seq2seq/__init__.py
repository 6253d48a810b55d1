"""The family *seq2seq*: an encoder-decoder that writes the answer, as the paper's Flan-T5."""
