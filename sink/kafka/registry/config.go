package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// Config says which registry, what of it, and how to get in. URL is required, and
// Topic or Subject.
type Config struct {
	// URL is where the registry's interface begins: http://host:8081 of Confluent's,
	// http://host:8080/apis/ccompat/v7 of Apicurio. With https, the certificate is
	// checked. A user and a password have fields of their own.
	URL string

	Topic   string // the schema is that of its values
	Subject string // under which versions of it are kept; "": the topic's name and "-value"

	// ReadOnly makes Register look for a version that is there, and register none.
	ReadOnly bool

	// Timeout is how long the answer to one question may take; 0: five seconds.
	Timeout time.Duration

	// Security has the files CA, Cert and Key for https, and the User and the
	// Password for basic authentication. Its other fields are about brokers and stay zero.
	Security kafka.Security

	Options []sr.ClientOpt // for the client, after what this package sets and overriding it
}

const defaultTimeout = 5 * time.Second

func (c *Config) subject() string {
	if c.Subject == "" {
		return c.Topic + "-value"
	}
	return c.Subject
}

// client returns one for the registry, or all that is wrong with c, joined. It
// talks to nobody yet.
func (c *Config) client() (*client, error) {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("registry: "+format, args...))
	}
	u, err := url.Parse(c.URL)
	var parse *url.Error
	switch {
	case c.URL == "":
		wrong("URL is empty: name the registry, such as http://host:8081")
	case errors.As(err, &parse): // which would print all of it, and there may be a password in it
		wrong("URL cannot be read: %w; want one such as http://host:8081", parse.Err)
	case u.User != nil:
		wrong("URL %s: a user and a password have no place in it; set Security.User and Security.Password", bare(u))
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		wrong("URL %q: want one such as http://host:8081", bare(u))
	case u.RawQuery != "" || u.Fragment != "":
		wrong("URL %s: nothing may follow its path", bare(u))
	}
	if c.Topic == "" && c.Subject == "" {
		wrong("Topic is empty: name the one whose values the schema is of, or a Subject")
	}
	if c.Timeout < 0 {
		wrong("Timeout %v: want more than 0, or 0 for %v", c.Timeout, defaultTimeout)
	}
	s := c.Security
	if s.TLS || s.SASL != "" {
		wrong("Security.TLS and Security.SASL are about brokers: a registry's URL says whether to use TLS, and User and Password alone who asks")
	}
	if (s.User != "") != s.Password.Set() {
		wrong("Security.User and Security.Password: set both, or neither")
	}
	if strings.Contains(s.User, ":") {
		wrong("Security.User %q: basic authentication knows no user with a colon", s.User)
	}
	var secure *tls.Config
	switch {
	case err == nil && u.Scheme == "https":
		if secure, err = s.TLSConfig(); err != nil {
			errs = append(errs, err)
		}
	case s.CA != "" || s.Cert != "" || s.Key != "":
		wrong("Security.CA, Cert and Key are of no use unless the URL begins with https")
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	timeout := c.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	opts := []sr.ClientOpt{sr.URLs(strings.TrimSuffix(c.URL, "/")), sr.UserAgent("kafkanauts"), sr.HTTPClient(doer(secure, timeout))}
	if s.User != "" {
		opts = append(opts, sr.BasicAuth(s.User, s.Password.Reveal()))
	}
	cl, err := sr.NewClient(append(opts, c.Options...)...)
	if err != nil {
		return nil, fmt.Errorf("registry: Options: %w", err)
	}
	return &client{Client: cl, url: bare(u), user: s.User, subject: c.subject(), timeout: timeout}, nil
}

// bare returns u without what may be secret.
func bare(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// doer returns who asks: it keeps no connection, since few questions are asked, and
// follows nobody to another address, which the answer is better for.
func doer(secure *tls.Config, timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: secure, DisableKeepAlives: true, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
