"""Augmentation: where a student errs, intents like those are learnt from, too; and studies of what that brings."""

from goldenhour.augment.mistakes import AugmentError, Mistakes, mistakes

__all__ = ["AugmentError", "Mistakes", "mistakes"]
