package signet

/*
#include <stdint.h>
#include <signet.h>

extern int32_t signetGoRecord(signet_log_record *record, void *user_data);

static int32_t go_record(const signet_log_record *record, void *user_data) {
	return signetGoRecord((signet_log_record *)record, user_data);
}

static signet_status go_log_visit(const signet_log *log, uint64_t first, uintptr_t visitor, signet_error **error) {
	return signet_log_visit(log, first, go_record, (void *)visitor, error);
}

static signet_status go_log_query(const signet_log *log, const uint8_t *query, size_t query_len,
                                  uintptr_t visitor, signet_error **error) {
	return signet_log_query(log, query, query_len, go_record, (void *)visitor, error);
}
*/
import "C"

import (
	"encoding/json"
	"iter"
	"math"
	"runtime"
	"runtime/cgo"
	"time"
	"unsafe"
)

// Durability says when a record is on the disk.
type Durability int32

// When a record is on the disk.
const (
	// DurabilitySync: before the append answers (the default).
	DurabilitySync Durability = C.SIGNET_LOG_SYNC
	// DurabilityInterval: with the first append after the interval, or Sync.
	DurabilityInterval Durability = C.SIGNET_LOG_INTERVAL
	// DurabilityNone: when the operating system likes, or at Sync.
	DurabilityNone Durability = C.SIGNET_LOG_NONE
)

// LogOptions say how to open a log. Zero members mean the library's defaults.
type LogOptions struct {
	// ControlKey signs the log's own records: recoveries and breaks.
	ControlKey *KeyPair
	// LogKey signs checkpoints. It must not be an agent's: who signs records must not
	// vouch for what was recorded.
	LogKey *KeyPair
	// NoRepair fails with ErrLogDamaged instead of setting a torn end aside.
	NoRepair   bool
	Durability Durability
	// Interval is the time between two syncs with DurabilityInterval.
	Interval time.Duration
	// MaxRecordLen is the largest record in bytes of JSON.
	MaxRecordLen uint64
	// LockTimeout is how long to wait for other writers; 0 means 30 s.
	LockTimeout time.Duration
	// Origin is the name of the log in its checkpoints, commonly a URL without scheme.
	Origin string
	// Alone says that nobody but this library appends to the folder, so that a segment
	// that is full is left for another: when it has MaxSegmentLen bytes, 64 MiB when 0.
	Alone         bool
	MaxSegmentLen uint64
	// CheckpointRecords and CheckpointInterval are after how many records and how long a
	// checkpoint is due, with a log key; 0 means 256 records and a second, Never and
	// Forever not for that reason. NoCheckpoints signs only those that are asked for.
	CheckpointRecords  uint64
	CheckpointInterval time.Duration
	NoCheckpoints      bool
	// AllowNetwork lets the folder lie on a file system of another machine, about which
	// nothing is promised.
	AllowNetwork bool
}

// Never is a number of records that is not reached.
const Never uint64 = C.SIGNET_NEVER

// Log is the audit log of a home folder, open for appending and reading. Other processes,
// those of the published Signet included, may append to the same folder at the same time.
type Log struct {
	*handle[*C.signet_log]
}

func freeLog(log *C.signet_log) { C.signet_log_free(log) }

// OpenLog opens the audit log of a home folder; the folders are made when absent. A torn
// end is set aside, never discarded; [Log.Recovery] tells.
func OpenLog(home string, options ...LogOptions) (*Log, error) {
	wanted := firstOf(options)
	var native C.signet_log_options
	C.signet_log_options_init(&native)
	for _, choice := range []struct {
		chosen bool
		flag   C.uint32_t
	}{
		{wanted.NoRepair, C.SIGNET_LOG_NO_REPAIR}, {wanted.Alone, C.SIGNET_LOG_ALONE},
		{wanted.NoCheckpoints, C.SIGNET_LOG_NO_CHECKPOINTS}, {wanted.AllowNetwork, C.SIGNET_LOG_ALLOW_NETWORK},
	} {
		if choice.chosen {
			native.flags |= choice.flag
		}
	}
	native.durability = C.int32_t(wanted.Durability)
	native.max_record_len = C.uint64_t(wanted.MaxRecordLen)
	native.max_segment_len = C.uint64_t(wanted.MaxSegmentLen)
	native.checkpoint_records = C.uint64_t(wanted.CheckpointRecords)
	for _, duration := range []time.Duration{wanted.Interval, wanted.LockTimeout, wanted.CheckpointInterval} {
		if duration < 0 || (duration > 0 && duration < time.Millisecond) {
			return nil, invalid("a duration is negative or below a millisecond")
		}
	}
	if wanted.Interval.Milliseconds() > math.MaxUint32 {
		return nil, invalid("Interval is too long")
	}
	native.interval_ms = C.uint32_t(wanted.Interval.Milliseconds())
	native.lock_timeout_ms = C.uint64_t(wanted.LockTimeout.Milliseconds())
	native.checkpoint_ms = C.uint64_t(wanted.CheckpointInterval.Milliseconds())
	if wanted.CheckpointInterval == Forever {
		native.checkpoint_ms = C.SIGNET_NEVER
	}
	var l lent
	defer l.done()
	native.origin, native.origin_len = l.text(wanted.Origin)
	control, done, err := wanted.ControlKey.optional()
	if err != nil {
		return nil, err
	}
	defer done()
	key, done, err := wanted.LogKey.optional()
	if err != nil {
		return nil, err
	}
	defer done()
	path, length := inputText(home)
	var log *C.signet_log
	var details *C.signet_error
	if err := failed(C.signet_log_open(path, length, control, key, &native, &log, &details), details); err != nil {
		return nil, err
	}
	return &Log{own(log, freeLog)}, nil
}

