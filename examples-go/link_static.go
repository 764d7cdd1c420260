//go:build !signet_dynamic

package signet

// The library that `make` builds in the checkout that this module is part of.

// #cgo CFLAGS: -I${SRCDIR}/../include
// #cgo LDFLAGS: ${SRCDIR}/../target/lib/libsignet.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
import "C"
