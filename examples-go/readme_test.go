package signet

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README's Go runs as it stands there, in a module that was set up as it says.
func TestTheReadmeRuns(t *testing.T) {
	readme := string(must[[]byte](t)(os.ReadFile("../README.md")))
	programs := regexp.MustCompile("(?ms)^```go\n(.*?)^```$").FindAllStringSubmatch(readme, -1)
	setups := regexp.MustCompile(`(?m)^go mod edit .*$`).FindAllString(readme, -1)
	if len(programs) != 1 || len(setups) != 1 {
		t.Fatalf("%d programs, %d ways to set them up", len(programs), len(setups))
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(programs[0][1]), 0o600); err != nil {
		t.Fatal(err)
	}
	script := "go mod init example > /dev/null 2>&1 && " + setups[0] + " && gofmt -l . && go run ."
	run := exec.Command("sh", "-ec", script)
	run.Dir = folder
	run.Env = append(os.Environ(), "LIBSIGNET="+must[string](t)(filepath.Abs("..")))
	said, err := run.CombinedOutput()
	if err != nil || string(said) != "record 0 true\n" {
		t.Errorf("it said %s: %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(folder, ".signet", "audit")); err != nil {
		t.Error(err)
	}
	body := programs[0][1][strings.Index(programs[0][1], "func main"):strings.Index(programs[0][1], "func try")]
	if lines := strings.Count(body, "\n"); lines > 10 {
		t.Errorf("%d lines", lines)
	}
}