// optional lends the pair's object, or nothing for nil.
func (p *KeyPair) optional() (*C.signet_keypair, func(), error) {
	if p == nil {
		return nil, func() {}, nil
	}
	pair, err := p.use()
	return pair, p.done, err
}

// Close makes what was appended durable (except with DurabilityNone), writes what makes
// the next opening fast, and releases the log.
func (l *Log) Close() error {
	log, err := l.use()
	if err != nil {
		return nil
	}
	var details *C.signet_error
	err = failed(C.signet_log_close(log, &details), details)
	l.done()
	l.handle.Close()
	return err
}

// Entry is the answer to an append.
type Entry struct {
	// Index is the number of the record in the log, from 0.
	Index uint64
	// RecordHash seals the record and everything before it.
	RecordHash Hash
	// Durable says that the record is on the disk already.
	Durable bool
}

func entryOf(entry *C.signet_log_entry) Entry {
	return Entry{
		Index:      uint64(entry.index),
		RecordHash: *(*Hash)(unsafe.Pointer(&entry.record_hash)),
		Durable:    entry.durable != 0,
	}
}

// Append appends a receipt. With DurabilitySync it is on the disk when this returns nil.
// After ErrSyncFailed it may be in the log or not; after every other error it is not.
// Goroutines that append at the same time share one sync.
func (l *Log) Append(receipt *Receipt) (Entry, error) {
	text := receipt.JSON()
	if text == nil {
		return Entry{}, ErrClosed
	}
	return l.AppendJSON(text)
}

// AppendJSON appends a receipt, or another record of the published formats, from its JSON.
func (l *Log) AppendJSON(record []byte) (Entry, error) {
	log, err := l.use()
	if err != nil {
		return Entry{}, err
	}
	defer l.done()
	bytes, length := input(record)
	var entry C.signet_log_entry
	var details *C.signet_error
	if err := failed(C.signet_log_append(log, bytes, length, &entry, &details), details); err != nil {
		return Entry{}, err
	}
	return entryOf(&entry), nil
}

