package mcp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"signet"
)

const target = "mcp://example"

// world is a guarded server that runs, and those who talk to it.
type world struct {
	url           string
	agent, server *signet.KeyPair
	log           *signet.Log
	// ran counts how often the tool did.
	ran atomic.Int64
	// refusals is what the guard has told its operator.
	refusals bytes.Buffer
}

func must[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func newWorld(t *testing.T) *world {
	w := &world{agent: must[*signet.KeyPair](t)(signet.GenerateKeyPair()), server: must[*signet.KeyPair](t)(signet.GenerateKeyPair())}
	w.log = must[*signet.Log](t)(signet.OpenLog(t.TempDir()))
	server := mcp.NewServer(&mcp.Implementation{Name: "counter", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "add"}, func(_ context.Context, _ *mcp.CallToolRequest, in Sum) (*mcp.CallToolResult, Total, error) {
		w.ran.Add(1)
		if len(in.Numbers) == 0 {
			return nil, Total{}, errors.New("nothing to add")
		}
		return nil, Total{Total: in.Numbers[0]}, nil
	})
	guard := must[*Guard](t)(NewHandler(server, Options{
		Target: target, Agents: []*signet.PublicKey{w.agent.PublicKey()}, Server: w.server, Name: "counter", Log: w.log,
		Logger: slog.New(slog.NewTextHandler(&w.refusals, nil)),
	}))
	listener := httptest.NewServer(guard)
	t.Cleanup(func() { listener.Close(); w.log.Close() })
	w.url = listener.URL
	return w
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// altered changes the body of tool calls on their way.
func altered(change func(body []byte) []byte) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Body == nil {
			return http.DefaultTransport.RoundTrip(r)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(body, []byte(`"tools/call"`)) {
			body = change(body)
		}
		r = r.Clone(r.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return http.DefaultTransport.RoundTrip(r)
	})
}

func (w *world) transport(t *testing.T, base http.RoundTripper) *Transport {
	verifier := must[*signet.Verifier](t)(signet.NewVerifier(signet.VerifierOptions{
		Agents: []*signet.PublicKey{w.agent.PublicKey()}, Servers: []*signet.PublicKey{w.server.PublicKey()},
	}))
	return &Transport{Base: base, Agent: w.agent, Name: "bot", Target: target, Verifier: verifier}
}

func (w *world) connect(t *testing.T, transport http.RoundTripper) *mcp.ClientSession {
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session := must[*mcp.ClientSession](t)(client.Connect(context.Background(), &mcp.StreamableClientTransport{
		Endpoint: w.url, HTTPClient: &http.Client{Transport: transport}, MaxRetries: -1, DisableStandaloneSSE: true,
	}, nil))
	t.Cleanup(func() { session.Close() })
	return session
}

func call(session *mcp.ClientSession, numbers ...int64) (*mcp.CallToolResult, error) {
	return session.CallTool(context.Background(), &mcp.CallToolParams{Name: "add", Arguments: Sum{Numbers: numbers}})
}

func TestASignedCallRunsAndIsCoSigned(t *testing.T) {
	w := newWorld(t)
	var onTheWire []byte
	session := w.connect(t, w.transport(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			if onTheWire, err = io.ReadAll(response.Body); err == nil {
				response.Body = io.NopCloser(bytes.NewReader(onTheWire))
			}
		}
		return response, err
	})))
	if tools := must[*mcp.ListToolsResult](t)(session.ListTools(context.Background(), nil)); len(tools.Tools) != 1 {
		t.Errorf("%d tools", len(tools.Tools))
	}
	for number := range int64(3) {
		result := must[*mcp.CallToolResult](t)(call(session, number+1))
		if total := result.StructuredContent.(map[string]any)["total"]; total != float64(number+1) {
			t.Errorf("the total is %v", total)
		}
	}
	if !bytes.Contains(onTheWire, []byte(`"_signet_bilateral"`)) {
		t.Errorf("the server has answered %s", onTheWire)
	}
	if result := must[*mcp.CallToolResult](t)(call(session)); !result.IsError {
		t.Error("adding nothing is no error")
	}
	if w.ran.Load() != 4 || w.log.Len() != 8 {
		t.Errorf("ran %d times, %d records", w.ran.Load(), w.log.Len())
	}
	report, err := w.log.Verify(context.Background(), signet.LogVerifyOptions{
		Signatures: true, Trusted: []*signet.PublicKey{w.agent.PublicKey(), w.server.PublicKey()},
	})
	if err != nil || report.SignaturesValid != 8 {
		t.Errorf("%+v: %v", report, err)
	}
	last := must[signet.Record](t)(w.log.Read(7))
	receipt := must[*signet.Receipt](t)(signet.ParseReceipt(last.Receipt))
	if receipt.Version() != 3 || receipt.Text(signet.FieldOutcomeStatus) != "failed" || receipt.Text(signet.FieldServerName) != "counter" || receipt.Text(signet.FieldTarget) != target {
		t.Errorf("the last record is %s", last.Receipt)
	}
}

