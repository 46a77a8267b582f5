package kafka

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// All that is wrong is told at once, and nobody has been talked to by then.
func TestSecurityIsValidated(t *testing.T) {
	dir := t.TempDir()
	certs, err := kafkatest.Certify(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	none, junk := filepath.Join(dir, "none.pem"), file("junk.pem", "junk")
	locked := file("locked.pem", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})))
	old := file("old.pem", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY",
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte("x")})))
	secret := NewPassword("secret")
	for _, c := range []struct {
		name string
		s    Security
		want []string // in the error, a line each; none: nothing is wrong
	}{
		{"nothing", Security{}, nil},
		{"TLS", Security{TLS: true}, nil},
		{"TLS of an authority", Security{TLS: true, CA: certs.CA}, nil},
		{"mutual TLS", Security{TLS: true, CA: certs.CA, Cert: certs.Client.Cert, Key: certs.Client.Key}, nil},
		{"SASL", Security{SASL: "plain", User: "alice", Password: secret}, nil},
		{"all", Security{TLS: true, CA: certs.CA, Cert: certs.Client.Cert, Key: certs.Client.Key, SASL: "scram-sha-512", User: "alice", Password: secret}, nil},

		{"files without TLS", Security{CA: none, Cert: none, Key: none},
			[]string{"Security.CA " + none + " is of no use without TLS", "Security.Cert " + none + " is", "Security.Key " + none + " is"}},
		{"a certificate without its key", Security{TLS: true, Cert: certs.Client.Cert}, []string{"a certificate without its key; set Security.Key"}},
		{"a key without its certificate", Security{TLS: true, Key: certs.Client.Key}, []string{"a key without its certificate; set Security.Cert"}},
		{"no such files", Security{TLS: true, CA: none, Cert: none, Key: none},
			[]string{"Security.CA " + none + ": no such file", "Security.Cert " + none + ": no such file", "Security.Key " + none + ": no such file"}},
		{"not PEM", Security{TLS: true, CA: junk}, []string{"Security.CA " + junk + ": there is no certificate in it"}},
		{"a key for a certificate", Security{TLS: true, CA: certs.Client.Key}, []string{"there is no certificate in it"}},
		{"another's key", Security{TLS: true, Cert: certs.Client.Cert, Key: certs.Foreign.Key}, []string{"with Security.Key " + certs.Foreign.Key + ": tls: private key does not match"}},
		{"not a key", Security{TLS: true, Cert: certs.Client.Cert, Key: junk}, []string{"with Security.Key " + junk}},
		{"an encrypted key", Security{TLS: true, Cert: certs.Client.Cert, Key: locked}, []string{"Security.Key " + locked + ": it is encrypted"}},
		{"a key encrypted the old way", Security{TLS: true, Cert: certs.Client.Cert, Key: old}, []string{"Security.Key " + old + ": it is encrypted"}},
		{"an old certificate", Security{TLS: true, Cert: certs.Lapsed.Cert, Key: certs.Lapsed.Key}, []string{"it has expired at"}},

		{"no such mechanism", Security{SASL: "SCRAM", User: "alice", Password: secret}, []string{`Security.SASL "SCRAM": want plain, scram-sha-256 or scram-sha-512`}},
		{"a mechanism and no more", Security{SASL: "plain"}, []string{"plain without a user", "plain without a password"}},
		{"a user without a mechanism", Security{User: "alice"}, []string{`Security.User "alice" without a mechanism`}},
		{"a password and no more", Security{Password: secret}, []string{"Security.Password without a mechanism"}},
		{"a zero byte", Security{SASL: "plain", User: "al\x00ice", Password: secret}, []string{"may not hold a zero byte"}},
		{"all of it", Security{TLS: true, CA: none, Cert: certs.Client.Cert, SASL: "plain", Password: secret},
			[]string{"Security.CA", "Security.Cert", "plain without a user"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for who, err := range validated(t, c.s) {
				var got []string
				if err != nil {
					got = strings.Split(err.Error(), "\n")
				}
				if len(got) != len(c.want) {
					t.Fatalf("%s: error is %v, want %d lines", who, err, len(c.want))
				}
				for i, want := range c.want {
					if !strings.HasPrefix(got[i], "kafka: ") || !strings.Contains(got[i], want) {
						t.Errorf("%s: error is %q, want one that says %q", who, got[i], want)
					}
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Errorf("%s: the password is in the error: %v", who, err)
				}
			}
		})
	}
}

// validated returns what a Sink's and a Reader's makers have to say of s.
func validated(t *testing.T, s Security) map[string]error {
	t.Helper()
	_, sinks := New(Config{Brokers: []string{"127.0.0.1:1"}, Topic: "orders", Security: s})
	r, readers := NewReader(t.Context(), ReadConfig{Brokers: []string{"127.0.0.1:1"}, Topic: "orders", Security: s})
	if r != nil {
		r.Close()
	}
	if _, ok := readers.(*BrokerError); ok {
		readers = nil // it got as far as asking a broker
	}
	return map[string]error{"Sink": sinks, "Reader": readers}
}

// A Reader says what is wrong with Security together with what else is wrong.
func TestSecurityIsValidatedWithTheRest(t *testing.T) {
	_, err := New(Config{Security: Security{User: "alice"}, Compression: "rar"})
	for _, want := range []string{"Brokers", "Topic", "Security.User", "Compression"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the Sink's error lacks %q: %v", want, err)
		}
	}
	_, err = NewReader(t.Context(), ReadConfig{Security: Security{User: "alice"}, Timeout: -1})
	for _, want := range []string{"Brokers", "Topic", "Security.User", "Timeout"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the Reader's error lacks %q: %v", want, err)
		}
	}
}

// secrets are texts that may not be seen anywhere.
type secrets [][]byte

// seen reports the first of them that stands in text.
func (s secrets) seen(text []byte) ([]byte, bool) {
	for _, secret := range s {
		if bytes.Contains(text, secret) {
			return secret, true
		}
	}
	return nil, false
}
