package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// BundleOptions are what an evidence bundle says and holds besides the records.
type BundleOptions struct {
	// At states that the bundle is made at this time instead of the system clock's, when
	// not zero.
	At time.Time
	// Host is the host that the bundle is made on; "unknown" when empty.
	Host string
	// Bundle is a trust bundle to put in.
	Bundle *TrustBundle
}

// WriteBundle writes the records that a query matches, oldest first, into a new folder
// as an evidence bundle, whose manifest the exporter signs. The folder is there whole or
// not at all. It answers what was signed, for [VerifyBundle] to hold against.
func (l *Log) WriteBundle(folder string, query Query, exporter *KeyPair, name string, options ...BundleOptions) (json.RawMessage, error) {
	log, err := l.use()
	if err != nil {
		return nil, err
	}
	defer l.done()
	pair, err := exporter.use()
	if err != nil {
		return nil, err
	}
	defer exporter.done()
	text, err := query.MarshalJSON()
	if err != nil {
		return nil, err
	}
	wanted := firstOf(options)
	var lending lent
	defer lending.done()
	var native C.signet_bundle_options
	C.signet_bundle_options_init(&native)
	if !wanted.At.IsZero() {
		native.flags |= C.SIGNET_BUNDLE_AT
		native.now_unix_ms = C.int64_t(wanted.At.UnixMilli())
	}
	native.host, native.host_len = lending.text(wanted.Host)
	if native.bundle, err = wanted.Bundle.lend(&lending); err != nil {
		return nil, err
	}
	queryBytes, queryLen := input(text)
	folderBytes, folderLen := inputText(folder)
	nameBytes, nameLen := inputText(name)
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_log_write_bundle(log, queryBytes, queryLen, folderBytes, folderLen, pair,
		nameBytes, nameLen, &native, &buffer, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// BundleVerifyOptions are what to hold a bundle to besides its exporter.
type BundleVerifyOptions struct {
	// Bundle is the keys that records are held to instead of those that came with them.
	Bundle *TrustBundle
	// ParamsKeys open encrypted params.
	ParamsKeys []*ParamsKey
}

// BundleFinding is one thing that is wrong with a bundle.
type BundleFinding struct {
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
	// Line is the line of records.jsonl, from 1; 0 when it is about no line.
	Line uint64 `json:"line"`
}

// BundleReport is the outcome of a bundle's verification.
type BundleReport struct {
	// Verdict is "OK", "UNVERIFIABLE" or "TAMPERED".
	Verdict       string          `json:"verdict"`
	Findings      []BundleFinding `json:"findings"`
	FindingsCount uint64          `json:"findings_count"`
	// Exporter is the trusted one's key, empty when there is none.
	Exporter string          `json:"exporter"`
	Manifest json.RawMessage `json:"manifest"`
	Records  uint64          `json:"records"`
	Gaps     uint64          `json:"gaps"`
	// WholeLog says whether a trusted exporter states that it is all of the log.
	WholeLog bool `json:"whole_log"`
	// Trust is where the keys came from: "given", "embedded" or "none".
	Trust            string `json:"trust"`
	SignaturesValid  uint64 `json:"signatures_valid"`
	SignaturesFailed uint64 `json:"signatures_failed"`
	Unverifiable     uint64 `json:"unverifiable"`
	Unsigned         uint64 `json:"unsigned"`
}

// VerifyBundle verifies an evidence bundle: that it is what its exporter signed, and that
// each record is what its agent signed. Nothing is written, and no log is needed. Anything
// but nil means: do not believe it; with [ErrBundleTampered] and [ErrBundleUnverifiable]
// the report says why.
func VerifyBundle(folder string, exporters []*PublicKey, options ...BundleVerifyOptions) (BundleReport, error) {
	var report BundleReport
	wanted := firstOf(options)
	var l lent
	defer l.done()
	var native C.signet_bundle_verify_options
	C.signet_bundle_verify_options_init(&native)
	var err error
	if native.bundle, err = wanted.Bundle.lend(&l); err != nil {
		return report, err
	}
	if native.params_keys, native.params_keys_len, err = l.paramsKeys(wanted.ParamsKeys); err != nil {
		return report, err
	}
	list, length, err := l.keys(exporters)
	if err != nil {
		return report, err
	}
	folderBytes, folderLen := inputText(folder)
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_bundle_verify(folderBytes, folderLen, list, length, &native, &buffer, &details)
	err = failed(status, details)
	if text := taken(buffer); text != nil {
		if unread := json.Unmarshal(text, &report); unread != nil && err == nil {
			err = unread
		}
	}
	return report, err
}

// RepairPlan is what opening a log would change.
type RepairPlan struct {
	// Verdict is "OK", "TORN", "TAMPERED", "TRUNCATED", …
	Verdict string `json:"verdict"`
	// Index is the record that it is about.
	Index *uint64 `json:"index"`
	// Segment and Offset are where.
	Segment string `json:"segment"`
	Offset  uint64 `json:"offset"`
	// SetAside is how many bytes from there would be moved into quarantine.
	SetAside uint64 `json:"set_aside"`
	// CompleteLine says whether a line feed would be added.
	CompleteLine bool `json:"complete_line"`
}

// PlanRepair tells what opening the log of an audit folder would change, without changing
// anything. To carry it out, open the log.
func PlanRepair(folder string) (RepairPlan, error) {
	var plan RepairPlan
	bytes, length := inputText(folder)
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_log_plan_repair(bytes, length, &buffer, &details), details); err != nil {
		return plan, err
	}
	return plan, json.Unmarshal(taken(buffer), &plan)
}
