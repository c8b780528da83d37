// How the Go peers verify a token.
package main

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"time"

	"github.com/golang-jwt/jwt"
	"gopkg.in/square/go-jose.v2"
	josejwt "gopkg.in/square/go-jose.v2/jwt"
)

// Policy is the policy by which every peer verifies a token.
type Policy struct {
	Issuer, Audience string
	// The time of verification, and the maximum age of a token, in seconds.
	Now, MaximumAge int64
}

// Verifier verifies a token and reads it.
type Verifier func(token string) (*Events, error)

func readPolicy(text []byte) (policy Policy) {
	if err := json.Unmarshal(text, &policy); err != nil {
		panic(err)
	}
	return
}

func readKey(text []byte) *rsa.PublicKey {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		panic(err)
	}
	return set.Keys[0].Key.(*rsa.PublicKey)
}

func (policy Policy) checkAge(issuedAt time.Time) error {
	if age := policy.Now - issuedAt.Unix(); age < 0 || age > policy.MaximumAge {
		return errors.New("too old, or of the future")
	}
	return nil
}

func golangJWT(key *rsa.PublicKey) func(Policy) Verifier {
	type claims struct {
		jwt.RegisteredClaims
		Events Events `json:"events"`
	}
	return func(policy Policy) Verifier {
		now := time.Unix(policy.Now, 0)
		jwt.TimeFunc = func() time.Time { return now }
		parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}))
		theKey := func(*jwt.Token) (any, error) { return key, nil }
		return func(token string) (*Events, error) {
			var claims claims
			if _, err := parser.ParseWithClaims(token, &claims, theKey); err != nil {
				return nil, err
			}
			if !claims.VerifyIssuer(policy.Issuer, true) || !claims.VerifyAudience(policy.Audience, true) {
				return nil, errors.New("of another issuer, or for another client")
			}
			if claims.IssuedAt == nil {
				return nil, errors.New("no `iat`")
			}
			return &claims.Events, policy.checkAge(claims.IssuedAt.Time)
		}
	}
}

func goJOSE(key *rsa.PublicKey) func(Policy) Verifier {
	type claims struct {
		josejwt.Claims
		Events Events `json:"events"`
	}
	return func(policy Policy) Verifier {
		expected := josejwt.Expected{
			Issuer:   policy.Issuer,
			Audience: josejwt.Audience{policy.Audience},
			Time:     time.Unix(policy.Now, 0),
		}
		return func(token string) (*Events, error) {
			parsed, err := josejwt.ParseSigned(token)
			if err != nil {
				return nil, err
			}
			if parsed.Headers[0].Algorithm != string(jose.RS256) {
				return nil, errors.New("another algorithm")
			}
			var claims claims
			if err := parsed.Claims(key, &claims); err != nil {
				return nil, err
			}
			if err := claims.ValidateWithLeeway(expected, 0); err != nil {
				return nil, err
			}
			if claims.IssuedAt == nil {
				return nil, errors.New("no `iat`")
			}
			return &claims.Events, policy.checkAge(claims.IssuedAt.Time())
		}
	}
}
