"""What goes wrong through no fault of the program."""


class UserError(ValueError):
    """Bad input: the message is one sentence for the person who gave it, naming the input and the remedy."""
