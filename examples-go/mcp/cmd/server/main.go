// Command server is an MCP server over HTTP that runs a tool only for agents it knows,
// and answers with its signature.
//
//	server -home ~/.signet -agent ed25519:… [-agent …] [-listen localhost:8080]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"signet"
	"signet/mcp"
)

func main() {
	home := flag.String("home", "", "the folder with the server's key, log and used nonces")
	listen := flag.String("listen", "localhost:8080", "the address to listen on")
	target := flag.String("target", "mcp://example", "what clients sign for")
	var agents []*signet.PublicKey
	flag.Func("agent", "the public key of an agent that may call; again for others", func(text string) error {
		key, err := signet.ParsePublicKey(text)
		agents = append(agents, key)
		return err
	})
	flag.Parse()
	if *home == "" || len(agents) == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := serve(*home, *listen, *target, agents); err != nil {
		log.Fatal(err)
	}
}

func serve(home, listen, target string, agents []*signet.PublicKey) error {
	store, err := signet.OpenKeystore(home)
	if err != nil {
		return err
	}
	defer store.Close()
	// A server that starts by itself has nobody to ask for a passphrase.
	pair, err := store.Load("server", nil)
	if errors.Is(err, signet.ErrKeyNotFound) {
		pair, err = store.Create("server", "", signet.Unencrypted)
	}
	if err != nil {
		return err
	}
	defer pair.Close()
	audit, err := signet.OpenLog(home)
	if err != nil {
		return err
	}
	defer audit.Close()
	replay, err := signet.OpenReplayStore(filepath.Join(home, "nonces.json"))
	if err != nil {
		return err
	}
	defer replay.Close()
	handler, err := mcp.NewHandler(mcp.NewServer(), mcp.Options{
		Target: target, Agents: agents, Server: pair, Name: "server", Log: audit, Replay: replay,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s, co-signing as %s\n", listener.Addr(), pair.PublicKey())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-stop.Done():
		// Calls that run are answered before the log is closed.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	}
}
