"""The best-exported answer to each intent, split for ever into train, dev and test."""
