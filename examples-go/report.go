package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"fmt"
	"time"
)

// Report is what a verifier found: what became of every axis, and who signed.
type Report struct {
	*handle[*C.signet_report]
}

func freeReport(report *C.signet_report) { C.signet_report_free(report) }

// ownReport is nil for none.
func ownReport(report *C.signet_report) *Report {
	if report == nil {
		return nil
	}
	return &Report{own(report, freeReport)}
}

// Close releases the report; nothing when there is none.
func (r *Report) Close() error {
	if r == nil {
		return nil
	}
	return r.handle.Close()
}

// Err is nil if everything that was checked holds, and otherwise what failed first.
func (r *Report) Err() error {
	report, err := r.use()
	if err != nil {
		return err
	}
	defer r.done()
	status := C.signet_report_status(report)
	if status == C.SIGNET_OK {
		return nil
	}
	var length C.size_t
	text := C.signet_report_message(report, &length)
	return &Error{Status: Status(status), Message: copiedText(text, length), Position: NoPosition}
}

// Trusted says whether everything that was checked holds and everybody who signed is
// trusted. An unsigned call that was let through is not.
func (r *Report) Trusted() bool {
	report, err := r.use()
	if err != nil {
		return false
	}
	defer r.done()
	return C.signet_report_is_trusted(report) != 0
}

// Age is how long ago the receipt was signed, by its own account, and whether that is
// known.
func (r *Report) Age() (time.Duration, bool) {
	report, err := r.use()
	if err != nil {
		return 0, false
	}
	defer r.done()
	age := C.signet_report_age_ms(report)
	if age == C.SIGNET_NO_AGE {
		return 0, false
	}
	return time.Duration(age) * time.Millisecond, true
}

// Role is in what capacity a key has signed.
type Role int32

// Who can have signed.
const (
	// RoleAgent signed the call.
	RoleAgent Role = C.SIGNET_PARTY_AGENT
	// RoleServer co-signed (version 3).
	RoleServer Role = C.SIGNET_PARTY_SERVER
	// RoleRoot is where the agent's authority comes from (version 4).
	RoleRoot Role = C.SIGNET_PARTY_ROOT
)

// Party is somebody who signed, as far as that is verified.
type Party struct {
	// Name is the name that the signer gives itself, TrustedName the one that the trust
	// bundle gives the key.
	Name, TrustedName string
	// Key is the key whose signature holds, as "ed25519:" text.
	Key string
	// Trusted says whether the key is.
	Trusted bool
}

// Party is who signed in a role, and whether anybody did, as far as that is verified.
func (r *Report) Party(role Role) (Party, bool) {
	report, err := r.use()
	if err != nil {
		return Party{}, false
	}
	defer r.done()
	text := func(field C.int32_t) string {
		var length C.size_t
		text := C.signet_report_party(report, C.int32_t(role), field, &length)
		return copiedText(text, length)
	}
	party := Party{
		Name: text(C.SIGNET_PARTY_NAME), TrustedName: text(C.SIGNET_PARTY_TRUSTED_NAME), Key: text(C.SIGNET_PARTY_KEY),
		Trusted: C.signet_report_party_is_trusted(report, C.int32_t(role)) != 0,
	}
	return party, party.Key != ""
}

// Axis is one thing that is verified.
type Axis int32

// String is the name of the axis, such as "signature".
func (a Axis) String() string {
	name := C.signet_axis_name(C.int32_t(a))
	if name == nil {
		return fmt.Sprintf("Axis(%d)", int32(a))
	}
	return C.GoString(name)
}

// CheckResult is what became of an axis.
type CheckResult int32

// Check is what became of an axis, and why.
type Check struct {
	Result CheckResult
	// Status is why it has failed, 0 otherwise.
	Status Status
	// Code is a stable word: "ok", the name of the status in lower case, or why it was not
	// checked.
	Code string
	// Message is for people; empty for what has passed.
	Message string
}

// Check is what became of an axis.
func (r *Report) Check(axis Axis) Check {
	report, err := r.use()
	if err != nil {
		return Check{}
	}
	defer r.done()
	var length C.size_t
	check := Check{
		Result: CheckResult(C.signet_report_axis(report, C.int32_t(axis))),
		Status: Status(C.signet_report_axis_status(report, C.int32_t(axis))),
	}
	text := C.signet_report_axis_code(report, C.int32_t(axis), &length)
	check.Code = copiedText(text, length)
	text = C.signet_report_axis_message(report, C.int32_t(axis), &length)
	check.Message = copiedText(text, length)
	return check
}

// JSON is the whole report as canonical JSON: the header says what stands in it.
func (r *Report) JSON() json.RawMessage {
	report, err := r.use()
	if err != nil {
		return nil
	}
	defer r.done()
	var length C.size_t
	text := C.signet_report_json(report, &length)
	return copied(text, length)
}

// Receipt is the receipt, once its form is right and its signatures hold; nil otherwise.
func (r *Report) Receipt() (*Receipt, error) {
	report, err := r.use()
	if err != nil {
		return nil, err
	}
	defer r.done()
	var receipt *C.signet_receipt
	var details *C.signet_error
	if err := failed(C.signet_report_receipt(report, &receipt, &details), details); err != nil || receipt == nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}
