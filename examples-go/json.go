package signet

// #include <signet.h>
import "C"

import (
	"encoding/hex"
	"strings"
)

// Hash is a SHA-256 hash.
type Hash [C.SIGNET_HASH_LEN]byte

// String is "sha256:" and the hash in hex, as receipts and records write it.
func (h Hash) String() string { return "sha256:" + hex.EncodeToString(h[:]) }

// MarshalText is String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what String writes.
func (h *Hash) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), "sha256:")
	if raw, err := hex.DecodeString(digits); ok && err == nil && len(raw) == len(h) {
		copy(h[:], raw)
		return nil
	}
	return invalid("a hash is \"sha256:\" and 64 hex digits")
}

// Format is the language of a document that people write.
type Format int32

// Limits bound what is read. Zero members mean the library's defaults.
type Limits struct {
	// MaxDepth is the deepest nesting of arrays and objects; 0 means 127.
	MaxDepth uint32
	// MaxLen is the largest text in bytes; 0 means 16 MiB.
	MaxLen uint64
}

func (l Limits) options() C.signet_parse_options {
	var options C.signet_parse_options
	C.signet_parse_options_init(&options)
	options.max_depth = C.uint32_t(l.MaxDepth)
	options.max_len = C.uint64_t(l.MaxLen)
	return options
}

// Canonicalize writes a JSON text in canonical form (RFC 8785). The text must be
// strict I-JSON (RFC 7493).
func Canonicalize(json []byte, limits ...Limits) ([]byte, error) {
	text, length := input(json)
	options := firstOf(limits).options()
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_json_canonicalize(text, length, &options, &buffer, &details), details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// HashJSON hashes the canonical form of a JSON text with SHA-256.
func HashJSON(json []byte, limits ...Limits) (Hash, error) {
	var hash Hash
	text, length := input(json)
	options := firstOf(limits).options()
	var details *C.signet_error
	err := failed(C.signet_json_hash(text, length, &options, output(hash[:]), &details), details)
	return hash, err
}

// ContentHash hashes a response, which is a JSON text, as receipts do.
func ContentHash(json []byte, limits ...Limits) (Hash, error) {
	return contentHash(json, C.SIGNET_CONTENT_JSON, firstOf(limits))
}

// ContentHashOfText hashes a response that is a text and stands for the JSON string of it.
func ContentHashOfText(text string, limits ...Limits) (Hash, error) {
	return contentHash([]byte(text), C.SIGNET_CONTENT_TEXT, firstOf(limits))
}

func contentHash(content []byte, kind C.int32_t, limits Limits) (Hash, error) {
	bytes, length := input(content)
	options := limits.options()
	var text [C.SIGNET_HASH_TEXT_LEN]byte
	var hash Hash
	var details *C.signet_error
	err := failed(C.signet_content_hash(bytes, length, kind, &options, output(text[:]), &details), details)
	if err == nil {
		err = hash.UnmarshalText(text[:])
	}
	return hash, err
}

func firstOf[T any](optional []T) T {
	var first T
	if len(optional) > 0 {
		first = optional[0]
	}
	return first
}
