package signet

// Bytes in and out of C.

// #include <signet.h>
import "C"

import "unsafe"

// input lends the bytes of a slice for one call.
func input(bytes []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(bytes))), C.size_t(len(bytes))
}

// inputText lends the bytes of a string for one call.
func inputText(text string) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))
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

// taken copies a buffer and frees it.
func taken(buffer *C.signet_buffer) []byte {
	var length C.size_t
	data := C.signet_buffer_data(buffer, &length)
	bytes := copied(data, length)
	C.signet_buffer_free(buffer)
	return bytes
}
