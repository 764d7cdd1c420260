package signet

// #include <signet.h>
// #cgo noescape signet_json_canonicalize
// #cgo nocallback signet_json_canonicalize
// #cgo noescape signet_json_hash
// #cgo nocallback signet_json_hash
import "C"

import "encoding/hex"

// Hash is a SHA-256 hash.
type Hash [C.SIGNET_HASH_LEN]byte

// String is "sha256:" and the hash in hex, as receipts and records write it.
func (h Hash) String() string { return "sha256:" + hex.EncodeToString(h[:]) }

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

// ContentHash hashes a JSON text as receipts hash params and responses: SHA-256 of
// its canonical form.
func ContentHash(json []byte) (Hash, error) {
	var hash Hash
	text, length := input(json)
	var details *C.signet_error
	err := failed(C.signet_json_hash(text, length, nil, output(hash[:]), &details), details)
	return hash, err
}

func firstOf[T any](optional []T) T {
	var first T
	if len(optional) > 0 {
		first = optional[0]
	}
	return first
}
