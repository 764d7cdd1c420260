package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// KeystoreOptions say how a keystore writes, and what it is willing to read. Zero
// members mean the library's defaults.
type KeystoreOptions struct {
	// AllowExposed loads unencrypted keys that other users can read or replace.
	AllowExposed bool
	// KDFPasses and KDFMemoryKiB are the Argon2id cost of keys that are written.
	KDFPasses, KDFMemoryKiB uint32
	// MaxPasses and MaxMemoryKiB are the most that a key file may ask for.
	MaxPasses, MaxMemoryKiB uint32
}

// Keystore is the identities of one home folder, "<home>/keys/<name>.key" and ".pub".
// Other processes may use the same folder at the same time.
type Keystore struct {
	*handle[*C.signet_keystore]
}

// Unencrypted stands for a passphrase where a key is to be stored in clear: whoever can
// read the file then has it.
var Unencrypted []byte

func freeKeystore(keystore *C.signet_keystore) { C.signet_keystore_free(keystore) }

// OpenKeystore opens the keystore of a home folder. Nothing is created before a key is.
func OpenKeystore(home string, options ...KeystoreOptions) (*Keystore, error) {
	wanted := firstOf(options)
	var native C.signet_keystore_options
	C.signet_keystore_options_init(&native)
	if wanted.AllowExposed {
		native.flags |= C.SIGNET_KEYSTORE_ALLOW_EXPOSED
	}
	native.kdf_passes = C.uint32_t(wanted.KDFPasses)
	native.kdf_memory_kib = C.uint32_t(wanted.KDFMemoryKiB)
	native.max_passes = C.uint32_t(wanted.MaxPasses)
	native.max_memory_kib = C.uint32_t(wanted.MaxMemoryKiB)
	path, length := inputText(home)
	var keystore *C.signet_keystore
	var details *C.signet_error
	if err := failed(C.signet_keystore_open(path, length, &native, &keystore, &details), details); err != nil {
		return nil, err
	}
	return &Keystore{own(keystore, freeKeystore)}, nil
}

// storageFlags are those of a key that is written under a passphrase, or in clear.
func storageFlags(passphrase []byte) C.uint32_t {
	if passphrase == nil {
		return C.SIGNET_KEY_UNENCRYPTED
	}
	return 0
}

// Create makes an identity with a new key. Of several callers that create one name at
// the same time exactly one succeeds; nothing is ever overwritten. The passphrase
// encrypts the secret; [Unencrypted] stores it in clear.
func (s *Keystore) Create(name, owner string, passphrase []byte) (*KeyPair, error) {
	keystore, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	passBytes, passLen := input(passphrase)
	var pair *C.signet_keypair
	var details *C.signet_error
	status := C.signet_keystore_create(keystore, nameBytes, nameLen, ownerBytes, ownerLen,
		passBytes, passLen, storageFlags(passphrase), &pair, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownKeyPair(pair)
}

// Import stores a secret that exists already as a new identity.
func (s *Keystore) Import(name, owner string, secret, passphrase []byte) (*KeyPair, error) {
	keystore, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	secretBytes, secretLen := input(secret)
	passBytes, passLen := input(passphrase)
	var pair *C.signet_keypair
	var details *C.signet_error
	status := C.signet_keystore_import(keystore, nameBytes, nameLen, ownerBytes, ownerLen,
		secretBytes, secretLen, passBytes, passLen, storageFlags(passphrase), &pair, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownKeyPair(pair)
}

// Load loads an identity. An encrypted key is opened once, here: keep the key pair.
func (s *Keystore) Load(name string, passphrase []byte) (*KeyPair, error) {
	keystore, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	passBytes, passLen := input(passphrase)
	var pair *C.signet_keypair
	var details *C.signet_error
	status := C.signet_keystore_load(keystore, nameBytes, nameLen, passBytes, passLen, &pair, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownKeyPair(pair)
}

// Identity is what a keystore knows of one of its names.
type Identity struct {
	Name string `json:"name"`
	// Secret is "missing", "unencrypted" or "encrypted".
	Secret string `json:"secret"`
	// Exposed says that other users can read or replace the unencrypted key.
	Exposed   bool      `json:"exposed"`
	PublicKey string    `json:"public_key,omitempty"`
	Owner     string    `json:"owner,omitempty"`
	Principal string    `json:"principal,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	// Error says what is wrong with the files of this name.
	Error string `json:"error,omitempty"`
}

// List is every identity of the keystore, sorted by name.
func (s *Keystore) List() ([]Identity, error) {
	keystore, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.done()
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_keystore_list(keystore, &buffer, &details), details); err != nil {
		return nil, err
	}
	var identities []Identity
	return identities, json.Unmarshal(taken(buffer), &identities)
}

// PublicKey is the public key of an identity; no passphrase is needed.
func (s *Keystore) PublicKey(name string) (*PublicKey, error) {
	keystore, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	var key *C.signet_public_key
	var details *C.signet_error
	if err := failed(C.signet_keystore_public_key(keystore, nameBytes, nameLen, &key, &details), details); err != nil {
		return nil, err
	}
	return ownPublicKey(key), nil
}

// ExportPublic is the text of an identity's ".pub" file, to hand to whoever verifies.
func (s *Keystore) ExportPublic(name string) ([]byte, error) {
	keystore, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_keystore_export_public(keystore, nameBytes, nameLen, &buffer, &details), details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// ChangePassphrase encrypts the secret of an identity anew. A crash leaves the old file
// or the new one.
func (s *Keystore) ChangePassphrase(name string, current, wanted []byte) error {
	keystore, err := s.use()
	if err != nil {
		return err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	currentBytes, currentLen := input(current)
	wantedBytes, wantedLen := input(wanted)
	var details *C.signet_error
	return failed(C.signet_keystore_change_passphrase(keystore, nameBytes, nameLen, currentBytes, currentLen,
		wantedBytes, wantedLen, storageFlags(wanted), &details), details)
}

// Delete deletes an identity: its secret and its ".pub" file.
func (s *Keystore) Delete(name string) error {
	keystore, err := s.use()
	if err != nil {
		return err
	}
	defer s.done()
	nameBytes, nameLen := inputText(name)
	var details *C.signet_error
	return failed(C.signet_keystore_delete(keystore, nameBytes, nameLen, &details), details)
}
