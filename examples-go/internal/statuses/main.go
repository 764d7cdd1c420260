// Command statuses writes status.go from the library's header: a constant for each
// status. `go generate` runs it; a test fails when it is out of date.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"regexp"
	"strings"
)

var status = regexp.MustCompile(`(?s)/\*\*\n((?:   \* [^\n]*\n)+)   \*/\n  SIGNET_ERR_([A-Z0-9_]+) = \d+,`)

// Words that Go writes in capitals.
var initialisms = map[string]string{"JSON": "JSON", "ID": "ID", "IO": "IO", "KDF": "KDF"}

func main() {
	header, err := os.ReadFile("../include/signet.h")
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintln(&out, "// Code generated from include/signet.h by internal/statuses. DO NOT EDIT.\n\npackage signet\n\n// #include <signet.h>\nimport \"C\"\n\n// What a call can fail with.\nconst (")
	found := status.FindAllStringSubmatch(string(header), -1)
	if len(found) == 0 {
		log.Fatal("no status was found in the header")
	}
	var names []string
	for _, match := range found {
		doc := strings.Join(strings.Fields(strings.ReplaceAll(match[1], "   * ", " ")), " ")
		name := "Err"
		for _, word := range strings.Split(match[2], "_") {
			if initialism, ok := initialisms[word]; ok {
				name += initialism
			} else {
				name += word[:1] + strings.ToLower(word[1:])
			}
		}
		names = append(names, name)
		fmt.Fprintf(&out, "\t// %s: %s\n\t%s Status = C.SIGNET_ERR_%s\n", name, strings.TrimSuffix(doc, "."), name, match[2])
	}
	fmt.Fprintln(&out, ")\n\n// statuses are all of them, for the test that misses none.\nvar statuses = []Status{"+strings.Join(names, ", ")+"}")
	source, err := format.Source(out.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 1 && os.Args[1] == "-print" {
		os.Stdout.Write(source)
		return
	}
	if err := os.WriteFile("status.go", source, 0o644); err != nil {
		log.Fatal(err)
	}
}
