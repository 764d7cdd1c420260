package signet

// Ownership of the library's objects: freed once, never while a call uses them,
// and by the garbage collector when Close was forgotten.

import (
	"errors"
	"runtime"
	"sync/atomic"
)

// ErrClosed is returned by methods of a value that was closed.
var ErrClosed = errors.New("signet: the value is closed")

// closing is added to the number of running calls when a handle is closed, so that
// one atomic word says both.
const closing = -1 << 62

// P is the pointer to the library's type.
type handle[P any] struct {
	object P
	free   func(P)
	calls  atomic.Int64
	freed  atomic.Bool
}

// own takes an object of the library. A finalizer rather than runtime.AddCleanup, which
// costs several times as much, on a par with what a whole call costs besides; what speaks
// against finalizers does not apply: a handle is part of no cycle, and nobody else has it.
func own[P any](object P, free func(P)) *handle[P] {
	h := &handle[P]{object: object, free: free}
	runtime.SetFinalizer(h, (*handle[P]).release)
	return h
}

// use lends the object until done is called. Because done needs the handle, the
// garbage collector cannot free the object during the call.
func (h *handle[P]) use() (P, error) {
	var none P
	if h == nil {
		return none, ErrClosed
	}
	if h.calls.Add(1) < 0 {
		h.done()
		return none, ErrClosed
	}
	debugCollect()
	return h.object, nil
}

func (h *handle[P]) done() {
	if h.calls.Add(-1) == closing {
		h.release()
	}
}

// Close releases the object, or leaves that to the last running call.
func (h *handle[P]) Close() error {
	if h == nil {
		return nil
	}
	for {
		calls := h.calls.Load()
		if calls < 0 {
			return nil
		}
		if h.calls.CompareAndSwap(calls, calls+closing) {
			if calls == 0 {
				h.release()
			}
			return nil
		}
	}
}

func (h *handle[P]) release() {
	if h.freed.CompareAndSwap(false, true) {
		runtime.SetFinalizer(h, nil)
		h.free(h.object)
	}
}
