package signet

// Key pairs whose secret is elsewhere: an HSM, a TPM, a key agent, a cloud KMS.

/*
#include <stdint.h>
#include <signet.h>

extern int32_t signetGoSign(uint8_t *message, size_t message_len, uint8_t *signature, void *user_data);
extern void signetGoFree(void *user_data);

static int32_t go_sign(const uint8_t *message, size_t message_len, uint8_t *signature, void *user_data) {
	return signetGoSign((uint8_t *)message, message_len, signature, user_data);
}

static signet_status go_keypair_from_signer(const signet_public_key *key, uintptr_t signer,
                                            signet_keypair **pair, signet_error **error) {
	return signet_keypair_from_signer(key, go_sign, (void *)signer, signetGoFree, pair, error);
}
*/
import "C"

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"runtime/cgo"
	"unsafe"
)

func standardKey(key *PublicKey) crypto.PublicKey {
	raw, err := key.Bytes()
	if err != nil {
		return ed25519.PublicKey(nil)
	}
	return ed25519.PublicKey(raw[:])
}

// NewKeyPairFromSigner makes a key pair whose signatures come from signer, whose
// public key must be an [ed25519.PublicKey]. Each signature is verified before it is
// used. The signer is called on the goroutine that needs the signature, and from
// several at once if the key pair is.
func NewKeyPairFromSigner(signer crypto.Signer) (*KeyPair, error) {
	public, ok := signer.Public().(ed25519.PublicKey)
	if !ok || len(public) != PublicKeyLen {
		return nil, &Error{Status: ErrKeyInvalid, Position: NoPosition,
			Message: fmt.Sprintf("the signer has a %T, not an Ed25519 public key", signer.Public())}
	}
	key, err := NewPublicKey([PublicKeyLen]byte(public))
	if err != nil {
		return nil, err
	}
	defer key.Close()
	borrowed, err := key.use()
	if err != nil {
		return nil, err
	}
	defer key.done()
	var pair *C.signet_keypair
	var details *C.signet_error
	status := C.go_keypair_from_signer(borrowed, C.uintptr_t(cgo.NewHandle(signer)), &pair, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownKeyPair(pair)
}

// Numbers that stand in the message of ErrSignerFailed.
const (
	signerRefused  = 1
	signerPanicked = 2
)

//export signetGoSign
func signetGoSign(message *C.uint8_t, length C.size_t, signature *C.uint8_t, userData unsafe.Pointer) (answer C.int32_t) {
	// A panic must not unwind through C.
	defer func() {
		if recover() != nil {
			answer = signerPanicked
		}
	}()
	signer := cgo.Handle(uintptr(userData)).Value().(crypto.Signer)
	signed, err := signer.Sign(rand.Reader, copied(message, length), crypto.Hash(0))
	if err != nil || len(signed) != SignatureLen {
		return signerRefused
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(signature)), SignatureLen), signed)
	return 0
}

//export signetGoFree
func signetGoFree(userData unsafe.Pointer) { cgo.Handle(uintptr(userData)).Delete() }
