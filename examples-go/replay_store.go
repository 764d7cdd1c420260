package signet

/*
#include <stdint.h>
#include <signet.h>

extern int32_t signetGoNonce(uint8_t *signer, uint8_t *nonce, size_t nonce_len, int64_t keep_until,
                             uint64_t max_uses, void *user_data);
extern void signetGoFree(void *user_data);

static int32_t go_nonce(const uint8_t *signer, const uint8_t *nonce, size_t nonce_len, int64_t keep_until,
                        uint64_t max_uses, void *user_data) {
	return signetGoNonce((uint8_t *)signer, (uint8_t *)nonce, nonce_len, keep_until, max_uses, user_data);
}

static signet_status go_replay_store(uintptr_t use, signet_replay_store **store, signet_error **error) {
	return signet_replay_store_from_callback(go_nonce, (void *)use, signetGoFree, store, error);
}
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"time"
	"unsafe"
)

// ReplayStore remembers used nonces, so that nothing is accepted twice. Several verifiers
// may share one. It never forgets what could still be presented: when it has no room it
// refuses.
type ReplayStore struct {
	*handle[*C.signet_replay_store]
}

func freeReplayStore(store *C.signet_replay_store) { C.signet_replay_store_free(store) }

// NewReplayStore makes a store in memory, for this process. There is room for so many
// nonces of about 100 bytes each; 0 means 262144.
func NewReplayStore(capacity uint64) (*ReplayStore, error) {
	var store *C.signet_replay_store
	var details *C.signet_error
	if err := failed(C.signet_replay_store_new(C.uint64_t(capacity), &store, &details), details); err != nil {
		return nil, err
	}
	return &ReplayStore{own(store, freeReplayStore)}, nil
}

// NonceForm is the form of a nonce file of published programs.
type NonceForm int32

// ReplayFileOptions say how a nonce file is kept. Zero members mean the library's defaults.
type ReplayFileOptions struct {
	// NoSync does not make a use durable before it is answered.
	NoSync bool
	// ShareAtOnce writes the nonce file before every answer, for published programs that
	// use it at the same time.
	ShareAtOnce bool
	// Capacity is how many nonces are remembered; 0 means 262144.
	Capacity uint64
	// Lifetime is how long a nonce is remembered at least after its use; 0 means until it
	// ends, and an hour where a file of published programs is there.
	Lifetime time.Duration
	// Form is that of a file that is not there yet.
	Form NonceForm
}

// OpenReplayStore opens a store in a file, for all processes that use it and across
// restarts. Whatever cannot be read, written or understood is a refusal, never an empty
// store.
func OpenReplayStore(path string, options ...ReplayFileOptions) (*ReplayStore, error) {
	wanted := firstOf(options)
	var native C.signet_replay_store_options
	C.signet_replay_store_options_init(&native)
	if wanted.NoSync {
		native.flags |= C.SIGNET_REPLAY_NO_SYNC
	}
	if wanted.ShareAtOnce {
		native.flags |= C.SIGNET_REPLAY_SHARE_AT_ONCE
	}
	native.capacity = C.uint64_t(wanted.Capacity)
	native.form = C.int32_t(wanted.Form)
	var err error
	if native.lifetime_seconds, err = seconds(wanted.Lifetime); err != nil {
		return nil, err
	}
	bytes, length := inputText(path)
	var store *C.signet_replay_store
	var details *C.signet_error
	if err := failed(C.signet_replay_store_open(bytes, length, &native, &store, &details), details); err != nil {
		return nil, err
	}
	return &ReplayStore{own(store, freeReplayStore)}, nil
}

// NonceUse is a nonce that is to be used.
type NonceUse struct {
	// Signer is whose nonce it is; nil when it counts whoever used it.
	Signer *[PublicKeyLen]byte
	Nonce  string
	// KeepUntil is until when it has to be remembered.
	KeepUntil time.Time
	// MaxUses is how often it may be used: 1 for that of a receipt.
	MaxUses uint64
}

// NewReplayStoreFunc makes a store of a function, which keeps nonces in a database, say.
// It uses a nonce in one step: of two calls for one nonce, whatever goroutine or machine
// they come from, one gets nil and the other [ErrReplayed]. [ErrReplayStoreFull] says that
// there is no room; every other error refuses with [ErrReplayStoreFailed].
func NewReplayStoreFunc(use func(NonceUse) error) (*ReplayStore, error) {
	if use == nil {
		return nil, invalid("there is no function")
	}
	var store *C.signet_replay_store
	var details *C.signet_error
	status := C.go_replay_store(C.uintptr_t(cgo.NewHandle(use)), &store, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return &ReplayStore{own(store, freeReplayStore)}, nil
}

// Numbers that stand in the message of ErrReplayStoreFailed.
const (
	nonceFailed   = -1
	noncePanicked = -2
)

//export signetGoNonce
func signetGoNonce(signer, nonce *C.uint8_t, length C.size_t, keepUntil C.int64_t, maxUses C.uint64_t, userData unsafe.Pointer) (answer C.int32_t) {
	// A panic must not unwind through C.
	defer func() {
		if recover() != nil {
			answer = noncePanicked
		}
	}()
	wanted := NonceUse{Nonce: copiedText(nonce, length), KeepUntil: time.UnixMilli(int64(keepUntil)), MaxUses: uint64(maxUses)}
	if signer != nil {
		key := *(*[PublicKeyLen]byte)(unsafe.Pointer(signer))
		wanted.Signer = &key
	}
	err := cgo.Handle(uintptr(userData)).Value().(func(NonceUse) error)(wanted)
	switch {
	case err == nil:
		return C.SIGNET_NONCE_FRESH
	case errors.Is(err, ErrReplayed):
		return C.SIGNET_NONCE_REPLAYED
	case errors.Is(err, ErrReplayStoreFull):
		return C.SIGNET_NONCE_NO_ROOM
	default:
		return nonceFailed
	}
}

// UseOnce uses a nonce, for whoever checks nonces without a verifier: the first call gets
// nil, every other [ErrReplayed]. A nil signer means that the nonce counts whoever uses
// it. For the lifetime from at on, which is now when zero, it could be presented again.
func (s *ReplayStore) UseOnce(signer *PublicKey, nonce string, lifetime time.Duration, at time.Time) error {
	store, err := s.use()
	if err != nil {
		return err
	}
	defer s.done()
	if lifetime < 0 {
		return invalid("a duration is negative")
	}
	var l lent
	defer l.done()
	var key *C.signet_public_key
	if signer != nil {
		if key, err = object(&l, signer.handle); err != nil {
			return err
		}
	}
	bytes, length := inputText(nonce)
	var details *C.signet_error
	return failed(C.signet_replay_store_use_once(store, key, bytes, length, C.uint64_t(lifetime.Milliseconds()),
		millis(at), &details), details)
}

// Len is how many nonces are remembered, as far as this process has seen; 0 for a store of
// a function.
func (s *ReplayStore) Len() uint64 {
	store, err := s.use()
	if err != nil {
		return 0
	}
	defer s.done()
	return uint64(C.signet_replay_store_len(store))
}

// Export writes the nonce file of a store in a file, so that published programs know every
// nonce that still matters at a time, which is now when zero.
func (s *ReplayStore) Export(at time.Time) error {
	store, err := s.use()
	if err != nil {
		return err
	}
	defer s.done()
	var details *C.signet_error
	return failed(C.signet_replay_store_export(store, millis(at), &details), details)
}
