package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

const hush = "s3cr3t-hush"

// served returns the URL of a server that answers so, with TLS or without.
func served(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

func says(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Each way of not being answered has an error of its own, which comes before the
// schema is registered and has no secrets.
func TestAccess(t *testing.T) {
	certs, err := kafkatest.Certify(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	closed := served(t, says(401, "application/json", `{"error_code":401,"message":"Unauthorized"}`))
	secure := func(p kafkatest.Pair) string { return encrypted(t, certs, p, false) }
	alice := kafka.Security{User: "alice", Password: kafka.NewPassword(hush)}
	mallory := kafka.Security{User: "mallory", Password: kafka.NewPassword(hush)}
	for _, c := range []struct {
		name     string
		url      string
		security kafka.Security
		status   int
		want     []string
	}{
		{"nobody listens", "http://127.0.0.1:1", alice, 0, []string{"connection refused", "is this its port?"}},
		{"silence", "http://" + silent.Addr().String(), alice, 0, []string{"no answer within 300ms", "check the address"}},
		{"a website", served(t, says(200, "text/html", "<!doctype html>"+hush)), alice, 200, []string{"no schema registry", "/apis/ccompat/v7"}},
		{"another service", served(t, says(200, "application/json", `{"status":"up"}`)), alice, 200, []string{"no schema registry"}},
		{"no such path", served(t, says(404, "text/html", "<h1>"+hush+"</h1>")), alice, 404, []string{"no schema registry at this path", "/apis/ccompat/v7"}},
		{"no such path, in JSON", served(t, says(404, "application/json", `{"error_code":404,"message":"Not Found"}`)), alice, 404, []string{"no schema registry at this path"}},
		{"moved", served(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?token="+hush, http.StatusMovedPermanently)
		}), alice, 301, []string{"another address", "name that address"}},
		{"nobody asks", closed, kafka.Security{}, 401, []string{"nobody in without a user", "set them"}},
		{"a stranger asks", closed, mallory, 401, []string{"refuses user mallory", "password"}},
		{"no right", served(t, says(403, "application/json", `{"error_code":40301,"message":"User is denied operation Write"}`)), alice, 403, []string{"orders-value", "User is denied operation Write", "who may only read"}},
		{"it is ill", served(t, says(500, "application/json", `{"error_code":50001,"message":"Error in the backend data store"}`)), alice, 500, []string{"status 500", "Error in the backend data store", "log"}},
		{"a gateway is ill", served(t, says(502, "text/html", hush)), alice, 502, []string{"status 502"}},
		{"TLS on a port without", strings.Replace(closed, "http:", "https:", 1), alice, 0, []string{"does not speak TLS"}},
		{"no TLS on a port with", strings.Replace(secure(certs.Server), "https:", "http:", 1), alice, 400, []string{"wants TLS", "https"}},
		{"unknown authority", secure(certs.Server), alice, 0, []string{"signed by nobody who is trusted"}},
		{"another authority", secure(certs.Server), with(alice, certs.ForeignCA), 0, []string{"signed by nobody who is trusted"}},
		{"another name", secure(certs.Elsewhere), with(alice, certs.CA), 0, []string{"for another name"}},
		{"expired", secure(certs.Expired), with(alice, certs.CA), 0, []string{"not valid at this time"}},
		{"no certificate", encrypted(t, certs, certs.Server, true), with(alice, certs.CA), 0, []string{"does not accept this client's certificate"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Config{URL: c.url, Topic: "orders", Security: c.security, Timeout: 300 * time.Millisecond}
			if c.name != "silence" {
				config.Timeout = 0 // a busy machine may be slow
			}
			_, err := config.Register(t.Context(), avro.Encoding{})
			var access *AccessError
			if !errors.As(err, &access) || access.Status != c.status || access.URL != c.url {
				t.Fatalf("it is %#v: %v", err, err)
			}
			t.Log(err)
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in it: %v", want, err)
				}
			}
			if said := fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(access)); strings.Contains(said, hush) || strings.Contains(said, basic("alice", hush)) {
				t.Errorf("it tells the secret: %s", said)
			}
		})
	}
}

func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}

func with(s kafka.Security, ca string) kafka.Security { s.CA = ca; return s }

// encrypted returns the URL of a server with that certificate, before the real
// registry if mutual, which takes clients only that show the certificate of Client.
func encrypted(t *testing.T, certs *kafkatest.Certificates, p kafkatest.Pair, mutual bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	if mutual {
		to, err := url.Parse(kafkatest.Registry(t).URL)
		if err != nil {
			t.Fatal(err)
		}
		s.Config.Handler = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host})
	}
	server := kafka.Security{TLS: true, CA: certs.CA, Cert: p.Cert, Key: p.Key}
	config, err := server.TLSConfig()
	if err != nil && p == certs.Expired {
		config, err = unchecked(p)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.TLS = serving(t, config, mutual)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it is about the handshakes that are to fail
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// With TLS on both sides and a user, the real registry is reached.
func TestAccessGranted(t *testing.T) {
	certs, err := kafkatest.Certify(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	real := kafkatest.Registry(t)
	c := Config{URL: encrypted(t, certs, certs.Server, true) + strings.TrimPrefix(real.URL, real.URL[:strings.Index(real.URL, "/apis")]), Topic: real.Topic(t),
		Security: kafka.Security{CA: certs.CA, Cert: certs.Client.Cert, Key: certs.Client.Key, User: "alice", Password: kafka.NewPassword(hush)}}
	if enc, err := c.Register(t.Context(), avro.Encoding{}); err != nil || enc.SchemaID == 0 {
		t.Errorf("it is %v, %v", enc, err)
	}
}

// Who may read but not write learns so when it registers.
func TestAccessToReadOnly(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	to, err := url.Parse(fake.URL())
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(to)
	c := Config{Topic: "orders", URL: served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			says(403, "application/json", `{"error_code":40301,"message":"denied"}`)(w, r)
			return
		}
		pass.ServeHTTP(w, r)
	})}
	var access *AccessError
	if _, err := c.Register(t.Context(), avro.Encoding{}); !errors.As(err, &access) || access.Status != http.StatusForbidden {
		t.Errorf("registering: %v", err)
	}
	fake.SeedSchema("orders-value", 1, 7, sr.Schema{Schema: avro.Encoding{}.Schema()})
	if enc, err := c.Register(t.Context(), avro.Encoding{}); err != nil || enc.SchemaID != 7 {
		t.Errorf("what is there: %v, %v", enc, err)
	}
}

