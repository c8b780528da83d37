// One round of the Go peers: checks that each peer verifies, then runs it with each case. Prints lines of peer, case
// and nanoseconds per call, separated by tabs, like the Rust program.
//
// usage: round FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	warmUp = 20 * time.Millisecond
	turn   = 50 * time.Millisecond
)

// The versions of the libraries, set by the build.
var golangJWTVersion, goJOSEVersion string

func main() {
	folder := os.Args[1]
	read := func(name string) []byte { return must(os.ReadFile(filepath.Join(folder, name))) }
	policy := readPolicy(read("policy.json"))
	key := readKey(read("jwks.json"))

	for _, peer := range []struct {
		name, version, note string
		verifier            func(Policy) Verifier
	}{
		{"golang-jwt (Go)", golangJWTVersion,
			"crypto/rsa of Go; claims read before the signature; age by hand", golangJWT(key)},
		{"go-jose (Go)", goJOSEVersion, "crypto/rsa of Go; algorithm and age by hand", goJOSE(key)},
	} {
		show(peer.name, "version", peer.version)
		show(peer.name, "note", peer.note)
		for _, name := range []string{"payment.jwt", "transactions.jwt"} {
			token := string(read(name))
			check(peer.verifier, policy, token, string(read(name+".forged")))
			verify := peer.verifier(policy)
			takeTurn(peer.name, name, func() error { _, err := verify(token); return err })
		}
	}

	for _, peer := range []struct {
		name, note string
		parse      func([]byte) error
	}{
		{"encoding/json, typed (Go)", "structs; the payload kept raw, then read by the name of the event",
			func(body []byte) error { _, err := typed(body); return err }},
		{"encoding/json, any (Go)", "dynamic",
			func(body []byte) error { _, err := dynamic(body); return err }},
	} {
		show(peer.name, "version", strings.TrimPrefix(runtime.Version(), "go"))
		show(peer.name, "note", peer.note)
		for _, name := range []string{"payment.json", "transactions.json"} {
			body := read(name)
			takeTurn(peer.name, name, func() error { return peer.parse(body) })
		}
	}
}

func show(fields ...string) { fmt.Println(strings.Join(fields, "\t")) }

func takeTurn(peer, name string, call func() error) {
	nanoseconds(call, warmUp)
	show(peer, name, fmt.Sprintf("%.0f", nanoseconds(call, turn)))
}

// The average time of a call within this length of time.
func nanoseconds(call func() error, length time.Duration) float64 {
	start := time.Now()
	calls := 0
	for batch := 1; time.Since(start) < length; batch *= 2 {
		for done := 0; done < batch; done++ {
			if err := call(); err != nil {
				panic(err)
			}
		}
		calls += batch
	}
	return float64(time.Since(start)) / float64(calls)
}

// Checks that a peer verifies: it accepts the valid token, and rejects a forged one and those that violate the policy.
func check(peer func(Policy) Verifier, policy Policy, token, forged string) {
	if events := must(peer(policy)(token)); events.PaymentCompleted == nil && events.NewTransactions == nil {
		panic("nothing read")
	}
	issuer, audience, age := policy, policy, policy
	issuer.Issuer = "https://identity.example"
	audience.Audience = "another client"
	age.Now += 3600
	for what, rejected := range map[string]func() (*Events, error){
		"signature": func() (*Events, error) { return peer(policy)(forged) },
		"issuer":    func() (*Events, error) { return peer(issuer)(token) },
		"audience":  func() (*Events, error) { return peer(audience)(token) },
		"age":       func() (*Events, error) { return peer(age)(token) },
	} {
		if _, err := rejected(); err == nil {
			panic("not checked: " + what)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
