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
	"github.com/twmb/franz-go/pkg/sasl/plain"
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
			dial(&tls.Config{RootCAs: trusted}), "does not accept this client's certificate"},
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

// The embedded broker only hangs up where a real one says what is wrong.
func TestFailuresOfARealBroker(t *testing.T) {
	open := kafkatest.Real(t)
	guarded := kafkatest.Private(t,
		"listener.security.protocol.map=PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
		"inter.broker.listener.name=PLAINTEXT",
		"sasl.mechanism.inter.broker.protocol=PLAIN",
		"sasl.enabled.mechanisms=PLAIN",
		`listener.name.plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin" user_admin="admin" user_alice="secret";`,
	)
	pass := func(word string) kgo.Opt { return kgo.SASL(plain.Auth{User: "alice", Pass: word}.AsMechanism()) }
	for _, c := range []struct {
		name   string
		broker *kafkatest.Broker
		client []kgo.Opt
		want   string // in the error; "": it gets through
	}{
		{"PLAIN", guarded, []kgo.Opt{pass("secret")}, ""},
		{"wrong password", guarded, []kgo.Opt{pass("guess")}, "refuses this user name or password"},
		{"another mechanism", guarded, []kgo.Opt{kgo.SASL(scram.Auth{User: "alice", Pass: "secret"}.AsSha512Mechanism())}, "does not offer this SASL mechanism"},
		{"no SASL", guarded, nil, "is SASL missing?"},
		{"SASL where none is wanted", open, []kgo.Opt{pass("secret")}, "wants no SASL"},
		{"TLS to plaintext", open, []kgo.Opt{kgo.DialTLS()}, "is TLS misconfigured"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := New(Config{Brokers: c.broker.Addrs, Topic: c.broker.Topic(t), Options: c.client})
			if err != nil {
				t.Fatal(err)
			}
			err = k.Open(t.Context(), session(1))
			var e *BrokerError
			switch {
			case c.want == "":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.broker.Addrs[0]):
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
