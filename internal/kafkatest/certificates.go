package kafkatest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Pair is a certificate and its private key, as files in PEM.
type Pair struct{ Cert, Key string }

// Certificates are those that a broker with security knows, and some that it does
// not know, as files in PEM.
type Certificates struct {
	CA        string // signed what is not foreign
	ForeignCA string

	Server    Pair // for 127.0.0.1 and localhost
	Elsewhere Pair // a server's for elsewhere.example
	Expired   Pair // a server's for 127.0.0.1 and localhost, no longer valid

	Client  Pair // of CN=client
	Foreign Pair // of CN=client too, but signed by the foreign authority
	Lapsed  Pair // of CN=client, no longer valid
}

// Certify makes Certificates in dir.
func Certify(dir string) (*Certificates, error) {
	m := &mint{dir: dir, now: time.Now()}
	ca, foreign := m.authority("ca"), m.authority("foreign-ca")
	c := &Certificates{CA: m.path("ca"), ForeignCA: m.path("foreign-ca")}
	for _, p := range []struct {
		pair  *Pair
		file  string
		by    *issuer
		name  string
		past  bool
		hosts []string
	}{
		{&c.Server, "server", ca, "server", false, []string{"127.0.0.1", "localhost"}},
		{&c.Elsewhere, "elsewhere", ca, "elsewhere", false, []string{"elsewhere.example"}},
		{&c.Expired, "expired", ca, "server", true, []string{"127.0.0.1", "localhost"}},
		{&c.Client, "client", ca, "client", false, nil},
		{&c.Foreign, "foreign", foreign, "client", false, nil},
		{&c.Lapsed, "lapsed", ca, "client", true, nil},
	} {
		*p.pair = m.pair(p.file, p.by, p.name, p.past, p.hosts)
	}
	return c, m.err
}

// mint makes certificates until something fails.
type mint struct {
	dir    string
	now    time.Time
	serial int64
	err    error
}

// issuer is an authority.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (m *mint) path(name string) string { return filepath.Join(m.dir, name+".pem") }

func (m *mint) note(err error) {
	if m.err == nil {
		m.err = err
	}
}

// template returns a certificate that is valid from a day ago to a month from now.
func (m *mint) template(name string) *x509.Certificate {
	m.serial++
	return &x509.Certificate{
		SerialNumber: big.NewInt(m.serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    m.now.AddDate(0, 0, -1),
		NotAfter:     m.now.AddDate(0, 1, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// authority makes one and writes its certificate.
func (m *mint) authority(name string) *issuer {
	c := m.template(name)
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
	a := &issuer{cert: c, key: m.key()}
	der := m.sign(c, a.key, a)
	m.write(m.path(name), "CERTIFICATE", der)
	return a
}

func (m *mint) key() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	m.note(err)
	return k
}

func (m *mint) sign(c *x509.Certificate, key *ecdsa.PrivateKey, by *issuer) []byte {
	if m.err != nil {
		return nil
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, &key.PublicKey, by.key)
	m.note(err)
	return der
}

// pair makes a certificate for hosts, if any, and writes it and its key.
func (m *mint) pair(file string, by *issuer, name string, past bool, hosts []string) Pair {
	c := m.template(name)
	if past {
		c.NotBefore, c.NotAfter = m.now.AddDate(0, 0, -2), m.now.AddDate(0, 0, -1)
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	key := m.key()
	der := m.sign(c, key, by)
	if m.err != nil {
		return Pair{}
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	m.note(err)
	p := Pair{Cert: m.path(file), Key: m.path(file + "-key")}
	m.write(p.Cert, "CERTIFICATE", der)
	m.write(p.Key, "PRIVATE KEY", secret)
	return p
}

func (m *mint) write(path, kind string, der []byte) {
	if m.err == nil {
		m.note(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
}

// store writes the key and the certificate of p into one file, as brokers want it.
func (m *mint) store(name string, p Pair) string {
	key, err := os.ReadFile(p.Key)
	m.note(err)
	cert, err := os.ReadFile(p.Cert)
	m.note(err)
	if m.err == nil {
		m.note(os.WriteFile(m.path(name), bytes.Join([][]byte{key, cert}, nil), 0o600))
	}
	return m.path(name)
}
