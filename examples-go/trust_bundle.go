package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// TrustBundle is a set of keys that are trusted to delegate (roots), to sign (agents) and
// to co-sign (servers), each within its time. The bundle itself is not signed: whoever
// hands it over decides what is trusted.
type TrustBundle struct {
	*handle[*C.signet_trust_bundle]
}

func freeTrustBundle(bundle *C.signet_trust_bundle) { C.signet_trust_bundle_free(bundle) }

// ParseTrustBundle reads a bundle from JSON or YAML, whatever it is unless a format is
// given.
func ParseTrustBundle(text []byte, format ...Format) (*TrustBundle, error) {
	bytes, length := input(text)
	var bundle *C.signet_trust_bundle
	var details *C.signet_error
	status := C.signet_trust_bundle_parse(bytes, length, C.int32_t(firstOf(format)), &bundle, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return &TrustBundle{own(bundle, freeTrustBundle)}, nil
}

// lend lends the object for one call, nothing for nil.
func (b *TrustBundle) lend(l *lent) (*C.signet_trust_bundle, error) {
	if b == nil {
		return nil, nil
	}
	return object(l, b.handle)
}

// JSON is the bundle as canonical JSON, nil when it is closed.
func (b *TrustBundle) JSON() []byte {
	bundle, err := b.use()
	if err != nil {
		return nil
	}
	defer b.done()
	var length C.size_t
	text := C.signet_trust_bundle_json(bundle, &length)
	return copied(text, length)
}

// TrustBundleField names a text of a bundle.
type TrustBundleField int32

// Text is a text of the bundle, empty when it has none.
func (b *TrustBundle) Text(field TrustBundleField) string {
	bundle, err := b.use()
	if err != nil {
		return ""
	}
	defer b.done()
	var length C.size_t
	text := C.signet_trust_bundle_text(bundle, C.int32_t(field), &length)
	return copiedText(text, length)
}

// Section is what keys of a bundle are trusted for.
type Section int32

// Check asks whether a key is trusted for something at a time, which is now when zero.
// Anything but nil means: it is not, and why.
func (b *TrustBundle) Check(section Section, key *PublicKey, at time.Time) error {
	bundle, err := b.use()
	if err != nil {
		return err
	}
	defer b.done()
	asked, err := key.use()
	if err != nil {
		return err
	}
	defer key.done()
	var details *C.signet_error
	return failed(C.signet_trust_bundle_check(bundle, C.int32_t(section), asked, millis(at), &details), details)
}

// TrustedKey is a key of a bundle.
type TrustedKey struct {
	// Section is "roots", "agents" or "servers".
	Section   string `json:"section"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	Owner     string `json:"owner"`
	PublicKey string `json:"pubkey"`
	// Status is what the key is worth at the time: "active", "disabled", "revoked" or
	// "expired".
	Status       string    `json:"status"`
	CreatedAt    time.Time `json:"created_at"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
	DisabledFrom time.Time `json:"disabled_from,omitzero"`
	RevokedFrom  time.Time `json:"revoked_from,omitzero"`
	Comment      string    `json:"comment,omitempty"`
}

// List is the keys of a section, or of all with [SectionAll], in the order of the
// document, as of a time, which is now when zero.
func (b *TrustBundle) List(section Section, at time.Time) ([]TrustedKey, error) {
	bundle, err := b.use()
	if err != nil {
		return nil, err
	}
	defer b.done()
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_trust_bundle_list(bundle, C.int32_t(section), millis(at), &buffer, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	var keys []TrustedKey
	return keys, json.Unmarshal(taken(buffer), &keys)
}
