// Package signet is evidence for what AI agents do: an Ed25519 identity for every
// agent, a signed receipt for every tool call, a hash-chained audit log that
// survives crashes and many writers, and offline verification.
//
// It is a thin layer over libsignet: nothing is signed, canonicalised or decided in
// Go. The static library is linked in; build with -tags signet_dynamic for the
// installed shared library, which pkg-config has to find.
//
// # Errors
//
// Every failure is an [*Error] that carries a [Status], and every status is an error
// by itself, to be asked for with errors.Is:
//
//	if errors.Is(err, signet.ErrExpired) { … }
//
// # Lifetimes
//
// What holds memory of the library has a Close method. It may be called more than
// once and while other goroutines use the value: the memory goes when the last call
// ends, and later calls fail with [ErrClosed]. Values that are forgotten are
// released by the garbage collector some time.
//
// All types may be used by any number of goroutines at once.
package signet
