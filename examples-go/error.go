package signet

//go:generate go run ./internal/header

// #include <stdlib.h>
// #include <signet.h>
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// Status says what kind of failure a call had. Each value is an error, for use with
// errors.Is; the Err… constants list them all.
type Status int32

// Error is the status without its prefix's noise, such as "SIGNET_ERR_EXPIRED".
func (s Status) Error() string { return s.String() }

// String is the name of the status in the library's header.
func (s Status) String() string { return C.GoString(C.signet_status_name(C.int32_t(s))) }

// NoPosition is the Position of an error that is about no place.
const NoPosition = ^uint64(0)

// Error is the failure of one call.
type Error struct {
	// Status is what the caller can do something about.
	Status Status
	// Message says what was wrong with which input. It never holds a secret.
	Message string
	// Position is a byte offset in a text, or the index of a record or of a link of
	// a delegation chain; NoPosition when there is no such place.
	Position uint64
	// Line and Column, from 1, are the place in a document that people write: a policy
	// or a trust bundle. 0 when there is no such place.
	Line, Column uint32
}

func (e *Error) Error() string { return fmt.Sprintf("signet: %s (%s)", e.Message, e.Status) }

// Is reports whether target is the error's status.
func (e *Error) Is(target error) bool {
	status, ok := target.(Status)
	return ok && status == e.Status
}

// StatusOf is the status in err's chain, and 0 when there is none.
func StatusOf(err error) Status {
	var failure *Error
	if errors.As(err, &failure) {
		return failure.Status
	}
	var status Status
	if errors.As(err, &status) {
		return status
	}
	return 0
}

// failed makes the error of a call, whose details it takes over.
func failed(status C.signet_status, details *C.signet_error) error {
	if status == C.SIGNET_OK {
		return nil
	}
	failure := &Error{Status: Status(status), Position: NoPosition, Message: "no details"}
	if details != nil {
		var length C.size_t
		text := C.signet_error_message(details, &length)
		failure.Message = C.GoStringN((*C.char)(unsafe.Pointer(text)), C.int(length))
		failure.Position = uint64(C.signet_error_position(details))
		failure.Line = uint32(C.signet_error_line(details))
		failure.Column = uint32(C.signet_error_column(details))
		C.signet_error_free(details)
	}
	return failure
}
