"""Keys, key pairs, and signers that are elsewhere."""

import base64
import gc
import pickle
import threading

import pytest

import signet_auth as signet
from signet_auth import keys

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
KEY = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_a_generated_pair_has_the_published_shape():
    pair = signet.generate_keypair()
    assert len(base64.b64decode(pair.secret_key)) == 64
    assert len(base64.b64decode(pair.public_key)) == 32
    assert base64.b64decode(pair.secret_key)[32:] == base64.b64decode(pair.public_key)


def test_a_seed_and_a_pair_are_the_same_key():
    pair = signet.KeyPair.from_secret(SEED)
    assert f"ed25519:{pair.public_key}" == KEY
    assert signet.KeyPair(pair.secret_key).public_key == pair.public_key
    assert signet.KeyPair(base64.b64encode(SEED).decode()).public_key == pair.public_key


def test_the_repr_tells_no_secret(keypair):
    assert keypair.secret_key not in repr(keypair)
    assert base64.b64encode(base64.b64decode(keypair.secret_key)[:32]).decode() not in repr(keypair)


def test_a_pair_is_not_pickled(keypair):
    with pytest.raises(TypeError, match="its secret would travel"):
        pickle.dumps(keypair)


@pytest.mark.parametrize(
    "secret", ["", "x", "AAAA", "=" * 88, "\ud800", "ed25519:" + "A" * 43 + "="]
)
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(signet.InvalidKeyError):
        signet.sign(secret, signet.Action("t"), "bot")


def test_secrets_that_are_no_text_are_refused():
    with pytest.raises(TypeError):
        signet.sign(b"bytes", signet.Action("t"), "bot")
    with pytest.raises(TypeError):
        signet.sign(None, signet.Action("t"), "bot")


def test_public_keys_are_values():
    key = signet.PublicKey(KEY)
    assert key == signet.PublicKey(key.bare) == signet.PublicKey(key.did)
    assert signet.PublicKey.from_bytes(bytes(key)) == key
    assert len({key, signet.PublicKey(key.did)}) == 1
    assert pickle.loads(pickle.dumps(key)) == key
    assert key != KEY


def test_a_weak_key_is_refused():
    with pytest.raises(signet.KeyWeakError):
        signet.PublicKey.from_bytes(b"\x01" + bytes(31))
    with pytest.raises(ValueError):
        signet.PublicKey.from_bytes(bytes(31))


def test_bare_signatures(keypair):
    key = signet.PublicKey(keypair.public_key)
    signature = keypair.sign(b"message")
    assert key.verify(b"message", signature)
    assert not key.verify(b"massage", signature)
    assert not key.verify(b"message", signature[:-1])


def test_a_closed_pair_signs_no_more(keypair):
    with keypair:
        pass
    keypair.close()
    with pytest.raises(RuntimeError, match="closed"):
        keypair.sign(b"")
    with pytest.raises(RuntimeError, match="closed"):
        signet.sign(keypair, signet.Action("t"), "bot")
    assert repr(keypair) == "KeyPair(closed)"


def test_closing_waits_for_running_calls():
    """Closing while other threads sign must neither crash nor give a wrong signature."""
    pair = signet.KeyPair.from_secret(SEED)
    key = signet.PublicKey(KEY)
    started = threading.Barrier(9)
    wrong = []

    def work():
        started.wait()
        for count in range(10_000):
            try:
                signature = pair.sign(b"%d" % count)
            except RuntimeError:
                return
            if count % 10 == 0 and not key.verify(b"%d" % count, signature):
                wrong.append(count)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    started.wait()
    pair.close()
    for thread in threads:
        thread.join()
    assert not wrong


# Signers


def test_a_signer_signs_receipts(keypair):
    asked = []

    def signer(message):
        asked.append(message)
        return keypair.sign(message)

    elsewhere = signet.KeyPair.from_signer(keypair.public_key, signer)
    receipt = signet.sign(elsewhere, signet.Action("t", {"a": 1}), "bot")
    assert signet.verify(receipt, keypair.public_key)
    assert len(asked) == 1 and asked[0].startswith(b'{"action":')
    with pytest.raises(signet.UnsupportedFormatError):
        elsewhere.secret_key


def test_what_a_signer_raises_is_the_cause(keypair):
    def signer(_message):
        raise ConnectionError("the HSM is asleep")

    elsewhere = signet.KeyPair.from_signer(keypair.public_key, signer)
    with pytest.raises(signet.SignerFailedError) as caught:
        signet.sign(elsewhere, signet.Action("t"), "bot")
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_an_interrupt_in_a_signer_is_an_interrupt(keypair):
    def signer(_message):
        raise KeyboardInterrupt

    elsewhere = signet.KeyPair.from_signer(keypair.public_key, signer)
    with pytest.raises(KeyboardInterrupt):
        signet.sign(elsewhere, signet.Action("t"), "bot")


@pytest.mark.parametrize("answer", [b"", bytes(63), bytes(64), bytes(65), None, "text", 5])
def test_a_wrong_signature_of_a_signer_is_not_used(keypair, answer):
    elsewhere = signet.KeyPair.from_signer(keypair.public_key, lambda _message: answer)
    with pytest.raises(signet.SignerFailedError):
        signet.sign(elsewhere, signet.Action("t"), "bot")


def test_a_failure_in_one_call_is_not_the_cause_of_the_next(keypair):
    failing = signet.KeyPair.from_signer(keypair.public_key, lambda _message: 1 // 0)
    wrong = signet.KeyPair.from_signer(keypair.public_key, lambda _message: bytes(64))
    with pytest.raises(signet.SignerFailedError):
        failing.sign(b"")
    with pytest.raises(signet.SignerFailedError) as caught:
        wrong.sign(b"")
    assert caught.value.__cause__ is None


def test_a_failure_that_was_put_up_with_is_no_later_cause(keypair):
    failing = signet.KeyPair.from_signer(keypair.public_key, lambda _message: 1 // 0)
    with pytest.raises(signet.SignerFailedError):
        failing.sign(b"")
    keys.raised.exception = ZeroDivisionError()
    with pytest.raises(signet.InvalidKeyError) as caught:
        signet.PublicKey("nope")
    assert caught.value.__cause__ is None


def test_a_signer_lives_as_long_as_what_uses_it(keypair, home):
    gc.collect()
    before = len(keys._signers)
    elsewhere = signet.KeyPair.from_signer(keypair.public_key, keypair.sign)
    assert len(keys._signers) == before + 1
    log = signet.AuditLog(home, log_key=elsewhere)
    log.append(signet.sign(keypair, signet.Action("t"), "bot"))
    elsewhere.close()
    del elsewhere
    gc.collect()
    # The log still signs checkpoints with it.
    assert log.checkpoint()
    log.close()
    del log
    gc.collect()
    assert len(keys._signers) == before
