package mcp

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"signet"
)

// Options are what a guarded server needs.
type Options struct {
	// Target is what clients sign for.
	Target string
	// Agents may call tools.
	Agents []*signet.PublicKey
	// Server co-signs, under this name.
	Server *signet.KeyPair
	Name   string
	// Log keeps the evidence.
	Log *signet.Log
	// Replay remembers used nonces, also across restarts when it is a file. In memory
	// when nil: then what was signed before the start is refused.
	Replay *signet.ReplayStore
	Logger *slog.Logger
}

// NewHandler makes the SDK's handler of an MCP server with a guard in front of it.
func NewHandler(server *mcp.Server, options Options) (*Guard, error) {
	verifying := signet.VerifierOptions{Agents: options.Agents, Targets: []string{options.Target}, Replay: options.Replay}
	if options.Replay == nil {
		verifying.NotBefore = time.Now().Truncate(time.Millisecond)
	}
	verifier, err := signet.NewVerifier(verifying)
	if err != nil {
		return nil, err
	}
	defer verifier.Close() // the gate keeps its own hold on it
	gate, err := signet.NewGate(signet.GateOptions{Verifier: verifier, AllowLineBreaks: true,
		Limits: signet.MessageLimits{Limits: signet.Limits{MaxLen: maxMessage}}})
	if err != nil {
		return nil, err
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	next := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server },
		&mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
	return &Guard{Gate: gate, Log: options.Log, Server: options.Server, Name: options.Name, Next: next, Logger: options.Logger}, nil
}

// Sum is the input of the server's tool.
type Sum struct {
	Numbers []int64 `json:"numbers" jsonschema:"the numbers to add"`
}

// Total is its output.
type Total struct {
	Total int64 `json:"total"`
}

// NewServer makes an MCP server with one tool.
func NewServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "signet-example", Version: "0.1.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "add", Description: "adds numbers"},
		func(_ context.Context, _ *mcp.CallToolRequest, in Sum) (*mcp.CallToolResult, Total, error) {
			var out Total
			for _, number := range in.Numbers {
				out.Total += number
			}
			return nil, out, nil
		})
	return server
}
