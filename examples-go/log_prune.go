package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// Rotate begins a new segment, whatever the size of the one that is written to, and says
// whether one was left. The log must have been opened with Alone.
func (l *Log) Rotate() (bool, error) {
	log, err := l.use()
	if err != nil {
		return false, err
	}
	defer l.done()
	var rotated C.int32_t
	var details *C.signet_error
	err = failed(C.signet_log_rotate(log, &rotated, &details), details)
	return rotated != 0, err
}

// PrunePlan is what [Log.Prune] would remove.
type PrunePlan struct {
	*handle[*C.signet_prune_plan]
}

func freePrunePlan(plan *C.signet_prune_plan) { C.signet_prune_plan_free(plan) }

// PlanPrune tells what would be removed, without changing anything: the segments of days
// before that of a time, verified once more, and never the newest one.
func (l *Log) PlanPrune(before time.Time) (*PrunePlan, error) {
	log, err := l.use()
	if err != nil {
		return nil, err
	}
	defer l.done()
	var plan *C.signet_prune_plan
	var details *C.signet_error
	status := C.signet_log_plan_prune(log, C.int64_t(before.UnixMilli()), &plan, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return &PrunePlan{own(plan, freePrunePlan)}, nil
}

// Len is how many segments would be removed.
func (p *PrunePlan) Len() int {
	plan, err := p.use()
	if err != nil {
		return 0
	}
	defer p.done()
	return int(C.signet_prune_plan_len(plan))
}

// JSON is the plan: an object with "first_index", "first_kept", "last_hash", "next_index"
// and "segments".
func (p *PrunePlan) JSON() json.RawMessage {
	plan, err := p.use()
	if err != nil {
		return nil
	}
	defer p.done()
	var length C.size_t
	text := C.signet_prune_plan_json(plan, &length)
	return copied(text, length)
}

// Prune removes whole segments from the beginning of the log, for good, and answers where
// the signed record about it stands. The log must have been opened with a control key.
func (l *Log) Prune(plan *PrunePlan) (Entry, error) {
	log, err := l.use()
	if err != nil {
		return Entry{}, err
	}
	defer l.done()
	planned, err := plan.use()
	if err != nil {
		return Entry{}, err
	}
	defer plan.done()
	var entry C.signet_log_entry
	var details *C.signet_error
	if err := failed(C.signet_log_prune(log, planned, &entry, &details), details); err != nil {
		return Entry{}, err
	}
	return entryOf(&entry), nil
}
