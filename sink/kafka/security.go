package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Security says how connections to brokers are protected, and as whom they are
// made. The zero Security is plaintext, as nobody.
//
// Files are in PEM. They are read once, when a Sink or a Reader is made. What the
// Options of a Config say about TLS or SASL overrides what is said here.
type Security struct {
	TLS bool   // encrypt, and make sure that the broker is who it says
	CA  string // file of the authorities that sign brokers' certificates; "": the system's

	// Cert and Key are the files of the client's own certificate (and those
	// between it and its authority) and of its private key, which is not
	// encrypted: for brokers that ask for one, which is mutual TLS.
	Cert, Key string

	// SASL is the mechanism: "plain", "scram-sha-256" or "scram-sha-512"; "": none.
	// Without TLS, "plain" shows the password to all who listen.
	SASL     string
	User     string
	Password Password
}

// mechanisms has the names of Security.SASL.
var mechanisms = map[string]func(user, password string) sasl.Mechanism{
	"plain": func(user, password string) sasl.Mechanism {
		return plain.Auth{User: user, Pass: password}.AsMechanism()
	},
	"scram-sha-256": func(user, password string) sasl.Mechanism {
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	},
	"scram-sha-512": func(user, password string) sasl.Mechanism {
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism()
	},
}

// options returns what s comes to for a client, or all that is wrong with it.
func (s *Security) options() (opts []kgo.Opt, errs []error) {
	if s.TLS {
		c, wrong := s.tls(time.Now())
		opts, errs = append(opts, kgo.DialTLSConfig(c)), wrong
	} else {
		for _, f := range []struct{ name, path string }{{"CA", s.CA}, {"Cert", s.Cert}, {"Key", s.Key}} {
			if f.path != "" {
				errs = append(errs, fmt.Errorf("kafka: Security.%s %s is of no use without TLS; set Security.TLS", f.name, f.path))
			}
		}
	}
	mechanism, known := mechanisms[s.SASL]
	switch {
	case s.SASL == "":
		if s.User != "" {
			errs = append(errs, fmt.Errorf("kafka: Security.User %q without a mechanism; set Security.SASL", s.User))
		}
		if s.Password.Set() {
			errs = append(errs, errors.New("kafka: Security.Password without a mechanism; set Security.SASL and Security.User"))
		}
		return opts, errs
	case !known:
		errs = append(errs, fmt.Errorf("kafka: Security.SASL %q: want plain, scram-sha-256 or scram-sha-512", s.SASL))
	}
	if s.User == "" {
		errs = append(errs, fmt.Errorf("kafka: Security.SASL %s without a user; set Security.User", s.SASL))
	}
	if !s.Password.Set() {
		errs = append(errs, fmt.Errorf("kafka: Security.SASL %s without a password; set Security.Password", s.SASL))
	}
	if strings.ContainsRune(s.User, 0) || strings.ContainsRune(s.Password.Reveal(), 0) {
		errs = append(errs, errors.New("kafka: Security.User and Password may not hold a zero byte"))
	}
	if len(errs) == 0 {
		opts = append(opts, kgo.SASL(mechanism(s.User, s.Password.Reveal())))
	}
	return opts, errs
}

// TLSConfig returns the settings of connections with TLS, after CA, Cert and Key alone,
// or all that is wrong with these files.
func (s *Security) TLSConfig() (*tls.Config, error) {
	c, errs := s.tls(time.Now())
	return c, errors.Join(errs...)
}

// tls returns the settings of connections, or all that is wrong with the files.
func (s *Security) tls(now time.Time) (*tls.Config, []error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var errs []error
	wrong := func(field, path, format string, args ...any) {
		errs = append(errs, fmt.Errorf("kafka: Security.%s %s: %w", field, path, fmt.Errorf(format, args...)))
	}
	if s.CA != "" {
		text, err := os.ReadFile(s.CA)
		c.RootCAs = x509.NewCertPool()
		switch {
		case err != nil:
			wrong("CA", s.CA, "%w", bare(err))
		case !c.RootCAs.AppendCertsFromPEM(text):
			wrong("CA", s.CA, "there is no certificate in it; want PEM")
		}
	}
	switch {
	case s.Cert == "" && s.Key == "":
		return c, errs
	case s.Cert == "":
		wrong("Key", s.Key, "a key without its certificate; set Security.Cert")
	case s.Key == "":
		wrong("Cert", s.Cert, "a certificate without its key; set Security.Key")
	}
	cert, key := s.Cert, s.Key
	certText, certErr := read(cert)
	if certErr != nil {
		wrong("Cert", cert, "%w", certErr)
	}
	keyText, keyErr := read(key)
	if keyErr == nil && encrypted(keyText) {
		keyErr = errors.New("it is encrypted; name a file with the key as it is, readable by its owner alone")
	}
	if keyErr != nil {
		wrong("Key", key, "%w", keyErr)
	}
	if cert == "" || key == "" || certErr != nil || keyErr != nil {
		return c, errs
	}
	pair, err := tls.X509KeyPair(certText, keyText)
	switch {
	case err != nil:
		wrong("Cert", cert, "with Security.Key %s: %w", key, err)
	case pair.Leaf != nil && now.After(pair.Leaf.NotAfter):
		wrong("Cert", cert, "it has expired at %s; renew it", pair.Leaf.NotAfter.Format(time.RFC3339))
	case pair.Leaf != nil && now.Before(pair.Leaf.NotBefore):
		wrong("Cert", cert, "it is valid only from %s; set the clock", pair.Leaf.NotBefore.Format(time.RFC3339))
	default:
		c.GetClientCertificate = presented(&pair)
	}
	return c, errs
}

// presented returns what a broker that asks is told: the certificate, whatever
// authorities it says it knows, so that its refusal tells what is the matter.
func presented(pair *tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
}

// read returns the contents of a file; "" is no file.
func read(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	return text, bare(err)
}

// bare returns err without the path, which the caller names.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// encrypted reports whether the key can be used only with a passphrase.
func encrypted(text []byte) bool {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return false
		}
		if strings.Contains(block.Type, "ENCRYPTED") || slices.Contains(strings.Split(block.Headers["Proc-Type"], ","), "ENCRYPTED") {
			return true
		}
	}
}
