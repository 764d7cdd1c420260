package signet

// #include <signet.h>
import "C"

// Checkpoint signs the Merkle tree over all records (c2sp.org/tlog-checkpoint) and keeps
// it as the log's newest one. The log must have been opened with a log key.
func (l *Log) Checkpoint() ([]byte, error) {
	return l.buffer(func(log *C.signet_log, buffer **C.signet_buffer, details **C.signet_error) C.signet_status {
		return C.signet_log_checkpoint(log, buffer, details)
	})
}

// VerifierKey is the verifier key of the log's checkpoints and proofs (the "vkey" text of
// c2sp.org/signed-note): what a verifier has to know and trust.
func (l *Log) VerifierKey() (string, error) {
	text, err := l.buffer(func(log *C.signet_log, buffer **C.signet_buffer, details **C.signet_error) C.signet_status {
		return C.signet_log_verifier_key(log, buffer, details)
	})
	return string(text), err
}

// Prove makes the proof that a record stands in the log: one file
// (c2sp.org/tlog-proof@v1) that [VerifyProof] and other tools verify offline.
func (l *Log) Prove(index uint64) ([]byte, error) {
	return l.buffer(func(log *C.signet_log, buffer **C.signet_buffer, details **C.signet_error) C.signet_status {
		return C.signet_log_prove(log, C.uint64_t(index), buffer, details)
	})
}

// ProveConsistency makes the proof that the log as it was with oldSize records is the
// beginning of the log as it is (RFC 6962), for [VerifyConsistency].
func (l *Log) ProveConsistency(oldSize uint64) ([]byte, error) {
	return l.buffer(func(log *C.signet_log, buffer **C.signet_buffer, details **C.signet_error) C.signet_status {
		return C.signet_log_prove_consistency(log, C.uint64_t(oldSize), buffer, details)
	})
}

// VerifyProof verifies a proof offline: that the record with this hash stands in the log
// whose verifier key this is. It says at which index, in a log of which size.
func VerifyProof(proof []byte, recordHash Hash, verifierKey string) (index, size uint64, err error) {
	proofBytes, proofLen := input(proof)
	keyBytes, keyLen := inputText(verifierKey)
	var nativeIndex, nativeSize C.uint64_t
	var details *C.signet_error
	status := C.signet_proof_verify(proofBytes, proofLen, output(recordHash[:]), keyBytes, keyLen,
		&nativeIndex, &nativeSize, &details)
	if err := failed(status, details); err != nil {
		return 0, 0, err
	}
	return uint64(nativeIndex), uint64(nativeSize), nil
}

// RecordHash is the hash of a record's line, computed from its receipt and predecessor:
// what a proof is about.
func RecordHash(line []byte) (Hash, error) {
	var hash Hash
	bytes, length := input(line)
	var details *C.signet_error
	err := failed(C.signet_record_hash(bytes, length, output(hash[:]), &details), details)
	return hash, err
}

// VerifyConsistency verifies that one checkpoint of a log continues another: nothing that
// the older one covers was changed or removed.
func VerifyConsistency(oldNote, newNote, proof []byte, verifierKey string) error {
	oldBytes, oldLen := input(oldNote)
	newBytes, newLen := input(newNote)
	proofBytes, proofLen := input(proof)
	keyBytes, keyLen := inputText(verifierKey)
	var details *C.signet_error
	return failed(C.signet_consistency_verify(oldBytes, oldLen, newBytes, newLen, proofBytes, proofLen,
		keyBytes, keyLen, &details), details)
}
