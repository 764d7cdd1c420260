package tlogcheck

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	formats "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "example.com/audit"

var sizes = []int64{1, 2, 3, 255, 256, 257, 511, 512, 600}

func ours(t *testing.T) *Log {
	t.Helper()
	log, err := ReadLog(filepath.Join(os.Getenv("SIGNET_HOME_WRITTEN"), "audit"))
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Lines) != int(sizes[len(sizes)-1]) {
		t.Fatalf("the log has %d records", len(log.Lines))
	}
	return log
}

func evidence(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(os.Getenv("SIGNET_EVIDENCE_WRITTEN"), name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func verifier(t *testing.T) note.Verifier {
	t.Helper()
	verifier, err := note.NewVerifier(string(evidence(t, "vkey")))
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

// head opens a checkpoint with Go's sumdb/note, and reads it.
func head(checkpoint []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(checkpoint, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	var read formats.Checkpoint
	rest, err := read.Unmarshal([]byte(opened.Text))
	if err != nil || len(rest) != 0 || read.Origin != origin || len(opened.UnverifiedSigs) != 0 {
		return tlog.Tree{}, fmt.Errorf("no checkpoint: %q: %w", opened.Text, err)
	}
	return tlog.Tree{N: int64(read.Size), Hash: tlog.Hash(read.Hash)}, nil
}

func headOf(t *testing.T, size int64) tlog.Tree {
	t.Helper()
	tree, err := head(evidence(t, fmt.Sprintf("checkpoint.%d", size)), verifier(t))
	if err != nil {
		t.Fatal(err)
	}
	if tree.N != size {
		t.Fatalf("a checkpoint of %d says %d", size, tree.N)
	}
	return tree
}

func leaf(t *testing.T, line []byte) tlog.Hash {
	t.Helper()
	hash, err := RecordHash(line)
	if err != nil {
		t.Fatal(err)
	}
	return tlog.RecordHash(hash)
}

func hashes(lines []string) ([]tlog.Hash, error) {
	path := []tlog.Hash{}
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		path = append(path, hash)
	}
	return path, nil
}

func checkFolder(log *Log, verifier note.Verifier) error {
	return fsck.New(origin, verifier, log, LeafHashes, fsck.Opts{N: 2}).Check(context.Background())
}

func TestEveryLineHasTheHashThatItStatesAndNamesItsPredecessor(t *testing.T) {
	before := make([]byte, 32)
	for number, line := range ours(t).Lines {
		hash, err := RecordHash(line)
		if err != nil {
			t.Fatal(err)
		}
		stated, err := StatedHash(line)
		if err != nil || !bytes.Equal(hash, stated) {
			t.Errorf("line %d: %x where %x is stated: %v", number, hash, stated, err)
		}
		if !bytes.Contains(line, fmt.Appendf(nil, `,"prev_hash":"sha256:%x"`, before)) {
			t.Errorf("line %d does not name its predecessor", number)
		}
		before = hash
	}
}

func TestTesserasFsckPassesTheFolder(t *testing.T) {
	if err := checkFolder(ours(t), verifier(t)); err != nil {
		t.Error(err)
	}
}

func TestGosNoteOpensEveryCheckpoint(t *testing.T) {
	log := ours(t)
	newest := headOf(t, sizes[len(sizes)-1])
	reader := tlog.TileHashReader(newest, log)
	for _, size := range sizes {
		tree := headOf(t, size)
		// The root follows from the tiles, which Go's reader authenticates.
		root, err := tlog.TreeHash(size, reader)
		if err != nil || root != tree.Hash {
			t.Errorf("%d: %v where %v is signed: %v", size, root, tree.Hash, err)
		}
	}
	if !bytes.Equal(log.Side["checkpoint"], evidence(t, "checkpoint.600")) {
		t.Error("the folder has another checkpoint")
	}
	// Another key of the same name opens none.
	_, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	other, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := head(log.Side["checkpoint"], other); err == nil {
		t.Error("opened under another key")
	}
}

func TestGosTilesProveEveryRecord(t *testing.T) {
	log := ours(t)
	tree := headOf(t, 600)
	reader := tlog.TileHashReader(tree, log)
	for number, line := range log.Lines {
		proof, err := tlog.ProveRecord(tree.N, int64(number), reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(number), leaf(t, line)); err != nil {
			t.Errorf("record %d: %v", number, err)
		}
	}
}

func TestTesserasClientAndOursMakeTheSameProofs(t *testing.T) {
	log := ours(t)
	ctx := context.Background()
	builder, err := client.NewProofBuilder(ctx, 600, log.ReadTile)
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(path [][]byte) string {
		var text strings.Builder
		for _, hash := range path {
			text.WriteString(base64.StdEncoding.EncodeToString(hash) + "\n")
		}
		return text.String()
	}
	for index := uint64(0); index < 600; index++ {
		path, err := builder.InclusionProof(ctx, index)
		if err != nil {
			t.Fatal(err)
		}
		lines := encoded(path)
		file := evidence(t, fmt.Sprintf("proof.%d", index))
		if !strings.Contains(string(file), fmt.Sprintf("\nindex %d\n%s\n", index, lines)) {
			t.Errorf("record %d: our path is not Tessera's:\n%s%s", index, file, lines)
		}
	}
	for _, old := range sizes[:len(sizes)-1] {
		path, err := builder.ConsistencyProof(ctx, uint64(old), 600)
		if err != nil {
			t.Fatal(err)
		}
		if given := evidence(t, fmt.Sprintf("consistency.%d.600", old)); string(given) != encoded(path) {
			t.Errorf("from %d: our path is not Tessera's:\n%s%s", old, given, encoded(path))
		}
	}
}

// proofFile reads a c2sp.org/tlog-proof@v1 file and checks it against a record.
func proofFile(file string, verifier note.Verifier, record tlog.Hash) (int64, error) {
	top, checkpoint, ok := strings.Cut(file, "\n\n")
	lines := strings.Split(top, "\n")
	if !ok || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, errors.New("no proof file")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return 0, err
	}
	path, err := hashes(lines[1:])
	if err != nil {
		return 0, err
	}
	tree, err := head([]byte(checkpoint), verifier)
	if err != nil {
		return 0, err
	}
	return index, tlog.CheckRecord(path, tree.N, tree.Hash, index, record)
}

func TestGoChecksEveryProofFile(t *testing.T) {
	log := ours(t)
	verifier := verifier(t)
	for number, line := range log.Lines {
		file := string(evidence(t, fmt.Sprintf("proof.%d", number)))
		index, err := proofFile(file, verifier, leaf(t, line))
		if err != nil || index != int64(number) {
			t.Errorf("record %d: index %d: %v", number, index, err)
		}
		if _, err := proofFile(file, verifier, leaf(t, log.Lines[(number+1)%600])); err == nil {
			t.Errorf("the proof of record %d proves the next one", number)
		}
	}
}

func TestGoChecksEveryConsistencyProof(t *testing.T) {
	for at, size := range sizes {
		for _, old := range sizes[:at] {
			text := string(evidence(t, fmt.Sprintf("consistency.%d.%d", old, size)))
			path, err := hashes(strings.Fields(text))
			if err != nil {
				t.Fatal(err)
			}
			before, after := headOf(t, old), headOf(t, size)
			if err := tlog.CheckTree(path, size, after.Hash, old, before.Hash); err != nil {
				t.Errorf("%d to %d: %v", old, size, err)
			}
			before.Hash[0] ^= 1
			if tlog.CheckTree(path, size, after.Hash, old, before.Hash) == nil {
				t.Errorf("%d to %d: proves another past", old, size)
			}
		}
	}
}

// A tree of 600 has two full tiles and a partial one below, and one above.
func TestEveryFlippedTileByteIsRefused(t *testing.T) {
	log := ours(t)
	verifier := verifier(t)
	tree := headOf(t, 600)
	for _, name := range []string{"tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"} {
		tile, ok := log.Side[name]
		if !ok {
			t.Fatalf("%s is not there", name)
		}
		for _, at := range []int{0, 31, 32, len(tile) / 2, len(tile) - 1} {
			tile[at] ^= 0x10
			if checkFolder(log, verifier) == nil {
				t.Errorf("fsck passes %s with a flipped byte at %d", name, at)
			}
			// Whoever reads a proof off the tile is told too.
			first := int64(at / 32)
			if name[5] == '1' {
				first *= 256
			} else {
				number, _ := strconv.ParseInt(name[9:10], 10, 64)
				first += number * 256
			}
			if _, err := tlog.ProveRecord(tree.N, first^1, tlog.TileHashReader(tree, log)); err == nil {
				t.Errorf("Go makes a proof with %s and a flipped byte at %d", name, at)
			}
			tile[at] ^= 0x10
		}
	}
	if err := checkFolder(log, verifier); err != nil {
		t.Errorf("not as it was: %v", err)
	}
}

func TestAChangedLineOrCheckpointIsRefused(t *testing.T) {
	log := ours(t)
	verifier := verifier(t)
	line := log.Lines[300]
	at := bytes.Index(line, []byte(`"n":300`)) + len(`"n":`)
	line[at] = '4'
	if checkFolder(log, verifier) == nil {
		t.Error("fsck passes a changed line")
	}
	line[at] = '3'
	checkpoint := log.Side["checkpoint"]
	for at := range checkpoint {
		checkpoint[at] ^= 1
		if _, err := head(checkpoint, verifier); err == nil {
			t.Errorf("a checkpoint opens with a flipped bit at %d", at)
		}
		checkpoint[at] ^= 1
	}
	if err := checkFolder(log, verifier); err != nil {
		t.Errorf("not as it was: %v", err)
	}
}