// AppendMany appends records next to each other, with one write and one sync: all of them
// or, on an error, none.
func (l *Log) AppendMany(records [][]byte) ([]Entry, error) {
	log, err := l.use()
	if err != nil {
		return nil, err
	}
	defer l.done()
	if len(records) == 0 {
		return nil, nil
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	texts := make([]*C.uint8_t, len(records))
	lengths := make([]C.size_t, len(records))
	for i, record := range records {
		if len(record) > 0 {
			pinner.Pin(&record[0])
		}
		texts[i], lengths[i] = input(record)
	}
	native := make([]C.signet_log_entry, len(records))
	var details *C.signet_error
	status := C.signet_log_append_many(log, &texts[0], &lengths[0], C.size_t(len(records)), &native[0], &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	entries := make([]Entry, len(native))
	for i := range native {
		entries[i] = entryOf(&native[i])
	}
	return entries, nil
}

// Sync makes everything durable that has been appended, and says how many records are.
func (l *Log) Sync() (uint64, error) {
	log, err := l.use()
	if err != nil {
		return 0, err
	}
	defer l.done()
	var durable C.uint64_t
	var details *C.signet_error
	err = failed(C.signet_log_sync(log, &durable, &details), details)
	return uint64(durable), err
}

// Len is how many records this value knows of: see [Log.Refresh] for those of others.
func (l *Log) Len() uint64 {
	log, err := l.use()
	if err != nil {
		return 0
	}
	defer l.done()
	return uint64(C.signet_log_len(log))
}

// Refresh takes notice of what other processes have appended.
func (l *Log) Refresh() (uint64, error) {
	log, err := l.use()
	if err != nil {
		return 0, err
	}
	defer l.done()
	var count C.uint64_t
	var details *C.signet_error
	err = failed(C.signet_log_refresh(log, &count, &details), details)
	return uint64(count), err
}

// Record is one record of the log. Reading it says nothing about its signature.
type Record struct {
	// Index is the number of the record, from 0.
	Index uint64
	// Hash seals the record and everything before it.
	Hash Hash
	// File is the file that holds it, relative to the audit folder.
	File string
	// Receipt is the receipt, or other record, in canonical JSON.
	Receipt json.RawMessage
	// Line is the line as it stands in the log, without its line feed.
	Line []byte
}

func recordOf(record *C.signet_log_record) (Record, error) {
	var length C.size_t
	found := Record{Index: uint64(C.signet_log_record_index(record))}
	text := C.signet_log_record_file(record, &length)
	found.File = copiedText(text, length)
	text = C.signet_log_record_receipt(record, &length)
	found.Receipt = copied(text, length)
	text = C.signet_log_record_line(record, &length)
	found.Line = copied(text, length)
	var details *C.signet_error
	return found, failed(C.signet_log_record_hash(record, output(found.Hash[:]), &details), details)
}

// Read reads one record by its number.
func (l *Log) Read(index uint64) (Record, error) {
	log, err := l.use()
	if err != nil {
		return Record{}, err
	}
	defer l.done()
	var record *C.signet_log_record
	var details *C.signet_error
	if err := failed(C.signet_log_read(log, C.uint64_t(index), &record, &details), details); err != nil {
		return Record{}, err
	}
	defer C.signet_log_record_free(record)
	return recordOf(record)
}

// Query selects records. Zero members match everything.
type Query struct {
	Since, Until time.Time
	// Tool is a part of the tool's name.
	Tool                           string
	Signer, Target, Session, Trace string
	Decision                       string
	// Limit is the most records that are shown: the newest ones.
	Limit uint64
	// NewestFirst shows them in that order; oldest first otherwise.
	NewestFirst bool
}

// MarshalJSON writes the query as the library reads it.
func (q Query) MarshalJSON() ([]byte, error) {
	members := map[string]any{}
	add := func(name, text string) {
		if text != "" {
			members[name] = text
		}
	}
	addTime := func(name string, t time.Time) {
		if !t.IsZero() {
			members[name] = t.Format(time.RFC3339Nano)
		}
	}
	addTime("since", q.Since)
	addTime("until", q.Until)
	add("tool", q.Tool)
	add("signer", q.Signer)
	add("target", q.Target)
	add("session", q.Session)
	add("trace", q.Trace)
	add("decision", q.Decision)
	if q.Limit > 0 {
		members["limit"] = q.Limit
	}
	if q.NewestFirst {
		members["newest_first"] = true
	}
	return json.Marshal(members)
}

// From yields the records from one on, oldest first. A failure is yielded last, with no
// record.
func (l *Log) From(first uint64) iter.Seq2[Record, error] {
	return l.records(func(log *C.signet_log, visitor C.uintptr_t, details **C.signet_error) C.signet_status {
		return C.go_log_visit(log, C.uint64_t(first), visitor, details)
	})
}

// Query yields the records that a query matches. A failure is yielded last, with no
// record.
func (l *Log) Query(query Query) iter.Seq2[Record, error] {
	text, err := query.MarshalJSON()
	if err != nil {
		return func(yield func(Record, error) bool) { yield(Record{}, err) }
	}
	return l.records(func(log *C.signet_log, visitor C.uintptr_t, details **C.signet_error) C.signet_status {
		bytes, length := input(text)
		return C.go_log_query(log, bytes, length, visitor, details)
	})
}

// visit is one loop over records.
type visit struct {
	yield    func(Record, error) bool
	stopped  bool
	panicked any
}

func (l *Log) records(run func(*C.signet_log, C.uintptr_t, **C.signet_error) C.signet_status) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		log, err := l.use()
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer l.done()
		loop := &visit{yield: yield}
		visitor := cgo.NewHandle(loop)
		defer visitor.Delete()
		var details *C.signet_error
		err = failed(run(log, C.uintptr_t(visitor), &details), details)
		if loop.panicked != nil {
			panic(loop.panicked)
		}
		if err != nil && !loop.stopped {
			yield(Record{}, err)
		}
	}
}

//export signetGoRecord
func signetGoRecord(record *C.signet_log_record, userData unsafe.Pointer) (answer C.int32_t) {
	loop := cgo.Handle(uintptr(userData)).Value().(*visit)
	// A panic must not unwind through C: it goes on where the loop was started.
	defer func() {
		if panicked := recover(); panicked != nil {
			loop.panicked, loop.stopped, answer = panicked, true, 1
		}
	}()
	found, err := recordOf(record)
	if !loop.yield(found, err) {
		loop.stopped = true
		return 1
	}
	return 0
}

// Recovery is what opening the log, and reading what others wrote since, came upon: a JSON
// object with "verdict", "index" where it is about a record, "incidents" and "rescanned".
func (l *Log) Recovery() (json.RawMessage, error) {
	return l.buffer(func(log *C.signet_log, buffer **C.signet_buffer, details **C.signet_error) C.signet_status {
		return C.signet_log_recovery(log, buffer, details)
	})
}

func (l *Log) buffer(call func(*C.signet_log, **C.signet_buffer, **C.signet_error) C.signet_status) ([]byte, error) {
	log, err := l.use()
	if err != nil {
		return nil, err
	}
	defer l.done()
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(call(log, &buffer, &details), details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}
