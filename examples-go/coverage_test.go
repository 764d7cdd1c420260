package signet

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What Go has in another way, and why.
var notCalled = map[string]string{
	"signet_version_number":       "the text is compared by people, the ABI by init",
	"signet_error_status":         "the status is the result of the call",
	"signet_buffer_len":           "signet_buffer_data says it too",
	"signet_hash_len":             "a constant",
	"signet_hash_text_len":        "a constant",
	"signet_public_key_len":       "a constant",
	"signet_signature_len":        "a constant",
	"signet_seed_len":             "a constant",
	"signet_nonce_len":            "a constant",
	"signet_params_key_len":       "a constant",
	"signet_keypair_public_bytes": "KeyPair.PublicKey has them",
}

func sources(t *testing.T) string {
	var text strings.Builder
	for _, file := range must[[]string](t)(filepath.Glob("*.go")) {
		if !strings.HasSuffix(file, "_test.go") && file != "calls.go" {
			text.Write(must[[]byte](t)(os.ReadFile(file)))
		}
	}
	return text.String()
}

func TestEveryFunctionAndConstantOfTheHeaderIsThere(t *testing.T) {
	comments := regexp.MustCompile(`(?s)/\*.*?\*/`)
	header := comments.ReplaceAllString(string(must[[]byte](t)(os.ReadFile("../include/signet.h"))), "")
	source := sources(t)
	functions := regexp.MustCompile(`\b(signet_[a-z0-9_]+)\([^;{}]*\);`).FindAllStringSubmatch(header, -1)
	if len(functions) < 100 {
		t.Fatalf("only %d functions were found", len(functions))
	}
	for _, function := range functions {
		called := regexp.MustCompile(`\b` + function[1] + `\(`).MatchString(source)
		if _, excused := notCalled[function[1]]; called == excused {
			t.Errorf("%s: called %v, excused %v", function[1], called, excused)
		}
	}
	for _, constant := range regexp.MustCompile(`#define (SIGNET_[A-Z0-9_]+) (?:\d|U?INT64_M)`).FindAllStringSubmatch(header, -1) {
		if strings.HasPrefix(constant[1], "SIGNET_VERSION_") || constant[1] == "SIGNET_NO_POSITION" {
			continue
		}
		if !regexp.MustCompile(`C\.` + constant[1] + `\b`).MatchString(source) {
			t.Errorf("%s is not used", constant[1])
		}
	}
}

// A call that is said not to call back and does so anyway ends the program, and one that
// keeps what it was lent corrupts it.
func TestNoFunctionThatMayReachACallbackIsSaidNotTo(t *testing.T) {
	calls := string(must[[]byte](t)(os.ReadFile("calls.go")))
	said := regexp.MustCompile(`#cgo nocallback (\w+)`).FindAllStringSubmatch(calls, -1)
	if len(said) < 50 || len(said) != strings.Count(calls, "#cgo noescape ") {
		t.Fatalf("%d functions", len(said))
	}
	for _, name := range []string{"signet_keypair_sign", "signet_receipt_sign", "signet_keypair_free", "signet_log_append",
		"signet_log_checkpoint", "signet_log_free", "signet_delegation_sign", "signet_receipt_co_sign"} {
		if slices.ContainsFunc(said, func(match []string) bool { return match[1] == name }) {
			t.Errorf("%s may call a signer", name)
		}
	}
	if count := strings.Count(sources(t), "#cgo nocallback"); count != 0 {
		t.Errorf("%d directives are written by hand", count)
	}
}

// Errors belong to calls, so nothing here has to stay on its thread.
func TestNothingIsTiedToAThread(t *testing.T) {
	if strings.Contains(sources(t), "Lock"+"OSThread") {
		t.Error("a goroutine is tied to a thread")
	}
}
