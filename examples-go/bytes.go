package signet

// Bytes in and out of C.

// #include <signet.h>
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// input lends the bytes of a slice for one call.
func input(bytes []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(bytes))), C.size_t(len(bytes))
}

// inputText lends the bytes of a string for one call.
func inputText(text string) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))
}

// lent keeps what a struct of options points to in its place during a call.
type lent struct {
	pinner runtime.Pinner
	ends   []func()
}

func (l *lent) done() {
	l.pinner.Unpin()
	for _, end := range l.ends {
		end()
	}
}

// bytes lends a slice; nothing when it is nil.
func (l *lent) bytes(bytes []byte) (*C.uint8_t, C.size_t) {
	if bytes == nil {
		return nil, 0
	}
	l.pinner.Pin(unsafe.SliceData(bytes))
	return input(bytes)
}

// text lends a string; nothing when it is empty.
func (l *lent) text(text string) (*C.uint8_t, C.size_t) {
	if text == "" {
		return nil, 0
	}
	l.pinner.Pin(unsafe.StringData(text))
	return inputText(text)
}

// objects lends the objects of handles, nothing when there are none.
func objects[P any](l *lent, handles []*handle[P]) (*P, C.size_t, error) {
	if len(handles) == 0 {
		return nil, 0, nil
	}
	list := make([]P, len(handles))
	for i, handle := range handles {
		object, err := handle.use()
		if err != nil {
			return nil, 0, err
		}
		l.ends = append(l.ends, handle.done)
		list[i] = object
	}
	l.pinner.Pin(&list[0])
	return &list[0], C.size_t(len(list)), nil
}

// object lends the object of a handle, nothing for nil.
func object[P any](l *lent, handle *handle[P]) (P, error) {
	if handle == nil {
		var none P
		return none, nil
	}
	object, err := handle.use()
	if err == nil {
		l.ends = append(l.ends, handle.done)
	}
	return object, err
}

// keys lends the objects of public keys.
func (l *lent) keys(keys []*PublicKey) (**C.signet_public_key, C.size_t, error) {
	handles := make([]*handle[*C.signet_public_key], len(keys))
	for i, key := range keys {
		if key != nil {
			handles[i] = key.handle
		}
	}
	return objects(l, handles)
}

// output lends an array of the caller to be written.
func output(bytes []byte) *C.uint8_t {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(bytes)))
}

// copied copies bytes that belong to a handle.
func copied(bytes *C.uint8_t, length C.size_t) []byte {
	if bytes == nil {
		return nil
	}
	return append(make([]byte, 0, int(length)), unsafe.Slice((*byte)(unsafe.Pointer(bytes)), int(length))...)
}

// copiedText copies a text that belongs to a handle.
func copiedText(bytes *C.uint8_t, length C.size_t) string {
	if bytes == nil {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(bytes)), int(length)))
}

// taken copies a buffer and frees it; nil for none.
func taken(buffer *C.signet_buffer) []byte {
	if buffer == nil {
		return nil
	}
	var length C.size_t
	data := C.signet_buffer_data(buffer, &length)
	bytes := copied(data, length)
	C.signet_buffer_free(buffer)
	return bytes
}

// millis is a time as the library takes it: the system clock for the zero time.
func millis(t time.Time) C.int64_t {
	if t.IsZero() {
		return C.SIGNET_NOW
	}
	return C.int64_t(t.UnixMilli())
}

// seconds rounds up: half a second must not become 0, which means the default.
func seconds(d time.Duration) (C.uint64_t, error) {
	if d < 0 {
		return 0, invalid("a duration is negative")
	}
	whole := d / time.Second
	if d%time.Second > 0 {
		whole++
	}
	return C.uint64_t(whole), nil
}

func invalid(message string) error {
	return &Error{Status: ErrInvalidArgument, Message: message, Position: NoPosition}
}
