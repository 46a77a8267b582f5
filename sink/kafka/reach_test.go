package kafka

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// certificate returns one that signs itself.
func certificate(t *testing.T, until time.Time, hosts ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// Each way of not getting through says which one it is.
func TestFailuresAreToldApart(t *testing.T) {
	next := time.Now().AddDate(0, 1, 0)
	good, trusted := certificate(t, next, "127.0.0.1")
	foreign, other := certificate(t, next, "elsewhere.example")
	expired, old := certificate(t, time.Now().Add(-time.Hour), "127.0.0.1")
	served := func(c tls.Certificate) []kfake.Opt {
		return []kfake.Opt{kfake.TLS(&tls.Config{Certificates: []tls.Certificate{c}})}
	}
	dial := func(c *tls.Config) []kgo.Opt { return []kgo.Opt{kgo.DialTLSConfig(c)} }
	user := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "alice", "secret")}
	scramming := kgo.SASL(scram.Auth{User: "alice", Pass: "secret"}.AsSha512Mechanism())
	for _, c := range []struct {
		name   string
		broker []kfake.Opt
		client []kgo.Opt
		want   string // in the error; "": it gets through
	}{
		{"plaintext", nil, nil, ""},
		{"TLS", served(good), dial(&tls.Config{RootCAs: trusted}), ""},
		{"SCRAM", user, []kgo.Opt{scramming}, ""},
		{"no SASL", user, nil, "is SASL missing?"},
		{"unknown authority", served(good), dial(&tls.Config{RootCAs: other}), "signed by nobody who is trusted"},
		{"another host", served(foreign), dial(&tls.Config{RootCAs: other}), "is for another name"},
		{"expired", served(expired), dial(&tls.Config{RootCAs: old}), "not valid at this time"},
		{"no client certificate", []kfake.Opt{kfake.TLS(&tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert})},
			dial(&tls.Config{RootCAs: trusted}), "was shown none"},
		{"plaintext to TLS", served(good), nil, "is TLS missing?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kafkatest.Embedded(t, c.broker...)
			k, err := New(Config{Brokers: b.Addrs, Topic: "orders", Options: c.client})
			if err != nil {
				t.Fatal(err)
			}
			err = k.Open(t.Context(), session(1))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *BrokerError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), b.Addrs[0]) {
				t.Errorf("error is %v, want a *BrokerError that says %q", err, c.want)
			}
		})
	}
}

func TestOneBrokerIsEnough(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		mustOpen(t, Config{Brokers: append([]string{"127.0.0.1:1"}, b.Addrs...), Topic: b.Topic(t)}, session(1))
	})
}

// A host that takes connections and never answers holds up nobody whose context
// ends.
func TestSilentHost(t *testing.T) {
	noLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = NewReader(ctx, ReadConfig{Brokers: []string{l.Addr().String()}, Topic: "orders"})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("error is %v, want ctx's, with the address", err)
	}
}
