package signet

/*
#include <stdint.h>
#include <signet.h>

extern int32_t signetGoFinding(signet_log_finding *finding, void *user_data);
extern int32_t signetGoProgress(uint64_t records, void *user_data);

static int32_t go_finding(const signet_log_finding *finding, void *user_data) {
	return signetGoFinding((signet_log_finding *)finding, user_data);
}

static signet_status go_log_verify(const signet_log *log, const signet_public_key *const *trusted,
                                   size_t trusted_len, const signet_log_verify_options *options,
                                   uintptr_t watcher, signet_log_report *report, signet_error **error) {
	return signet_log_verify(log, trusted, trusted_len, options, go_finding, signetGoProgress,
	                         (void *)watcher, report, error);
}

static signet_status go_log_verify_folder(const uint8_t *folder, size_t folder_len,
                                          const signet_public_key *const *trusted, size_t trusted_len,
                                          const signet_log_verify_options *options, uintptr_t watcher,
                                          signet_log_report *report, signet_error **error) {
	return signet_log_verify_folder(folder, folder_len, trusted, trusted_len, options, go_finding,
	                                signetGoProgress, (void *)watcher, report, error);
}
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"time"
	"unsafe"
)

// FindingKind says what a verification found.
type FindingKind int32

// Finding is one thing that a verification found.
type Finding struct {
	Kind FindingKind
	// Index is the number of the record, from 0.
	Index uint64
	// Line is the line in the file, from 1; 0 when it is about no line.
	Line uint64
	// File is relative to the audit folder.
	File string
	// Expected and Actual are hashes, where it is about some.
	Expected, Actual *Hash
	// Detail is it in words.
	Detail string
}

// LogVerifyOptions say what to verify. Zero members mean: the hash chain of the whole log.
type LogVerifyOptions struct {
	// Signatures verifies every signature too, strictly, one by one, against Trusted.
	Signatures bool
	Trusted    []*PublicKey
	// Bundle is the keys that may sign, each as of the time of the record, so that a key
	// that is revoked today was the right one yesterday. It counts instead of Trusted.
	Bundle *TrustBundle
	// ParamsKeys open encrypted params; a record that none opens cannot be judged.
	ParamsKeys []*ParamsKey
	// AnySigner holds each receipt to the key that it names itself. That proves
	// integrity, not who signed.
	AnySigner bool
	// Servers may co-sign (version 3); those of Trusted when empty. Roots may delegate
	// (version 4): without roots and a bundle a delegated action cannot be judged.
	Servers, Roots []*PublicKey
	// ControlKeys may speak for the log: only what they sign explains that records are
	// missing from the beginning, or may be a statement of the log about itself. When
	// empty any trusted key can state a removal; the report says which one did.
	ControlKeys []*PublicKey
	// Cutoffs are keys that count up to a place only.
	Cutoffs []KeyCutoff
	// Batch verifies signatures of versions 1 and 2 some hundreds at a time, with the same
	// answers. Cofactored does so with an equation that accepts some that strict
	// verification refuses, which only the holder of a key can make.
	Batch, Cofactored bool
	// MaxCheckpointAge is for how long a record may be without a checkpoint by the key
	// VerifierKey, or by any where that is empty; not judged when 0. It is judged as of
	// the system clock, of At when that is not zero, or AtLastRecord of the latest time
	// that a record without one states.
	MaxCheckpointAge time.Duration
	At               time.Time
	AtLastRecord     bool
	// First is the number of the first record to look at, Limit how many; 0 means all.
	First, Limit uint64
	// Threads may be used for the duration of the call; 0 and 1 mean the caller's own.
	Threads int
	// Checkpoint is one that is trusted already, and VerifierKey its key: the log must
	// continue it.
	Checkpoint  []byte
	VerifierKey string
	// OnFinding is told what was found, in the order of the log.
	OnFinding func(Finding)
	// OnProgress is told how many records have been looked at.
	OnProgress func(records uint64)
}

// KeyCutoff is a key that counts up to a place in the log only, whatever times records
// state: who has stolen a key can date back, but not write earlier.
type KeyCutoff struct {
	// Key is of an agent, a server, a root, or anybody who delegates.
	Key *PublicKey
	// FromIndex is the first record for which it no longer counts.
	FromIndex uint64
}

// LogReport is the outcome of a verification.
type LogReport struct {
	Records, Findings uint64
	// FirstBad is the number of the first record with a finding that is not merely
	// noted, or NoPosition.
	FirstBad uint64
	// SignaturesValid are valid and by a trusted key; SignaturesFailed are not.
	SignaturesValid, SignaturesFailed uint64
	// Unverifiable could not be judged; Unsigned have no signature by their nature.
	Unverifiable, Unsigned uint64
	// LastHash is the hash of the last record that was looked at.
	LastHash Hash
	// Pruned were removed from the beginning, as a signed record says. PrunedBy is whose
	// it is, and PrunedByControlKey whether that is one of the ControlKeys: where none
	// were given, any agent could have signed it.
	Pruned             uint64
	PrunedBy           [PublicKeyLen]byte
	PrunedByControlKey bool
	// Anchored are covered by the trusted checkpoint, Remembered by the log's own memory.
	// Nothing says that records after those are not missing from the end.
	Anchored, Remembered uint64
}

// watch is one verification.
type watch struct {
	context  context.Context
	options  *LogVerifyOptions
	panicked any
}

// Verify verifies an open log: every link of the chain, every hash, and on request every
// signature. Anything but nil means: do not believe it as it is; the report describes the
// damage. Cancelling the context stops it with the context's error.
func (l *Log) Verify(ctx context.Context, options ...LogVerifyOptions) (LogReport, error) {
	log, err := l.use()
	if err != nil {
		return LogReport{}, err
	}
	defer l.done()
	return verifyLog(ctx, firstOf(options), func(keys **C.signet_public_key, count C.size_t,
		native *C.signet_log_verify_options, watcher C.uintptr_t, report *C.signet_log_report, details **C.signet_error) C.signet_status {
		return C.go_log_verify(log, keys, count, native, watcher, report, details)
	})
}

// VerifyLogFolder verifies the files of an audit folder without opening it for writing:
// nothing is created, locked or repaired. For evidence that somebody hands over.
func VerifyLogFolder(ctx context.Context, folder string, options ...LogVerifyOptions) (LogReport, error) {
	path, length := inputText(folder)
	return verifyLog(ctx, firstOf(options), func(keys **C.signet_public_key, count C.size_t,
		native *C.signet_log_verify_options, watcher C.uintptr_t, report *C.signet_log_report, details **C.signet_error) C.signet_status {
		return C.go_log_verify_folder(path, length, keys, count, native, watcher, report, details)
	})
}

type logVerification func(**C.signet_public_key, C.size_t, *C.signet_log_verify_options, C.uintptr_t,
	*C.signet_log_report, **C.signet_error) C.signet_status

func verifyLog(ctx context.Context, options LogVerifyOptions, run logVerification) (LogReport, error) {
	if err := ctx.Err(); err != nil {
		return LogReport{}, err
	}
	var l lent
	defer l.done()
	native, err := options.native(&l)
	if err != nil {
		return LogReport{}, err
	}
	list, count, err := l.keys(options.Trusted)
	if err != nil {
		return LogReport{}, err
	}
	watching := &watch{context: ctx, options: &options}
	watcher := cgo.NewHandle(watching)
	defer watcher.Delete()
	var report C.signet_log_report
	var details *C.signet_error
	err = failed(run(list, count, &native, C.uintptr_t(watcher), &report, &details), details)
	if watching.panicked != nil {
		panic(watching.panicked)
	}
	if StatusOf(err) == ErrStopped && ctx.Err() != nil {
		err = ctx.Err()
	}
	return LogReport{
		Records: uint64(report.records), Findings: uint64(report.findings), FirstBad: uint64(report.first_bad),
		SignaturesValid: uint64(report.signatures_valid), SignaturesFailed: uint64(report.signatures_failed),
		Unverifiable: uint64(report.unverifiable), Unsigned: uint64(report.unsigned_records),
		LastHash: *(*Hash)(unsafe.Pointer(&report.last_hash)),
		Pruned:   uint64(report.pruned), Anchored: uint64(report.anchored), Remembered: uint64(report.remembered),
		PrunedBy:           *(*[PublicKeyLen]byte)(unsafe.Pointer(&report.pruned_by)),
		PrunedByControlKey: report.pruned_by_control_key != 0,
	}, err
}

func (o *LogVerifyOptions) native(l *lent) (native C.signet_log_verify_options, err error) {
	C.signet_log_verify_options_init(&native)
	for _, choice := range []struct {
		chosen bool
		flag   C.uint32_t
	}{
		{o.Signatures, C.SIGNET_LOG_VERIFY_SIGNATURES}, {o.AnySigner, C.SIGNET_LOG_VERIFY_ANY_SIGNER},
		{o.Batch || o.Cofactored, C.SIGNET_LOG_VERIFY_BATCH}, {o.Cofactored, C.SIGNET_LOG_VERIFY_COFACTORED},
		{!o.At.IsZero(), C.SIGNET_LOG_VERIFY_AT}, {o.AtLastRecord, C.SIGNET_LOG_VERIFY_AT_LAST_RECORD},
	} {
		if choice.chosen {
			native.flags |= choice.flag
		}
	}
	if !o.At.IsZero() {
		native.now_unix_ms = C.int64_t(o.At.UnixMilli())
	}
	if o.MaxCheckpointAge < 0 || (o.MaxCheckpointAge > 0 && o.MaxCheckpointAge < time.Millisecond) {
		return native, invalid("MaxCheckpointAge is negative or below a millisecond")
	}
	native.max_checkpoint_age_ms = C.uint64_t(o.MaxCheckpointAge.Milliseconds())
	if native.servers, native.servers_len, err = l.keys(o.Servers); err != nil {
		return native, err
	}
	if native.roots, native.roots_len, err = l.keys(o.Roots); err != nil {
		return native, err
	}
	if native.control_keys, native.control_keys_len, err = l.keys(o.ControlKeys); err != nil {
		return native, err
	}
	if len(o.Cutoffs) > 0 {
		cutoffs := make([]C.signet_key_cutoff, len(o.Cutoffs))
		for i, cutoff := range o.Cutoffs {
			if cutoff.Key == nil {
				return native, invalid("a cutoff has no key")
			}
			cutoffs[i].from_index = C.uint64_t(cutoff.FromIndex)
			if cutoffs[i].key, err = object(l, cutoff.Key.handle); err != nil {
				return native, err
			}
		}
		l.pinner.Pin(&cutoffs[0])
		native.cutoffs, native.cutoffs_len = &cutoffs[0], C.size_t(len(cutoffs))
	}
	native.first, native.limit = C.uint64_t(o.First), C.uint64_t(o.Limit)
	native.threads = C.uint64_t(max(o.Threads, 0))
	native.checkpoint, native.checkpoint_len = l.bytes(o.Checkpoint)
	native.vkey, native.vkey_len = l.text(o.VerifierKey)
	if native.bundle, err = o.Bundle.lend(l); err != nil {
		return native, err
	}
	native.params_keys, native.params_keys_len, err = l.paramsKeys(o.ParamsKeys)
	return native, err
}

//export signetGoFinding
func signetGoFinding(finding *C.signet_log_finding, userData unsafe.Pointer) (answer C.int32_t) {
	watching := cgo.Handle(uintptr(userData)).Value().(*watch)
	defer watching.caught(&answer)
	if watching.options.OnFinding != nil {
		watching.options.OnFinding(Finding{
			Kind: FindingKind(finding.kind), Index: uint64(finding.index), Line: uint64(finding.line),
			File:     copiedText(finding.file, finding.file_len),
			Expected: hashAt(finding.expected_hash), Actual: hashAt(finding.actual_hash),
			Detail: copiedText(finding.detail, finding.detail_len),
		})
	}
	return watching.stop()
}

//export signetGoProgress
func signetGoProgress(records C.uint64_t, userData unsafe.Pointer) (answer C.int32_t) {
	watching := cgo.Handle(uintptr(userData)).Value().(*watch)
	defer watching.caught(&answer)
	if watching.options.OnProgress != nil {
		watching.options.OnProgress(uint64(records))
	}
	return watching.stop()
}

// caught keeps a panic from unwinding through C: it goes on where the call was made.
func (w *watch) caught(answer *C.int32_t) {
	if panicked := recover(); panicked != nil {
		w.panicked, *answer = panicked, 1
	}
}

func (w *watch) stop() C.int32_t {
	if w.context.Err() != nil {
		return 1
	}
	return 0
}

func hashAt(bytes *C.uint8_t) *Hash {
	if bytes == nil {
		return nil
	}
	hash := *(*Hash)(unsafe.Pointer(bytes))
	return &hash
}
