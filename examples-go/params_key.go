package signet

// #include <signet.h>
import "C"

// ParamsKeyLen is the length of a params key in bytes.
const ParamsKeyLen = C.SIGNET_PARAMS_KEY_LEN

// ParamsKey encrypts one signer's params in the log, and opens them again. It derives
// from the signing key and cannot sign, so it can be lent to an auditor, who can then read
// every record of that signer.
type ParamsKey struct {
	*handle[*C.signet_params_key]
}

func freeParamsKey(key *C.signet_params_key) { C.signet_params_key_free(key) }

// ParamsKey derives the params key of a signer whose secret is in memory.
func (p *KeyPair) ParamsKey() (*ParamsKey, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	var key *C.signet_params_key
	var details *C.signet_error
	if err := failed(C.signet_params_key_derive(pair, &key, &details), details); err != nil {
		return nil, err
	}
	return &ParamsKey{own(key, freeParamsKey)}, nil
}

// NewParamsKey takes a params key that was exported, of the signer with that public key.
func NewParamsKey(signer *PublicKey, raw [ParamsKeyLen]byte) (*ParamsKey, error) {
	public, err := signer.use()
	if err != nil {
		return nil, err
	}
	defer signer.done()
	var key *C.signet_params_key
	var details *C.signet_error
	if err := failed(C.signet_params_key_from_bytes(public, output(raw[:]), &key, &details), details); err != nil {
		return nil, err
	}
	return &ParamsKey{own(key, freeParamsKey)}, nil
}

// Export copies the key out, for an auditor. Whoever calls this answers for wiping it.
func (k *ParamsKey) Export() ([ParamsKeyLen]byte, error) {
	var raw [ParamsKeyLen]byte
	key, err := k.use()
	if err != nil {
		return raw, err
	}
	defer k.done()
	var details *C.signet_error
	return raw, failed(C.signet_params_key_export(key, output(raw[:]), &details), details)
}

// Seal encrypts the params of a receipt of version 1, 2 or 4: the record to append with
// [Log.AppendJSON] instead of the receipt. The receipt is not verified.
func (k *ParamsKey) Seal(receipt []byte) ([]byte, error) {
	key, err := k.use()
	if err != nil {
		return nil, err
	}
	defer k.done()
	bytes, length := input(receipt)
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_params_key_seal(key, bytes, length, &buffer, &details), details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// Open rebuilds the receipt of a record of the log, byte for byte the one that was sealed.
// Opening does not verify it.
func (k *ParamsKey) Open(record []byte) ([]byte, error) {
	key, err := k.use()
	if err != nil {
		return nil, err
	}
	defer k.done()
	bytes, length := input(record)
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_params_key_open(key, bytes, length, &buffer, &details), details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// paramsKeys lends the objects of params keys.
func (l *lent) paramsKeys(keys []*ParamsKey) (**C.signet_params_key, C.size_t, error) {
	handles := make([]*handle[*C.signet_params_key], len(keys))
	for i, key := range keys {
		if key != nil {
			handles[i] = key.handle
		}
	}
	return objects(l, handles)
}
