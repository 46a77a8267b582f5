package kafka

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// The users of the guarded broker. ACLs let alice do what a stream needs on
// topics whose names begin with hers, and bob what his tests say.
var users = map[string]string{"alice": "alice-4711-Passw0rd", "bob": "bob-4712-Passw0rd"}

// guarded is a broker with security, and what its tests share.
type guarded struct {
	*kafkatest.Guarded
	open    *kafkatest.Broker // without security, to do everything
	log     diary
	secrets secrets
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{Guarded: kafkatest.Guard(t, users)}
	g.open = &kafkatest.Broker{Addrs: []string{g.Addr}, Real: true, Server: g.Server}
	for _, password := range users {
		g.secrets = append(g.secrets, hidden(password)...)
	}
	g.secrets = append(g.secrets, hidden(guess)...)
	for _, pair := range []kafkatest.Pair{g.Certs.Client, g.Certs.Foreign} {
		text, err := os.ReadFile(pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		body := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
		g.secrets = append(append(g.secrets, body[1:len(body)-1]...), block.Bytes)
	}
	g.allow(t, "alice", "alice-", kadm.ACLPatternPrefixed, kadm.OpCreate, kadm.OpWrite, kadm.OpRead, kadm.OpDescribeConfigs)
	return g
}

// hidden returns the ways in which a secret may show.
func hidden(secret string) [][]byte {
	b := []byte(secret)
	return [][]byte{b, []byte(hex.EncodeToString(b)), []byte(base64.StdEncoding.EncodeToString(b)), fmt.Append(nil, b)}
}

// allow lets a user do things with topics.
func (g *guarded) allow(t *testing.T, user, topic string, pattern kadm.ACLPattern, ops ...kadm.ACLOperation) {
	t.Helper()
	acl := kadm.NewACLs().Allow("User:" + user).AllowHosts("*").Topics(topic).ResourcePatternType(pattern).Operations(ops...)
	made, err := kadm.NewClient(client(t, g.open)).CreateACLs(t.Context(), acl)
	for _, m := range made {
		err = errors.Join(err, m.Err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// diary is a log that keeps everything.
type diary struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.Write(p)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.String()
}

func (d *diary) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(d, &slog.HandlerOptions{Level: slog.LevelDebug - 4, AddSource: true}))
}

// on returns the configs of a sink and a reader of a topic through a listener.
func (g *guarded) on(listener, topic string, s Security) (Config, ReadConfig) {
	addrs := []string{g.On(listener)}
	return Config{Brokers: addrs, Topic: topic, Security: s, Log: g.log.logger()},
		ReadConfig{Brokers: addrs, Topic: topic, Security: s, Log: g.log.logger()}
}

const guess = "guess-4713-Passw0rd" // nobody's password

// as adds a user to s.
func as(s Security, mechanism, user, password string) Security {
	s.SASL, s.User, s.Password = mechanism, user, NewPassword(password)
	return s
}

// Every way of getting in is got in by, and records go there and back.
func testEveryWayIn(t *testing.T, g *guarded) {
	const steps, n = 2, 200
	encrypted := Security{TLS: true, CA: g.Certs.CA}
	mutual := encrypted
	mutual.Cert, mutual.Key = g.Certs.Client.Cert, g.Certs.Client.Key
	for _, way := range []struct {
		name       string
		open, sasl string // listeners without SASL and with it
		security   Security
	}{
		{"plaintext", "PLAINTEXT", kafkatest.SASL, Security{}},
		{"TLS", kafkatest.TLS, kafkatest.SASLTLS, encrypted},
		{"mutual TLS", kafkatest.MutualTLS, kafkatest.SASLMTLS, mutual},
	} {
		for _, mechanism := range []string{"", "plain", "scram-sha-256", "scram-sha-512"} {
			t.Run(way.name+" "+mechanism, func(t *testing.T) {
				listener, security := way.open, way.security
				if mechanism != "" {
					listener, security = way.sasl, as(security, mechanism, "alice", users["alice"])
				}
				c, r := g.on(listener, "alice-"+g.open.Topic(t), security)
				k := mustOpen(t, c, session(2))
				all := writeShards(t, k, 2, steps, n)
				got := drain(t, r)
				for shard, batches := range all {
					for i, m := range got[int32(shard)] {
						if want := batches[i/n].Records[i%n].Value; !bytes.Equal(m.Value, want) {
							t.Fatalf("partition %d offset %d holds %q, not %q", shard, i, m.Value, want)
						}
					}
					if len(got[int32(shard)]) != steps*n {
						t.Errorf("partition %d holds %d records, not %d", shard, len(got[int32(shard)]), steps*n)
					}
				}
			})
		}
	}
}

// drain returns the messages of a topic by partition.
func drain(t *testing.T, c ReadConfig) map[int32][]Message {
	t.Helper()
	r, err := NewReader(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := map[int32][]Message{}
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		m.Value = bytes.Clone(m.Value)
		got[m.Partition] = append(got[m.Partition], m)
	}
	return got
}

// failure is a way of not getting in: what a Sink and a Reader say of it.
type failure struct {
	cause    string // the same cause has the same want
	listener string
	security Security
	want     string // only errors of this cause say this
}

func (g *guarded) failures() []failure {
	var (
		encrypted = Security{TLS: true, CA: g.Certs.CA}
		stranger  = Security{TLS: true, CA: g.Certs.CA, Cert: g.Certs.Foreign.Cert, Key: g.Certs.Foreign.Key}
		client    = Security{TLS: true, CA: g.Certs.CA, Cert: g.Certs.Client.Cert, Key: g.Certs.Client.Key}
		other     = Security{TLS: true, CA: g.Certs.ForeignCA}
	)
	list := []failure{
		{"unknown authority", kafkatest.TLS, other, "signed by nobody who is trusted here"},
		{"unknown authority", kafkatest.TLS, Security{TLS: true}, "signed by nobody who is trusted here"},
		{"another host", kafkatest.Elsewhere, encrypted, "its certificate is for another name"},
		{"expired", kafkatest.Expired, encrypted, "its certificate is not valid at this time"},
		{"no client certificate", kafkatest.MutualTLS, encrypted, "was shown none"},
		{"a foreign client certificate", kafkatest.MutualTLS, stranger, "does not accept this client's certificate"},
		{"TLS on plaintext", "PLAINTEXT", encrypted, "this port does not speak TLS"},
		{"TLS on plaintext", kafkatest.SASL, as(encrypted, "plain", "alice", users["alice"]), "this port does not speak TLS"},
		{"plaintext on TLS", kafkatest.TLS, Security{}, "this port wants TLS"},
		{"plaintext on TLS", kafkatest.SASLTLS, as(Security{}, "plain", "alice", users["alice"]), "this port wants TLS"},
		{"no SASL", kafkatest.SASL, Security{}, "name a mechanism, a user and a password"},
		{"no SASL", kafkatest.SASLTLS, encrypted, "name a mechanism, a user and a password"},
	}
	for _, mechanism := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		add := func(cause, listener string, s Security, user, password, want string) {
			list = append(list, failure{cause, listener, as(s, mechanism, user, password), want})
		}
		const refused, unwanted = "it refuses this user name or password", "this port wants no SASL"
		add("wrong password", kafkatest.SASL, Security{}, "alice", guess, refused)
		add("wrong password", kafkatest.SASLTLS, encrypted, "alice", guess, refused)
		add("wrong password", kafkatest.SASLMTLS, client, "alice", guess, refused)
		add("wrong password", kafkatest.SASL, Security{}, "nobody", guess, refused)
		add("unwanted SASL", "PLAINTEXT", Security{}, "alice", users["alice"], unwanted)
		add("unwanted SASL", kafkatest.TLS, encrypted, "alice", users["alice"], unwanted)
		add("unwanted SASL", kafkatest.MutualTLS, client, "alice", users["alice"], unwanted)
		add("no client certificate", kafkatest.SASLMTLS, encrypted, "alice", users["alice"], "was shown none")
		add("a foreign client certificate", kafkatest.SASLMTLS, stranger, "alice", users["alice"], "does not accept this client's certificate")
		if mechanism != "plain" {
			add("mechanism not offered", kafkatest.PlainOnly, Security{}, "alice", users["alice"], "it does not offer this SASL mechanism")
		}
	}
	return list
}

