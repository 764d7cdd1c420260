package signet

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// must returns the value of a call that a test cannot go on without.
func must[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func newPair(t testing.TB) *KeyPair {
	pair := must[*KeyPair](t)(GenerateKeyPair())
	t.Cleanup(func() { pair.Close() })
	return pair
}

func TestEveryStatusOfTheLibraryHasAConstant(t *testing.T) {
	known := map[Status]bool{0: true}
	for _, status := range statuses {
		known[status] = true
	}
	count := 0
	for index := 0; ; index++ {
		status := statusAt(index)
		if status < 0 {
			break
		}
		count++
		if !known[status] {
			t.Errorf("%s (%d) has no constant: run go generate", status, status)
		}
		if status != 0 && !errors.Is(&Error{Status: status}, status) {
			t.Errorf("errors.Is does not find %s", status)
		}
	}
	if count != len(known) {
		t.Errorf("%d constants for %d statuses of the library", len(known), count)
	}
}

func TestTheGeneratedFilesAreThoseOfTheHeader(t *testing.T) {
	if said, err := exec.Command("go", "run", "./internal/header", "-check").CombinedOutput(); err != nil {
		t.Error(string(said))
	}
}

func TestALibraryOfAnotherABIIsRefused(t *testing.T) {
	if err := checkABI(7, 0); err == nil || !strings.Contains(err.Error(), "ABI version 7") {
		t.Errorf("the refusal says %v", err)
	}
}

func TestAReceiptVerifiesUnderItsKeyOnly(t *testing.T) {
	pair, other := newPair(t), newPair(t)
	receipt := must[*Receipt](t)(pair.SignCall(Action{
		Tool: "delete_file", Params: json.RawMessage(`{"path":"/tmp/x","size":9007199254740993}`), Target: "mcp://files",
	}, "bot", "ops"))
	if err := receipt.Verify([]*PublicKey{pair.PublicKey()}); err != nil {
		t.Error(err)
	}
	if err := receipt.Verify([]*PublicKey{other.PublicKey()}); !errors.Is(err, ErrKeyMismatch) {
		t.Errorf("another key gives %v", err)
	}
	if got := string(receipt.Params()); got != `{"path":"/tmp/x","size":9007199254740993}` {
		t.Errorf("the params read %s", got)
	}
	forged := bytes.Replace(receipt.JSON(), []byte("delete_file"), []byte("create_file"), 1)
	read := must[*Receipt](t)(ParseReceipt(forged))
	if err := read.Verify([]*PublicKey{pair.PublicKey()}); !errors.Is(err, ErrSignatureInvalid) {
		t.Errorf("a forgery gives %v", err)
	}
	if read.Tool() != "create_file" || read.Version() != 1 || receipt.ID() == "" {
		t.Error("the fields are not those of the receipt")
	}
}

func TestExpiryIsJudgedAsOfTheGivenTime(t *testing.T) {
	pair := newPair(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	receipt := must[*Receipt](t)(pair.SignCall(Action{Tool: "t"}, "bot", "",
		SignOptions{At: now, ExpiresAt: now.Add(time.Hour)}))
	trusted := []*PublicKey{pair.PublicKey()}
	if err := receipt.Verify(trusted, VerifyOptions{At: now.Add(time.Minute)}); err != nil {
		t.Error(err)
	}
	if err := receipt.Verify(trusted, VerifyOptions{At: now.Add(2 * time.Hour)}); !errors.Is(err, ErrExpired) {
		t.Errorf("an expired receipt gives %v", err)
	}
	if signed := must[time.Time](t)(receipt.Time()); !signed.Equal(now) {
		t.Errorf("signed at %v", signed)
	}
}

func TestKeyPairsAreCryptoSignersBothWays(t *testing.T) {
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	pair := must[*KeyPair](t)(NewKeyPairFromSigner(secret))
	receipt := must[*Receipt](t)(pair.SignCall(Action{Tool: "t"}, "bot", ""))
	if err := receipt.Verify([]*PublicKey{pair.PublicKey()}); err != nil {
		t.Error(err)
	}
	if _, err := pair.ExportSeed(); !errors.Is(err, ErrUnsupported) {
		t.Errorf("exporting a secret that is elsewhere gives %v", err)
	}
	signature := must[[]byte](t)(newSigner(t).Sign(nil, []byte("m"), crypto.Hash(0)))
	if len(signature) != SignatureLen {
		t.Error("the signature is not 64 bytes")
	}
}

func newSigner(t testing.TB) crypto.Signer { return newPair(t) }

type brokenSigner struct {
	ed25519.PrivateKey
	panics bool
}

func (s brokenSigner) Public() crypto.PublicKey { return s.PrivateKey.Public() }

func (s brokenSigner) Sign(rand io.Reader, message []byte, options crypto.SignerOpts) ([]byte, error) {
	if s.panics {
		panic("the device is gone")
	}
	return make([]byte, SignatureLen), nil
}

func TestASignerThatPanicsOrLiesFailsTheCall(t *testing.T) {
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, signer := range []brokenSigner{{secret, true}, {secret, false}} {
		pair := must[*KeyPair](t)(NewKeyPairFromSigner(signer))
		if _, err := pair.SignCall(Action{Tool: "t"}, "bot", ""); !errors.Is(err, ErrSignerFailed) {
			t.Errorf("a broken signer gives %v", err)
		}
	}
}

func TestTheKeystoreKeepsIdentities(t *testing.T) {
	store := must[*Keystore](t)(OpenKeystore(t.TempDir(), KeystoreOptions{KDFPasses: 5, KDFMemoryKiB: 7168}))
	defer store.Close()
	created := must[*KeyPair](t)(store.Create("bot", "ops", []byte("secret")))
	if _, err := store.Create("bot", "", []byte("x")); !errors.Is(err, ErrKeyExists) {
		t.Errorf("a second key of one name gives %v", err)
	}
	if _, err := store.Load("bot", []byte("wrong")); !errors.Is(err, ErrWrongPassphrase) {
		t.Errorf("a wrong passphrase gives %v", err)
	}
	if err := store.ChangePassphrase("bot", []byte("secret"), []byte("other")); err != nil {
		t.Fatal(err)
	}
	loaded := must[*KeyPair](t)(store.Load("bot", []byte("other")))
	if loaded.PublicKey().String() != created.PublicKey().String() {
		t.Error("the loaded key is another one")
	}
	identities := must[[]Identity](t)(store.List())
	if len(identities) != 1 || identities[0].Owner != "ops" || identities[0].Secret != "encrypted" {
		t.Errorf("the list is %+v", identities)
	}
	if key := must[*PublicKey](t)(store.PublicKey("bot")); key.DID() != created.PublicKey().DID() {
		t.Error("the public key is another one")
	}
	if err := store.Delete("bot"); err != nil {
		t.Error(err)
	}
}

func TestALogKeepsProvesAndVerifies(t *testing.T) {
	home := t.TempDir()
	agent, logKey := newPair(t), newPair(t)
	log := must[*Log](t)(OpenLog(home, LogOptions{LogKey: logKey}))
	for range 5 {
		entry := must[Entry](t)(log.Append(must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", ""))))
		if !entry.Durable {
			t.Error("an append is not durable")
		}
	}
	many := must[[]Entry](t)(log.AppendMany([][]byte{
		must[*Receipt](t)(agent.SignCall(Action{Tool: "pay"}, "bot", "")).JSON(),
		must[*Receipt](t)(agent.SignCall(Action{Tool: "pay"}, "bot", "")).JSON(),
	}))
	if many[1].Index != 6 || log.Len() != 7 {
		t.Errorf("the last index is %d of %d", many[1].Index, log.Len())
	}
	proof := must[[]byte](t)(log.Prove(3))
	key := must[string](t)(log.VerifierKey())
	record := must[Record](t)(log.Read(3))
	index, size, err := VerifyProof(proof, record.Hash, key)
	if err != nil || index != 3 || size != 7 {
		t.Errorf("the proof says %d of %d: %v", index, size, err)
	}
	if _, _, err := VerifyProof(proof, many[1].RecordHash, key); !errors.Is(err, ErrProofInvalid) {
		t.Errorf("a proof of another record gives %v", err)
	}
	if hash := must[Hash](t)(RecordHash(record.Line)); hash != record.Hash {
		t.Error("the line has another hash than the record")
	}
	paid := 0
	for record, err := range log.Query(Query{Tool: "pay", NewestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		paid++
		if record.Index < 5 {
			t.Errorf("record %d is no payment", record.Index)
		}
	}
	if paid != 2 {
		t.Errorf("%d payments", paid)
	}
	for range log.From(0) {
		break
	}
	options := LogVerifyOptions{Signatures: true, Trusted: []*PublicKey{agent.PublicKey()}, Threads: 2}
	report, err := log.Verify(context.Background(), options)
	if err != nil || report.SignaturesValid != 7 {
		t.Errorf("%+v: %v", report, err)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	if _, err := log.AppendJSON(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed log gives %v", err)
	}

	day := must[[]string](t)(filepath.Glob(filepath.Join(home, "audit", "*.jsonl")))[0]
	text := must[[]byte](t)(os.ReadFile(day))
	if err := os.WriteFile(day, bytes.Replace(text, []byte(`"tool":"pay"`), []byte(`"tool":"gay"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	var findings []Finding
	options.OnFinding = func(finding Finding) { findings = append(findings, finding) }
	report, err = VerifyLogFolder(context.Background(), filepath.Join(home, "audit"), options)
	if !errors.Is(err, ErrLogTampered) || report.FirstBad != 5 || len(findings) == 0 || findings[0].Index != 5 {
		t.Errorf("an edited log gives %v, %+v, %+v", err, report, findings)
	}
}

func TestACancelledContextStopsAVerification(t *testing.T) {
	agent := newPair(t)
	log := must[*Log](t)(OpenLog(t.TempDir()))
	defer log.Close()
	receipt := must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", "")).JSON()
	for range 20 {
		must[[]Entry](t)(log.AppendMany(bytes.SplitAfter(bytes.Repeat(append(receipt, '\n'), 500), []byte("\n"))[:500]))
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := log.Verify(ctx, LogVerifyOptions{OnProgress: func(uint64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled verification gives %v", err)
	}
}

func TestAPanicInACallbackReachesTheCaller(t *testing.T) {
	log := must[*Log](t)(OpenLog(t.TempDir()))
	defer log.Close()
	must[Entry](t)(log.Append(must[*Receipt](t)(newPair(t).SignCall(Action{Tool: "t"}, "bot", ""))))
	defer func() {
		if recover() != "mine" {
			t.Error("the panic did not reach the caller")
		}
	}()
	for range log.From(0) {
		panic("mine")
	}
}

func TestErrorsStayWithTheirCallUnder64Goroutines(t *testing.T) {
	var group sync.WaitGroup
	for worker := range 64 {
		group.Go(func() {
			for range 500 {
				if worker%2 == 0 {
					if _, err := ParsePublicKey("nonsense"); !errors.Is(err, ErrKeyInvalid) {
						t.Errorf("a bad key gives %v", err)
					}
				} else if _, err := Canonicalize([]byte(`{"a":1,"a":2}`)); !errors.Is(err, ErrJSONDuplicateMember) {
					t.Errorf("a duplicate member gives %v", err)
				}
				runtime.Gosched()
			}
		})
	}
	group.Wait()
}

func TestClosingWhileOthersUseAValueIsSafe(t *testing.T) {
	for range 50 {
		pair := must[*KeyPair](t)(GenerateKeyPair())
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 20 {
					if _, err := pair.Sign(nil, []byte("m"), nil); err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
				}
			})
		}
		pair.Close()
		pair.Close()
		group.Wait()
	}
}
