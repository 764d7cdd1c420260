"""Identities on disk."""

import base64
import os
import stat

import pytest

import signet_auth as signet


def test_an_identity_is_made_and_loaded(home):
    info = signet.generate_and_save(home, "bot", owner="ops")
    assert (info.name, info.owner) == ("bot", "ops")
    assert signet.load_verifying_key(home, "bot") == info.pubkey
    assert signet.load_key_info(home, "bot") == info
    assert signet.list_keys(home) == [info]
    secret = signet.load_signing_key(home, "bot")
    receipt = signet.sign(secret, signet.Action("t"), "bot")
    assert signet.verify(receipt, info.pubkey)
    assert signet.export_public_key(home, "bot") == {
        "v": 1,
        "algorithm": "ed25519",
        "name": "bot",
        "pubkey": info.pubkey,
        "owner": "ops",
        "created_at": info.created_at,
    }


def test_an_identity_without_owner(home):
    assert signet.generate_and_save(home, "bot").owner is None


def test_names_are_taken_once(home):
    signet.generate_and_save(home, "bot")
    with pytest.raises(signet.KeyExistsError):
        signet.generate_and_save(home, "bot")


def test_what_is_missing_is_named(home):
    for function in (signet.load_signing_key, signet.load_verifying_key, signet.load_key_info):
        with pytest.raises(signet.KeyNotFoundError, match="nobody"):
            function(home, "nobody")
    assert signet.list_keys(home) == []
    assert not os.path.exists(home)


@pytest.mark.parametrize("name", ["a/b", "", "..", "a b", "a" * 129, "é"])
def test_bad_names_are_refused(home, name):
    with pytest.raises(signet.InvalidNameError):
        signet.validate_key_name(name)
    with pytest.raises(signet.InvalidNameError):
        signet.generate_and_save(home, name)
    with pytest.raises(signet.InvalidNameError):
        signet.load_signing_key(home, name)


def test_good_names_are_not():
    for name in ("a", "A-b_9", "a" * 128):
        signet.validate_key_name(name)


def test_passphrases(home):
    fast = signet.Keystore(home, kdf_memory_kib=7168, kdf_passes=5)
    with fast.create("bot", passphrase="correct horse") as made:
        public = made.public_key
    with pytest.raises(signet.PassphraseRequiredError):
        fast.load("bot")
    with pytest.raises(signet.WrongPassphraseError):
        fast.load("bot", "wrong")
    for error in (signet.PassphraseRequiredError, signet.WrongPassphraseError):
        assert issubclass(error, signet.DecryptionError)
    assert fast.load("bot", "correct horse").public_key == public
    fast.change_passphrase("bot", "correct horse", "battery")
    assert fast.load("bot", "battery").public_key == public
    fast.change_passphrase("bot", "battery", None)
    assert fast.load("bot").public_key == public


def test_an_empty_passphrase_is_no_passphrase(home):
    with pytest.raises(signet.PassphraseRequiredError):
        signet.generate_and_save(home, "bot", passphrase="")


def test_a_listing_shows_what_is_damaged(home):
    signet.generate_and_save(home, "good")
    signet.generate_and_save(home, "bad")
    with open(os.path.join(home, "keys", "bad.pub"), "w", encoding="utf-8") as file:
        file.write("{")
    listed = signet.Keystore(home).list()
    assert [entry["name"] for entry in listed] == ["bad", "good"]
    assert "error" in listed[0] and "error" not in listed[1]
    with pytest.raises(signet.CorruptedFileError, match="bad"):
        signet.list_keys(home)


def test_an_identity_is_imported_and_deleted(home, keypair):
    store = signet.Keystore(home)
    secret = base64.b64decode(keypair.secret_key)
    assert store.add("bot", secret, owner="ops").public_key == keypair.public_key
    store.delete("bot")
    with pytest.raises(signet.KeyNotFoundError):
        store.load("bot")


def test_files_are_private(home):
    signet.generate_and_save(home, "bot")
    mode = os.stat(os.path.join(home, "keys", "bot.key")).st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_an_exposed_key_is_refused_unless_asked(home):
    signet.generate_and_save(home, "bot")
    os.chmod(os.path.join(home, "keys", "bot.key"), 0o644)
    with pytest.raises(signet.KeyExposedError):
        signet.load_signing_key(home, "bot")
    assert signet.Keystore(home, allow_exposed=True).load("bot")


def test_a_closed_keystore(home):
    store = signet.Keystore(home)
    with store:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        store.list()


def test_the_default_home(monkeypatch, tmp_path):
    monkeypatch.setenv("SIGNET_HOME", str(tmp_path / "x"))
    assert signet.default_signet_dir() == str(tmp_path / "x")
    monkeypatch.delenv("SIGNET_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert signet.default_signet_dir() == str(tmp_path / ".signet")


def test_paths_may_be_path_objects(tmp_path):
    assert signet.generate_and_save(tmp_path / "home", "bot").name == "bot"
