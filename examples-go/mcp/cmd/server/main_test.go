package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"signet"
	"signet/mcp"
)

func must[T any](t *testing.T) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// start runs the server and answers its URL and its key.
func start(t *testing.T, program, home string, agent *signet.PublicKey) (url string, key *signet.PublicKey, stop func()) {
	server := exec.Command(program, "-home", home, "-listen", "127.0.0.1:0", "-agent", agent.String())
	server.Stderr = os.Stderr
	out := must[io.ReadCloser](t)(server.StdoutPipe())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line := must[string](t)(bufio.NewReader(out).ReadString('\n'))
	words := regexp.MustCompile(`^listening on (\S+), co-signing as (\S+)\n$`).FindStringSubmatch(line)
	if words == nil {
		t.Fatalf("it said %q", line)
	}
	return words[1], must[*signet.PublicKey](t)(signet.ParsePublicKey(words[2])), func() {
		server.Process.Signal(os.Interrupt)
		if err := server.Wait(); err != nil {
			t.Error(err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTheServerRunsSignedCallsAndRemembersThem(t *testing.T) {
	folder := t.TempDir()
	home, program := filepath.Join(folder, "home"), filepath.Join(folder, "server")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", said, err)
	}
	agent := must[*signet.KeyPair](t)(signet.GenerateKeyPair())
	var sent []byte
	for run := range 2 {
		url, key, stop := start(t, program, home, agent.PublicKey())
		verifier := must[*signet.Verifier](t)(signet.NewVerifier(signet.VerifierOptions{
			Agents: []*signet.PublicKey{agent.PublicKey()}, Servers: []*signet.PublicKey{key},
		}))
		if sent != nil {
			response := must[*http.Response](t)(http.Post(url, "application/json", bytes.NewReader(sent)))
			answer := must[[]byte](t)(io.ReadAll(response.Body))
			if response.Body.Close(); !bytes.Contains(answer, []byte(`"error"`)) || bytes.Contains(answer, []byte(`"result"`)) {
				t.Errorf("a call of the run before gives %s", answer)
			}
		}
		watching := roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.GetBody != nil {
				if text := must[[]byte](t)(io.ReadAll(must[io.ReadCloser](t)(r.GetBody()))); bytes.Contains(text, []byte(`"tools/call"`)) {
					sent = text
				}
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		transport := &mcp.Transport{Base: watching, Agent: agent, Name: "bot", Target: "mcp://example", Verifier: verifier}
		session := must[*sdk.ClientSession](t)(sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(
			context.Background(), &sdk.StreamableClientTransport{
				Endpoint: url, HTTPClient: &http.Client{Transport: transport}, DisableStandaloneSSE: true,
			}, nil))
		result := must[*sdk.CallToolResult](t)(session.CallTool(context.Background(),
			&sdk.CallToolParams{Name: "add", Arguments: mcp.Sum{Numbers: []int64{1, 2}}}))
		if total := result.StructuredContent.(map[string]any)["total"]; total != 3.0 {
			t.Errorf("the total is %v", total)
		}
		session.Close()
		stop()
		report, err := signet.VerifyLogFolder(context.Background(), filepath.Join(home, "audit"),
			signet.LogVerifyOptions{Signatures: true, Trusted: []*signet.PublicKey{agent.PublicKey(), key}})
		if err != nil || report.SignaturesValid != uint64(2*(run+1)) {
			t.Errorf("%+v: %v", report, err)
		}
	}
}
