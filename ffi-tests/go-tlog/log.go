// Package tlogcheck reads the folder of an audit log as a transparency log, with
// none of libsignet's code: the checkers of its tests are Go's checksum database
// (golang.org/x/mod/sumdb) and Tessera.
package tlogcheck

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/tlog"
)

// Log is the audit folder of a log, in memory so that it can be damaged.
type Log struct {
	// Lines are the records as they stand in the day files.
	Lines [][]byte
	// Side holds the files of the folder ".log" by their paths in it.
	Side map[string][]byte
}

// ReadLog reads an audit folder.
func ReadLog(audit string) (*Log, error) {
	days, err := filepath.Glob(filepath.Join(audit, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	sort.Strings(days)
	log := &Log{Side: map[string][]byte{}}
	for _, day := range days {
		content, err := os.ReadFile(day)
		if err != nil {
			return nil, err
		}
		for _, line := range bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n")) {
			log.Lines = append(log.Lines, line)
		}
	}
	side := filepath.Join(audit, ".log")
	err = filepath.WalkDir(side, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(side, path)
		if err != nil {
			return err
		}
		log.Side[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	return log, err
}

// RecordHash computes the hash of a line from its receipt and its predecessor:
// the SHA-256 of the RFC 8785 text of the two, which the line has in other order.
func RecordHash(line []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"receipt":`))
	at := bytes.LastIndex(rest, []byte(`,"prev_hash":"`))
	end := bytes.LastIndex(rest, []byte(`,"record_hash":"sha256:`))
	if !ok || at < 0 || end < at {
		return nil, fmt.Errorf("no record: %s", line)
	}
	hash := sha256.New()
	fmt.Fprintf(hash, `{%s,"receipt":%s}`, rest[at+1:end], rest[:at])
	return hash.Sum(nil), nil
}

// StatedHash is the record_hash that a line names.
func StatedHash(line []byte) ([]byte, error) {
	at := bytes.LastIndex(line, []byte(`"sha256:`))
	return hex.DecodeString(string(bytes.TrimSuffix(line[at+len(`"sha256:`):], []byte(`"}`))))
}

// ReadCheckpoint, ReadTile and ReadEntryBundle are what Tessera's clients ask for.
func (l *Log) ReadCheckpoint(context.Context) ([]byte, error) {
	return l.read("checkpoint")
}

// ReadTile reads a tile of hashes; a full tile serves for a partial one.
func (l *Log) ReadTile(_ context.Context, level, index uint64, width uint8) ([]byte, error) {
	return l.read(layout.TilePath(level, index, width))
}

// ReadEntryBundle makes the bundle that belongs to a tile out of the lines: an
// entry of the log is a record's hash.
func (l *Log) ReadEntryBundle(_ context.Context, index uint64, width uint8) ([]byte, error) {
	first, count := index*layout.EntryBundleWidth, uint64(width)
	if width == 0 {
		count = layout.EntryBundleWidth
	}
	if first+count > uint64(len(l.Lines)) {
		return nil, fmt.Errorf("bundle %d of %d: %w", index, count, os.ErrNotExist)
	}
	var bundle []byte
	for _, line := range l.Lines[first : first+count] {
		hash, err := RecordHash(line)
		if err != nil {
			return nil, err
		}
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(hash)))
		bundle = append(bundle, hash...)
	}
	return bundle, nil
}

func (l *Log) read(name string) ([]byte, error) {
	content, ok := l.Side[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, os.ErrNotExist)
	}
	return content, nil
}

// LeafHashes hashes the entries of a bundle as RFC 6962 says.
func LeafHashes(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// Height is that of the tiles: 2^8 hashes in each. Go's reader asks.
func (l *Log) Height() int { return layout.TileHeight }

// ReadTiles reads tiles under Go's names for them, which have the height in.
func (l *Log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tile.H), "tile/", 1)
		content, err := l.read(path)
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

// SaveTiles does nothing: nothing is cached.
func (l *Log) SaveTiles([]tlog.Tile, [][]byte) {}
