"""Errors of training, each reported to a person in one line."""

from hwgen.spec import HwgenError


class DataError(HwgenError):
    """A data set that is missing, damaged or not what it should be."""


class DataOptionError(DataError):
    """A folder given for a data set that has no files, or none for one that has."""

    exit_code = 2


class TrainError(HwgenError):
    """A training run that cannot start, continue or end."""


class MismatchError(HwgenError):
    """The quantised forward pass and the golden model differ: a defect of this program."""

    exit_code = 5
