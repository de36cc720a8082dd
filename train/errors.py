"""Errors of training, each reported to a person in one line."""

from hwgen.spec import HwgenError


class DataError(HwgenError):
    """A data set that is missing, damaged or not what it should be."""


class TrainError(HwgenError):
    """A training run that cannot start, continue or end."""


class MismatchError(HwgenError):
    """The quantised forward pass and the golden model differ: a defect of this program."""

    exit_code = 5