// Reading allocates nothing, once the number is known.
func TestDecoderAllocatesNothing(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	fake.SeedSchema("orders-value", 1, 1<<20, sr.Schema{Schema: avro.Encoding{}.Schema()})
	d, err := NewDecoder(t.Context(), Config{URL: fake.URL(), Topic: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	o := some
	if o.SetText(order.Time, "2022-01-31T00:00:01") != 0 {
		t.Fatal("no time")
	}
	value := avro.Encoding{SchemaID: 1 << 20}.Append(nil, &o, nil)
	if n := testing.AllocsPerRun(1000, func() {
		if d.Learn(t.Context(), value) != nil || d.View(&o, value, nil) != nil {
			t.Fatalf("%q is not read", value)
		}
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

// A registry that goes away while a topic is read is an error, and no reason to
// reject records.
func TestLearnWithoutRegistry(t *testing.T) {
	fake := srfake.New()
	fake.SeedSchema("orders-value", 1, 7, sr.Schema{Schema: avro.Encoding{}.Schema()})
	d, err := NewDecoder(t.Context(), Config{URL: fake.URL(), Topic: "orders"})
	fake.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Learn(t.Context(), avro.Encoding{SchemaID: 7}.Append(nil, &some, nil)); err != nil {
		t.Errorf("a number that is known: %v", err)
	}
	var access *AccessError
	if err := d.Learn(t.Context(), avro.Encoding{SchemaID: 8}.Append(nil, &some, nil)); !errors.As(err, &access) {
		t.Errorf("another: %v", err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := Config{Topic: "orders", URL: served(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})}
	if _, err := c.Register(ctx, avro.Encoding{}); !errors.Is(err, context.Canceled) {
		t.Errorf("it is %v", err)
	}
}

func TestConfig(t *testing.T) {
	password := kafka.NewPassword(hush)
	for _, c := range []struct {
		config Config
		want   []string
	}{
		{Config{}, []string{"URL is empty", "Topic is empty"}},
		{Config{URL: "http://alice:" + hush + "@a:8081", Topic: "t"}, []string{"URL http://a:8081: a user and a password have no place in it"}},
		{Config{URL: "http://alice:" + hush + "@a:port", Topic: "t"}, []string{"URL cannot be read"}},
		{Config{URL: "a:8081", Topic: "t"}, []string{"want one such as http://host:8081"}},
		{Config{URL: "ftp://a", Topic: "t"}, []string{"want one such as http://host:8081"}},
		{Config{URL: "http://a?token=" + hush, Topic: "t"}, []string{"URL http://a: nothing may follow its path"}},
		{Config{URL: "http://a", Topic: "t", Timeout: -1}, []string{"Timeout"}},
		{Config{URL: "http://a", Topic: "t", Security: kafka.Security{TLS: true, CA: "ca.pem"}}, []string{"Security.TLS", "unless the URL begins with https"}},
		{Config{URL: "https://a", Topic: "t", Security: kafka.Security{CA: "no-such-file.pem"}}, []string{"Security.CA no-such-file.pem"}},
		{Config{URL: "http://a", Topic: "t", Security: kafka.Security{User: "alice"}}, []string{"set both"}},
		{Config{URL: "http://a", Topic: "t", Security: kafka.Security{Password: password}}, []string{"set both"}},
		{Config{URL: "http://a", Topic: "t", Security: kafka.Security{User: "a:b", Password: password}}, []string{"colon"}},
		{Config{URL: "http://a", Topic: "t", Options: []sr.ClientOpt{sr.URLs()}}, []string{"Options: "}},
	} {
		_, err := c.config.Register(t.Context(), avro.Encoding{})
		_, again := NewDecoder(t.Context(), c.config)
		if err == nil || again == nil || err.Error() != again.Error() {
			t.Errorf("%v: %v and %v", c.want, err, again)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in it: %v", want, err)
			}
		}
		if strings.Contains(err.Error(), hush) {
			t.Errorf("it tells the secret: %v", err)
		}
	}
}

// unchecked returns a configuration with a certificate that is no longer valid.
func unchecked(p kafkatest.Pair) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	return &tls.Config{Certificates: []tls.Certificate{pair}}, err
}

// serving returns a client's configuration as a server's.
func serving(t *testing.T, c *tls.Config, mutual bool) *tls.Config {
	t.Helper()
	s := &tls.Config{Certificates: c.Certificates, ClientCAs: c.RootCAs}
	if c.GetClientCertificate != nil {
		pair, err := c.GetClientCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		s.Certificates = []tls.Certificate{*pair}
	}
	if mutual {
		s.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return s
}
