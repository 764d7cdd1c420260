"""One exception class for each status, under the published names."""

import multiprocessing
import pickle

import pytest

import signet_auth as signet
from signet_auth import _abi, errors
from signet_auth._library import lib


def statuses():
    index = 0
    while (status := lib.signet_status_at(index)) >= 0:
        yield status
        index += 1


def test_every_status_of_the_library_has_a_class():
    for status in statuses():
        if status != 0:
            assert status in errors.BY_STATUS, lib.signet_status_name(status)
    assert set(errors.BY_STATUS) == set(statuses()) - {0}


def test_every_class_is_exported_and_documented():
    for kind in errors.BY_STATUS.values():
        assert getattr(signet, kind.__name__) is kind
        assert kind.__doc__
    assert set(errors.__all__) <= set(dir(signet))


# What the published package exports, and what each is raised for there.
PUBLISHED = {
    "InvalidKeyError": [40, 41],
    "SignatureMismatchError": [63, 64, 65, 66],
    "InvalidReceiptError": [60, 61, 62, 67, 68],
    "CanonicalizeError": [24, 26],
    "SerializeError": [20, 21, 22, 23, 25],
    "KeyNotFoundError": [42],
    "KeyExistsError": [43],
    "InvalidNameError": [44],
    "DecryptionError": [45, 46],
    "CorruptedFileError": [47, 48],
    "CorruptedRecordError": [90, 93],
    "SignetIOError": [7, 94],
    "UnsupportedFormatError": [4],
    "ScopeViolationError": [120, 124, 125],
    "ChainError": [120, 126, 127, 128, 129, 130, 132, 133],
    "DelegationExpiredError": [122],
    "UnauthorizedError": [131],
    "PolicyViolationError": [101],
    "PolicyParseError": [100],
    "RequiresApprovalError": [102],
    "TrustBundleError": [110],
    "TrustBundleParseError": [110],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_names_catch_what_they_used_to(name):
    for status in PUBLISHED[name]:
        assert issubclass(errors.BY_STATUS[status], getattr(signet, name)), status


def test_the_published_package_has_no_other_names(published):
    found = published(
        "found = [n for n in dir(signet) if isinstance(getattr(signet, n), type)"
        " and issubclass(getattr(signet, n), Exception)]"
    )
    assert set(found) <= set(dir(signet))


def test_an_error_knows_its_status_and_place():
    with pytest.raises(signet.JsonSyntaxError) as caught:
        signet.canonicalize('{"a":x}')
    error = caught.value
    assert (error.status, error.status_name, error.position) == (20, "SIGNET_ERR_JSON_SYNTAX", 5)
    assert "5" in str(error) and "\n" not in str(error)


def test_an_error_survives_pickling():
    with pytest.raises(signet.SignetError) as caught:
        signet.canonicalize('{"a":x}')
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is type(caught.value)
    assert (str(copy), copy.status, copy.position) == (str(caught.value), 20, 5)


def failing(_):
    signet.PublicKey("nope")


def test_an_error_comes_back_from_another_process():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        with pytest.raises(signet.InvalidKeyError):
            pool.map(failing, [1])


def test_an_unknown_status_is_still_an_error():
    error = signet.SignetError("from a newer library", status=9999)
    assert error.status_name == "SIGNET_ERR_UNKNOWN"
    assert 9999 not in _abi.STATUSES


def test_arguments_are_value_errors_too():
    assert issubclass(signet.InvalidArgumentError, ValueError)