func TestWhatMustNotRunDoesNot(t *testing.T) {
	signedAt := func(w *world, base http.RoundTripper, target string, age time.Duration) http.RoundTripper {
		return altered(func(body []byte) []byte {
			return must[*signet.SignedRequest](t)(w.agent.SignRequest(body, "bot", "",
				signet.RequestOptions{Target: target, At: time.Now().Add(-age)})).Message
		})
	}
	for name, c := range map[string]struct {
		transport func(*testing.T, *world) http.RoundTripper
		status    signet.Status
	}{
		"unsigned": {func(*testing.T, *world) http.RoundTripper { return http.DefaultTransport }, signet.ErrUnsigned},
		"arguments changed": {func(t *testing.T, w *world) http.RoundTripper {
			return w.transport(t, altered(func(body []byte) []byte {
				return bytes.Replace(body, []byte(`"arguments":{"numbers":[1`), []byte(`"arguments":{"numbers":[2`), 1)
			}))
		}, signet.ErrArgumentsMismatch},
		"a second member of one name": {func(t *testing.T, w *world) http.RoundTripper {
			return w.transport(t, altered(func(body []byte) []byte {
				return bytes.Replace(body, []byte(`"arguments":`), []byte(`"arguments":{"numbers":[3]},"arguments":`), 1)
			}))
		}, signet.ErrJSONDuplicateMember},
		"a member that Go takes for another": {func(t *testing.T, w *world) http.RoundTripper {
			return w.transport(t, altered(func(body []byte) []byte {
				return bytes.Replace(body, []byte(`"arguments":`), []byte(`"Arguments":{"numbers":[3]},"arguments":`), 1)
			}))
		}, signet.ErrMessageInvalid},
		"stale": {func(_ *testing.T, w *world) http.RoundTripper {
			return signedAt(w, nil, target, time.Hour)
		}, signet.ErrTooOld},
		"for another server": {func(_ *testing.T, w *world) http.RoundTripper {
			return signedAt(w, nil, "mcp://mail", 0)
		}, signet.ErrTargetMismatch},
		"by a stranger": {func(t *testing.T, w *world) http.RoundTripper {
			transport := w.transport(t, nil)
			transport.Agent = must[*signet.KeyPair](t)(signet.GenerateKeyPair())
			return transport
		}, signet.ErrSignerUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			session := w.connect(t, c.transport(t, w))
			result, err := call(session, 1)
			if err == nil || w.ran.Load() != 0 || w.log.Len() != 0 {
				t.Errorf("ran %d times, %d records: %+v", w.ran.Load(), w.log.Len(), result)
			}
			if said := w.refusals.String(); !strings.Contains(said, c.status.String()) {
				t.Errorf("the operator was told %q and the client %v, not %s", said, err, c.status)
			}
		})
	}
}

func TestAReplayedCallRunsOnce(t *testing.T) {
	w := newWorld(t)
	var first []byte
	session := w.connect(t, w.transport(t, altered(func(body []byte) []byte {
		if first == nil {
			first = body
		}
		return first
	})))
	must[*mcp.CallToolResult](t)(call(session, 1))
	if _, err := call(session, 1); err == nil {
		t.Error("the same bytes were accepted twice")
	}
	if w.ran.Load() != 1 || !strings.Contains(w.refusals.String(), signet.ErrReplayed.String()) {
		t.Errorf("ran %d times; %s", w.ran.Load(), w.refusals.String())
	}
}

func TestABatchIsNotAccepted(t *testing.T) {
	w := newWorld(t)
	body := must[*signet.SignedRequest](t)(w.agent.SignRequest([]byte(
		` [{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"numbers":[1]}}}]`),
		"bot", "", signet.RequestOptions{Target: target})).Message
	response := must[*http.Response](t)(http.Post(w.url, "application/json", bytes.NewReader(body)))
	response.Body.Close()
	if response.StatusCode != http.StatusBadRequest || w.ran.Load() != 0 {
		t.Errorf("a batch gives %s", response.Status)
	}
}

func TestACallIsNotRunWithoutEvidence(t *testing.T) {
	w := newWorld(t)
	session := w.connect(t, w.transport(t, nil))
	w.log.Close()
	if _, err := call(session, 1); err == nil || w.ran.Load() != 0 {
		t.Errorf("ran %d times without a log: %v", w.ran.Load(), err)
	}
}

func TestAClientDoesNotBelieveAnotherServer(t *testing.T) {
	w := newWorld(t)
	stranger := must[*signet.KeyPair](t)(signet.GenerateKeyPair())
	transport := w.transport(t, nil)
	transport.Verifier = must[*signet.Verifier](t)(signet.NewVerifier(signet.VerifierOptions{
		Agents: []*signet.PublicKey{w.agent.PublicKey()}, Servers: []*signet.PublicKey{stranger.PublicKey()},
	}))
	session := w.connect(t, transport)
	if _, err := call(session, 1); !errors.Is(err, signet.ErrSignerUntrusted) && !strings.Contains(err.Error(), "not believed") {
		t.Errorf("another server gives %v", err)
	}
	forged := w.transport(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			text := must[[]byte](t)(io.ReadAll(response.Body))
			response.Body = io.NopCloser(bytes.NewReader(bytes.Replace(text, []byte(`"total":1`), []byte(`"total":9`), 1)))
		}
		return response, err
	}))
	session = w.connect(t, forged)
	if result, err := call(session, 1); err == nil {
		t.Errorf("a changed result is believed: %+v", result)
	}
}