// complaint is an error and the words that no other cause's error has.
type complaint struct {
	cause, want string
	err         error
}

// No way of getting in wrongly ends in silence, or in what another ends in.
func testNoWayIn(t *testing.T, g *guarded) (all []complaint) {
	for i, f := range g.failures() {
		t.Run(fmt.Sprintf("%s %d", f.cause, i), func(t *testing.T) {
			c, r := g.on(f.listener, "alice-unseen", f.security)
			k, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			opened := k.Open(t.Context(), session(1))
			_, read := NewReader(t.Context(), r)
			for who, err := range map[string]error{"Sink": opened, "Reader": read} {
				var e *BrokerError
				if !errors.As(err, &e) || !strings.Contains(err.Error(), f.want) || !strings.Contains(err.Error(), c.Brokers[0]) {
					t.Errorf("the %s's error is %v, want a *BrokerError that names %s and says %q", who, err, c.Brokers[0], f.want)
				}
				all = append(all, complaint{f.cause, f.want, err})
			}
		})
	}
	return all
}

// What ACLs do not allow is told by the operation and the thing that it is on.
func testNoRight(t *testing.T, g *guarded) (all []complaint) {
	keep := map[string]*string{retentionTime: new("-1")}
	for topic, ops := range map[string][]kadm.ACLOperation{
		"unseen": nil, "seen": {kadm.OpDescribe}, "known": {kadm.OpDescribe, kadm.OpDescribeConfigs}, "absent": {kadm.OpDescribe},
		"readable": {kadm.OpRead, kadm.OpDescribeConfigs},
	} {
		if topic != "absent" {
			makeTopic(t, g.open, topic, 1, keep)
		}
		if len(ops) > 0 {
			g.allow(t, "bob", topic, kadm.ACLPatternLiteral, ops...)
		}
	}
	bob := as(Security{}, "scram-sha-512", "bob", users["bob"])
	write := func(topic string) error {
		c, _ := g.on(kafkatest.SASL, topic, bob)
		k, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err = k.Open(t.Context(), session(1)); err == nil {
			err = k.Write(t.Context(), batch(0, 0, 10))
		}
		k.Close(t.Context())
		return err
	}
	read := func(topic, group string) error {
		_, c := g.on(kafkatest.SASL, topic, bob)
		c.Group = group
		r, err := NewReader(t.Context(), c)
		if err != nil {
			return err
		}
		defer r.Close()
		for _, err := range r.Messages(t.Context()) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	transact := func() error {
		secure, errs := bob.options()
		cl, err := kgo.NewClient(append(common([]string{g.On(kafkatest.SASL)}, secure, g.log.logger()), kgo.TransactionalID("alices"))...)
		if err = errors.Join(append(errs, err)...); err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		_, _, err = cl.ProducerID(t.Context())
		return fmt.Errorf("%w (%s)", err, remedy(err))
	}
	// Reading needs records, or there is nothing to refuse.
	if err := client(t, g.open).ProduceSync(t.Context(), &kgo.Record{Topic: "known", Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cause, want string
		err         error
		access      AccessError // its first two fields; zero: another type
	}{
		{"not seen", "have an ACL allow Describe on topic unseen", write("unseen"), AccessError{"Describe", "topic unseen", nil}},
		{"not seen", "have an ACL allow Describe on topic unseen", read("unseen", ""), AccessError{"Describe", "topic unseen", nil}},
		{"settings not seen", "have an ACL allow DescribeConfigs on topic seen, or take the topic as it is", write("seen"), AccessError{"DescribeConfigs", "topic seen", nil}},
		{"not made", "have an ACL allow Create on topic absent, or have the topic made with 1 partitions", write("absent"), AccessError{"Create", "topic absent", nil}},
		{"not written", "have an ACL allow this user Write on topic known", write("known"), AccessError{}},
		{"not written", "have an ACL allow this user Write on topic readable", write("readable"), AccessError{}},
		{"not read", "have an ACL allow Read on topic known", read("known", ""), AccessError{"Read", "topic known", nil}},
		{"no group", "have an ACL allow Read on group bobs", read("readable", "bobs"), AccessError{"Read", "group bobs", nil}},
		{"no transactional id", "have an ACL allow this user Write and Describe on the transactional id", transact(), AccessError{}},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error is %v, want one that says %q", c.cause, c.err, c.want)
			continue
		}
		var e *AccessError
		if ok := errors.As(c.err, &e); ok != (c.access.Operation != "") || ok && (e.Operation != c.access.Operation || e.Resource != c.access.Resource) {
			t.Errorf("%s: error is %#v, want one of %+v", c.cause, c.err, c.access)
		}
		all = append(all, complaint{c.cause, c.want, c.err})
	}
	return all
}

// TestGuarded goes through all ways of getting in to a broker, rightly and
// wrongly, by everything that the package has.
func TestGuarded(t *testing.T) {
	if testing.Short() {
		t.Skip("a broker with nine ports; run without -short")
	}
	g := newGuarded(t)
	t.Run("in", func(t *testing.T) { testEveryWayIn(t, g) })
	var all []complaint
	t.Run("out", func(t *testing.T) { all = append(all, testNoWayIn(t, g)...) })
	t.Run("acl", func(t *testing.T) { all = append(all, testNoRight(t, g)...) })
	for _, c := range all {
		for _, other := range all {
			if c.cause != other.cause && strings.Contains(other.err.Error(), c.want) {
				t.Errorf("%s says what only %s should say: %v", other.cause, c.cause, other.err)
			}
		}
		for _, how := range []string{"%v", "%+v", "%#v", "%q"} {
			if secret, seen := g.secrets.seen(fmt.Appendf(nil, how, c.err)); seen {
				t.Errorf("%s: %s shows %q", c.cause, how, secret)
			}
		}
	}
	said := g.log.String()
	if secret, seen := g.secrets.seen([]byte(said)); seen {
		t.Errorf("%q is in the log", secret)
	}
	if !strings.Contains(said, "beginning sasl authentication") {
		t.Error("the log holds nothing of what the client does")
	}
}
