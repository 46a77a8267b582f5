package kafkatest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// The listeners of a Guarded broker, beside Addr, on which everybody may do
// everything without a word.
const (
	TLS       = "TLS"       // encrypted
	MutualTLS = "MTLS"      // and the client shows a certificate
	SASL      = "SASL"      // a user and a password, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	SASLTLS   = "SASLTLS"   // the same, encrypted
	SASLMTLS  = "SASLMTLS"  // the same, and the client shows a certificate
	PlainOnly = "PLAINONLY" // as SASL, but without SCRAM
	Elsewhere = "ELSEWHERE" // as TLS, with a certificate for another host
	Expired   = "EXPIRED"   // as TLS, with a certificate that is no longer valid
)

// Guarded is a real broker with a listener for every way of getting in, and with
// lists of who may do what. The user of a client on a listener without SASL is
// ANONYMOUS, or CN=client with a certificate; these two may do everything.
type Guarded struct {
	*Server
	Certs *Certificates
}

// On returns the address of the listener of that name.
func (g *Guarded) On(name string) string {
	for _, l := range g.plan.listeners {
		if l.name == name {
			return l.addr
		}
	}
	return ""
}

// StartGuarded starts a broker that knows the users by their passwords, keeps
// certificates in dir, and lets users do nothing but what ACLs say, except
// those whose name begins with "super". The caller stops it.
func StartGuarded(dir string, users map[string]string, properties ...string) (*Guarded, error) {
	a, err := fetch()
	if err != nil {
		return nil, err
	}
	certs, err := Certify(dir)
	if err != nil {
		return nil, err
	}
	p, err := guard(dir, certs, users)
	if err != nil {
		return nil, err
	}
	p.properties = append(p.properties, properties...)
	s, err := a.start(p)
	if err != nil {
		return nil, err
	}
	return &Guarded{s, certs}, nil
}

func guard(dir string, certs *Certificates, users map[string]string) (plan, error) {
	m := &mint{dir: dir}
	p := plan{listeners: []listener{
		{TLS, "SSL", ""}, {MutualTLS, "SSL", ""}, {Elsewhere, "SSL", ""}, {Expired, "SSL", ""},
		{SASL, "SASL_PLAINTEXT", ""}, {PlainOnly, "SASL_PLAINTEXT", ""},
		{SASLTLS, "SASL_SSL", ""}, {SASLMTLS, "SASL_SSL", ""},
	}}
	set := func(format string, args ...any) { p.properties = append(p.properties, fmt.Sprintf(format, args...)) }
	allowed := []string{"User:ANONYMOUS", "User:CN=client"}
	var plain strings.Builder
	for _, user := range slices.Sorted(maps.Keys(users)) {
		if strings.HasPrefix(user, "super") {
			allowed = append(allowed, "User:"+user)
		}
		fmt.Fprintf(&plain, " user_%s=%q", user, users[user])
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
			p.scram = append(p.scram, fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, users[user]))
		}
	}
	set("connection.failed.authentication.delay.ms=0") // a defence that costs the tests time
	set("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer")
	set("super.users=%s", strings.Join(allowed, ";"))
	stores := map[string]string{
		Elsewhere: m.store("elsewhere-store", certs.Elsewhere),
		Expired:   m.store("expired-store", certs.Expired),
		"":        m.store("server-store", certs.Server),
	}
	for _, l := range p.listeners {
		of := "listener.name." + strings.ToLower(l.name) + "."
		if strings.HasSuffix(l.protocol, "SSL") {
			store := stores[l.name]
			if store == "" {
				store = stores[""]
			}
			set("%sssl.keystore.type=PEM", of)
			set(of+"ssl.keystore.location=%s", store)
			set("%sssl.truststore.type=PEM", of)
			set(of+"ssl.truststore.location=%s", certs.CA)
		}
		if l.name == MutualTLS || l.name == SASLMTLS {
			set("%sssl.client.auth=required", of)
		}
		if !strings.HasPrefix(l.protocol, "SASL") {
			continue
		}
		mechanisms := []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}
		if l.name == PlainOnly {
			mechanisms = mechanisms[:1]
		}
		set(of+"sasl.enabled.mechanisms=%s", strings.Join(mechanisms, ","))
		set(of+"plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required%s;", &plain)
		for _, scram := range mechanisms[1:] {
			set(of+"%s.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;", strings.ToLower(scram))
		}
	}
	return p, m.err
}

// Guard returns a Guarded broker for this test alone: see StartGuarded. It is
// stopped when the test ends. If this computer cannot run one, the test is
// skipped.
func Guard(t testing.TB, users map[string]string, properties ...string) *Guarded {
	t.Helper()
	g, err := StartGuarded(t.TempDir(), users, properties...)
	if err != nil {
		running(t, nil, err)
	}
	t.Cleanup(func() {
		if err := g.Stop(); err != nil {
			t.Error(err)
		}
	})
	return g
}
