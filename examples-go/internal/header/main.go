// Command header writes what the package takes from the library's header: status.go
// and constants.go, with the header's words as their documentation, and calls.go,
// which tells the compiler what the library's functions do not do. `go generate` runs
// it; a test fails when a file is out of date.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	comment    = regexp.MustCompile(`(?s)/\*.*?\*/`)
	status     = regexp.MustCompile(`(?s)/\*\*\n((?:   \* [^\n]*\n)+)   \*/\n  SIGNET_ERR_([A-Z0-9_]+) = \d+,`)
	constant   = regexp.MustCompile(`(?s)/\*\*\n((?: \*[^\n]*\n)+) \*/\n#define SIGNET_([A-Z0-9_]+) \d+\n`)
	function   = regexp.MustCompile(`(?s)\b(signet_[a-z0-9_]+)\(([^;{}]*)\);`)
	called     = regexp.MustCompile(`\bC\.(signet_[a-z0-9_]+)\(`)
	directives = []string{"noescape", "nocallback"}
)

// Words that Go writes in another way.
var words = map[string]string{"JSON": "JSON", "YAML": "YAML", "ID": "ID", "IO": "IO", "KDF": "KDF", "TYPESCRIPT": "TypeScript"}

// Constants that are a type of their own in Go.
var families = []struct{ prefix, kind, name string }{
	{"FORMAT_", "Format", "Format"},
	{"FIELD_", "Field", "Field"},
	{"SECTION_", "Section", "Section"},
	{"TRUST_BUNDLE_", "TrustBundleField", "TrustBundle"},
	{"DELEGATION_", "DelegationField", "Delegation"},
	{"VERDICT_", "Verdict", "Verdict"},
	{"FINDING_", "FindingKind", "Finding"},
	{"NONCES_", "NonceForm", "Nonces"},
	{"AXIS_", "Axis", "Axis"},
	{"CHECK_", "CheckResult", "Check"},
	{"RULING_", "Ruling", "Ruling"},
	{"EVIDENCE_", "EvidenceKind", "Evidence"},
}

// What a callback of a Go program can be behind: a key pair's signer, a memory of nonces,
// what holds one of them, and a function that is given to the call. A function that takes
// none of these cannot call back, so Go may lend it what is on a goroutine's stack, which
// a callback could move.
var reaching = regexp.MustCompile(`\bsignet_(keypair|log|replay_store|verifier|gate|\w+_callback)\b`)

func main() {
	text, err := os.ReadFile("../include/signet.h")
	if err != nil {
		log.Fatal(err)
	}
	header := string(text)
	for name, content := range map[string]string{
		"status.go": statuses(header), "constants.go": constants(header), "calls.go": calls(header),
	} {
		source, err := format.Source([]byte("// Code generated from include/signet.h by internal/header. DO NOT EDIT.\n\npackage signet\n\n" + content))
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		if len(os.Args) > 1 && os.Args[1] == "-check" {
			if found, err := os.ReadFile(name); err != nil || !bytes.Equal(found, source) {
				log.Fatal(name, " is out of date: run go generate")
			}
		} else if err := os.WriteFile(name, source, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

func goName(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts {
		if word, ok := words[part]; ok {
			parts[i] = word
		} else {
			parts[i] = part[:1] + strings.ToLower(part[1:])
		}
	}
	return strings.Join(parts, "")
}

func sentence(comment string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(strings.ReplaceAll(comment, "* ", " ")), " "), ".")
}

func statuses(header string) string {
	var out strings.Builder
	fmt.Fprintln(&out, "// #include <signet.h>\nimport \"C\"\n\n// What a call can fail with.\nconst (")
	found := status.FindAllStringSubmatch(header, -1)
	if len(found) == 0 {
		log.Fatal("no status was found in the header")
	}
	var names []string
	for _, match := range found {
		name := "Err" + goName(match[2])
		names = append(names, name)
		fmt.Fprintf(&out, "\t// %s: %s\n\t%s Status = C.SIGNET_ERR_%s\n", name, sentence(match[1]), name, match[2])
	}
	fmt.Fprintln(&out, ")\n\n// statuses are all of them, for the test that misses none.\nvar statuses = []Status{"+strings.Join(names, ", ")+"}")
	return out.String()
}

func constants(header string) string {
	var out strings.Builder
	fmt.Fprintln(&out, "// #include <signet.h>\nimport \"C\"")
	found := constant.FindAllStringSubmatch(header, -1)
	for _, family := range families {
		fmt.Fprintf(&out, "\n// What a [%s] can be.\nconst (\n", family.kind)
		for _, match := range found {
			rest, ok := strings.CutPrefix(match[2], family.prefix)
			if !ok {
				continue
			}
			name := family.name + goName(rest)
			fmt.Fprintf(&out, "\t// %s: %s\n\t%s %s = C.SIGNET_%s\n", name, sentence(match[1]), name, family.kind, match[2])
		}
		fmt.Fprintln(&out, ")")
	}
	return out.String()
}

func calls(header string) string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		log.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		for _, match := range called.FindAllSubmatch(text, -1) {
			used[string(match[1])] = true
		}
	}
	var out strings.Builder
	fmt.Fprintln(&out, "// #include <signet.h>")
	for _, match := range function.FindAllStringSubmatch(comment.ReplaceAllString(header, ""), -1) {
		name, parameters := match[1], match[2]
		if !used[name] || reaching.MatchString(parameters) {
			continue
		}
		for _, directive := range directives {
			fmt.Fprintf(&out, "// #cgo %s %s\n", directive, name)
		}
	}
	fmt.Fprintln(&out, "import \"C\"")
	return out.String()
}
