package signet

// #include <signet.h>
import "C"

import (
	"crypto"
	"io"
)

// Lengths in bytes.
const (
	PublicKeyLen = C.SIGNET_PUBLIC_KEY_LEN
	SignatureLen = C.SIGNET_SIGNATURE_LEN
	SeedLen      = C.SIGNET_SEED_LEN
)

// PublicKey is an Ed25519 public key that has been checked to be a canonical point of
// full order.
type PublicKey struct {
	*handle[*C.signet_public_key]
}

func freePublicKey(key *C.signet_public_key) { C.signet_public_key_free(key) }

func ownPublicKey(key *C.signet_public_key) *PublicKey {
	return &PublicKey{own(key, freePublicKey)}
}

// ParsePublicKey reads "ed25519:<base64>", bare base64, or did:key.
func ParsePublicKey(text string) (*PublicKey, error) {
	bytes, length := inputText(text)
	var key *C.signet_public_key
	var details *C.signet_error
	if err := failed(C.signet_public_key_parse(bytes, length, &key, &details), details); err != nil {
		return nil, err
	}
	return ownPublicKey(key), nil
}

// NewPublicKey takes the 32 raw bytes of a key.
func NewPublicKey(raw [PublicKeyLen]byte) (*PublicKey, error) {
	var key *C.signet_public_key
	var details *C.signet_error
	if err := failed(C.signet_public_key_from_bytes(output(raw[:]), &key, &details), details); err != nil {
		return nil, err
	}
	return ownPublicKey(key), nil
}

// Bytes are the 32 raw bytes of the key.
func (k *PublicKey) Bytes() ([PublicKeyLen]byte, error) {
	var raw [PublicKeyLen]byte
	key, err := k.use()
	if err != nil {
		return raw, err
	}
	defer k.done()
	var details *C.signet_error
	return raw, failed(C.signet_public_key_bytes(key, output(raw[:]), &details), details)
}

// String is "ed25519:" and the base64 of the key, as in receipts; empty when closed.
func (k *PublicKey) String() string { return k.text(C.SIGNET_KEY_TEXT_PREFIXED) }

// Bare is the base64 of the key alone, as in .pub files.
func (k *PublicKey) Bare() string { return k.text(C.SIGNET_KEY_TEXT_BARE) }

// DID is the did:key identifier.
func (k *PublicKey) DID() string { return k.text(C.SIGNET_KEY_TEXT_DID) }

// ID is the RFC 7638 thumbprint of the key as a JWK, in base64url.
func (k *PublicKey) ID() string { return k.text(C.SIGNET_KEY_TEXT_ID) }

func (k *PublicKey) text(form C.int32_t) string {
	key, err := k.use()
	if err != nil {
		return ""
	}
	defer k.done()
	var length C.size_t
	text := C.signet_public_key_text(key, form, &length)
	return copiedText(text, length)
}

// Verify verifies a bare Ed25519 signature strictly (RFC 8032).
func (k *PublicKey) Verify(message, signature []byte) error {
	if len(signature) != SignatureLen {
		return &Error{Status: ErrSignatureInvalid, Message: "a signature has 64 bytes", Position: NoPosition}
	}
	key, err := k.use()
	if err != nil {
		return err
	}
	defer k.done()
	bytes, length := input(message)
	var details *C.signet_error
	return failed(C.signet_public_key_verify(key, bytes, length, output(signature), &details), details)
}

// KeyPair signs: with a secret in memory, which is wiped on Close, or through a
// [crypto.Signer]. It is one itself.
type KeyPair struct {
	*handle[*C.signet_keypair]
	public *PublicKey
}

var _ crypto.Signer = (*KeyPair)(nil)

func freeKeyPair(pair *C.signet_keypair) { C.signet_keypair_free(pair) }

func ownKeyPair(pair *C.signet_keypair) (*KeyPair, error) {
	owned := own(pair, freeKeyPair)
	var public *C.signet_public_key
	var details *C.signet_error
	if err := failed(C.signet_keypair_public_key(pair, &public, &details), details); err != nil {
		owned.Close()
		return nil, err
	}
	return &KeyPair{owned, ownPublicKey(public)}, nil
}

// GenerateKeyPair makes a new key pair from the system's random number generator.
func GenerateKeyPair() (*KeyPair, error) {
	var pair *C.signet_keypair
	var details *C.signet_error
	if err := failed(C.signet_keypair_generate(&pair, &details), details); err != nil {
		return nil, err
	}
	return ownKeyPair(pair)
}

// NewKeyPair takes a key pair from its secret: a 32-byte seed, or 64 bytes that are the
// seed and its public key. Wiping the slice is up to the caller.
func NewKeyPair(secret []byte) (*KeyPair, error) {
	bytes, length := input(secret)
	var pair *C.signet_keypair
	var details *C.signet_error
	if err := failed(C.signet_keypair_from_secret(bytes, length, &pair, &details), details); err != nil {
		return nil, err
	}
	return ownKeyPair(pair)
}

// PublicKey is the public half. It belongs to the pair, but outlives it.
func (p *KeyPair) PublicKey() *PublicKey { return p.public }

// Public is the public half as an [ed25519.PublicKey] of the standard library, for
// use as a [crypto.Signer].
func (p *KeyPair) Public() crypto.PublicKey { return standardKey(p.public) }

// Sign signs a message with pure Ed25519 (RFC 8032), for use as a [crypto.Signer]: the
// random source is not used, and the options must not name a hash. Receipts have their
// own method.
func (p *KeyPair) Sign(_ io.Reader, message []byte, options crypto.SignerOpts) ([]byte, error) {
	if options != nil && options.HashFunc() != crypto.Hash(0) {
		return nil, &Error{Status: ErrUnsupported, Message: "only pure Ed25519 is signed, without a hash", Position: NoPosition}
	}
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	signature := make([]byte, SignatureLen)
	bytes, length := input(message)
	var details *C.signet_error
	if err := failed(C.signet_keypair_sign(pair, bytes, length, output(signature), &details), details); err != nil {
		return nil, err
	}
	return signature, nil
}

// ExportSeed copies the secret seed out. Whoever calls this answers for wiping it.
func (p *KeyPair) ExportSeed() ([SeedLen]byte, error) {
	var seed [SeedLen]byte
	pair, err := p.use()
	if err != nil {
		return seed, err
	}
	defer p.done()
	var details *C.signet_error
	return seed, failed(C.signet_keypair_export_seed(pair, output(seed[:]), &details), details)
}
