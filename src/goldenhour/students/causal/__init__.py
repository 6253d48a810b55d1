"""The family *causal*: a chat model that is taught to write the answer, as the paper's Llama-2."""
