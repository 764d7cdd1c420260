// Package mcp puts signet in front of an MCP server over HTTP, and behind a client, with
// the official Go SDK between them. Both work on the raw bytes of the messages: whatever
// the SDK's parser makes of a message, it is of one that was verified as it is.
package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"signet"
)

// maxMessage is the largest message that is read.
const maxMessage = 4 << 20

// Guard lets through what may be let through: a tool call needs a receipt that the
// verifier accepts, which is in the log before the tool runs, and its response is
// co-signed, which is in the log before the client has it.
type Guard struct {
	// Gate verifies. It must have a verifier, and AllowLineBreaks.
	Gate *signet.Gate
	// Log keeps the evidence.
	Log *signet.Log
	// Server co-signs under this name.
	Server *signet.KeyPair
	Name   string
	// Next is the SDK's handler, with JSONResponse set: an event stream cannot be
	// co-signed message by message here.
	Next http.Handler
	// Logger is told what was refused and why; clients are not told more than they need.
	Logger *slog.Logger
}

func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		g.Next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		http.Error(w, "the message cannot be read", http.StatusBadRequest)
		return
	}
	// The protocol has no batches since 2025-06-18, and judging one uses its nonces up.
	if text := bytes.TrimLeft(body, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		http.Error(w, "batches are not accepted", http.StatusBadRequest)
		return
	}
	judgement, err := g.Gate.Judge(body, signet.JudgeOptions{Log: g.Log})
	if err != nil {
		g.failed(w, "judging a message", err)
		return
	}
	defer judgement.Close()
	judged, err := judgement.Message(0)
	if err != nil {
		g.failed(w, "judging a message", err)
		return
	}
	defer judged.Report.Close()
	defer judged.Call.Close()
	forward := judgement.Forward()
	if forward == nil {
		g.Logger.Warn("refused", "status", signet.StatusOf(judged.Err), "error", judged.Err, "storage", judgement.StorageErr())
		answer := judgement.Answer()
		if answer == nil {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
		return
	}
	// What the SDK reads is what was judged.
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(forward))
	r.ContentLength = int64(len(forward))
	if judged.Call == nil {
		g.Next.ServeHTTP(w, r)
		return
	}
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	g.Next.ServeHTTP(answer, r)
	if err := g.coSign(answer, judged.Call); err != nil {
		g.failed(w, "co-signing a response", err)
		return
	}
	answer.send(w)
}

// coSign puts the server's receipt into a response, and into the log.
func (g *Guard) coSign(answer *recorder, call *signet.Call) error {
	// A notification, and what is no message of the protocol, has nothing to be signed.
	if call.ID() == nil || answer.status != http.StatusOK {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(answer.header.Get("Content-Type")); err != nil || kind != "application/json" {
		return fmt.Errorf("the response is %q: the SDK's handler needs JSONResponse", answer.header.Get("Content-Type"))
	}
	signed, err := g.Server.SignResponse(call, answer.body.Bytes(), g.Name)
	if err != nil {
		return err
	}
	defer signed.Receipt.Close()
	if _, err := g.Log.Append(signed.Receipt); err != nil {
		return err
	}
	answer.body.Reset()
	answer.body.Write(signed.Message)
	return nil
}

func (g *Guard) failed(w http.ResponseWriter, doing string, err error) {
	g.Logger.Error(doing, "error", err)
	http.Error(w, "internal error", http.StatusInternalServerError)
}

// recorder holds a response back until it is signed.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header             { return r.header }
func (r *recorder) WriteHeader(status int)          { r.status = status }
func (r *recorder) Write(bytes []byte) (int, error) { return r.body.Write(bytes) }
func (r *recorder) Flush()                          {}

func (r *recorder) send(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(r.status)
	w.Write(r.body.Bytes())
}

// Transport signs the tool calls that a client sends, and believes only responses that a
// trusted server has co-signed. Error responses have no place for a receipt: they come
// through, and mean no more than that there is no result.
type Transport struct {
	// Base sends; http.DefaultTransport when nil.
	Base http.RoundTripper
	// Agent signs, under this name, for Target.
	Agent  *signet.KeyPair
	Name   string
	Target string
	// Verifier trusts the agent and the server. No receipt of a call is shown to it
	// twice, so it may remember nonces.
	Verifier *signet.Verifier
}

// RoundTrip is that of [http.RoundTripper].
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	if r.Method != http.MethodPost || r.Body == nil {
		return base.RoundTrip(r)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxMessage+1))
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	signed, err := t.Agent.SignRequest(body, t.Name, "", signet.RequestOptions{Target: t.Target, Transport: "http"})
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(signed.Message)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(signed.Message))
	response, err := base.RoundTrip(r)
	if err != nil || len(signed.Calls) == 0 || response.StatusCode != http.StatusOK {
		return response, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxMessage+1))
	if err != nil {
		return nil, err
	}
	believed, report, err := t.Verifier.VerifyResponse(signed.Calls[0], text, time.Time{})
	report.Close()
	if errors.Is(err, signet.ErrUnsigned) && isError(text) {
		believed, err = text, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the response to a tool call is not believed: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(believed))
	response.ContentLength = int64(len(believed))
	response.Header.Del("Content-Length")
	return response, nil
}

// isError says whether a response has no result that could be relied on.
func isError(text []byte) bool {
	var response map[string]json.RawMessage
	if json.Unmarshal(text, &response) != nil {
		return false
	}
	_, result := response["result"]
	_, failure := response["error"]
	return failure && !result
}
