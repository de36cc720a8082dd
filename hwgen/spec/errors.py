"""The root of every error that hwgen reports to a person in one line.

It lives in ``spec`` because ``spec`` imports nothing else of ours; ``hwgen.errors`` adds the errors of
the tools and the builds.
"""


class HwgenError(Exception):
    """An error with a remedy; ``hwgen.cli`` prints it as one line and exits with ``exit_code``.

    Parameters
    ----------
    message
        What is wrong: the object, its value and the limit.
    hint
        What to do about it; appended to the message after a semicolon.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class ModelError(HwgenError):
    """A network or a model file that breaks a rule of the specification."""
