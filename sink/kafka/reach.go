package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/network"
)

// BrokerError says that none of the brokers could be talked to, and why not each
// of them.
type BrokerError struct {
	Addrs []string // as they were asked, host:port
	Errs  []error  // of each
}

// Error names each broker, what it was that failed, and what to do about it.
func (e *BrokerError) Error() string {
	var s strings.Builder
	s.WriteString("kafka: no broker can be reached")
	for i, addr := range e.Addrs {
		sep := ": "
		if len(e.Addrs) > 1 {
			sep = "\n\t"
		}
		s.WriteString(sep + addr + ": " + e.Errs[i].Error())
		if hint := remedy(e.Errs[i]); hint != "" {
			s.WriteString(" (" + hint + ")")
		}
	}
	return s.String()
}

// Unwrap returns Errs.
func (e *BrokerError) Unwrap() []error { return e.Errs }

// reach returns nil once one of the seeds has answered a request, which takes a
// connection, TLS, SASL and all; else a *BrokerError, or ctx's error.
//
// It is asked before anything else is, because a producer that cannot get
// through goes on trying and does not tell why.
func reach(ctx context.Context, cl *kgo.Client) error {
	within, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	seeds := cl.SeedBrokers()
	type answer struct {
		seed int
		err  error
	}
	answers := make(chan answer, len(seeds))
	for i, seed := range seeds {
		go func() {
			req := kmsg.NewPtrMetadataRequest()
			req.Topics = []kmsg.MetadataRequestTopic{} // none: nil would be all
			_, err := seed.Request(within, req)
			answers <- answer{i, err}
		}()
	}
	e := &BrokerError{Addrs: addrs(cl, len(seeds)), Errs: make([]error, len(seeds))}
	for range seeds {
		a := <-answers
		if a.err == nil {
			return nil // the others end with the context
		}
		e.Errs[a.seed] = uncertified(cl, a.err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("kafka: asking %s: %w", strings.Join(e.Addrs, ", "), err)
	}
	return e
}

// addrs returns the addresses of the n seeds, which options may have changed.
func addrs(cl *kgo.Client, n int) []string {
	list, _ := cl.OptValue(kgo.SeedBrokers).([]string)
	if len(list) != n {
		list = make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("broker %d", i+1)
		}
	}
	return list
}

var errNoCertificate = errors.New("it wants to see a certificate, and was shown none")

// uncertified adds to a broker's refusal, which does not tell, that the client
// has no certificate.
func uncertified(cl *kgo.Client, err error) error {
	if !network.Rejected(err) {
		return err
	}
	c, _ := cl.OptValue(kgo.DialTLSConfig).(*tls.Config)
	if c == nil || len(c.Certificates) > 0 || c.GetClientCertificate != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errNoCertificate, err)
}

// remedy says in a few words what to do about an error that a connection ended
// with; "" if the error says so itself.
func remedy(err error) string {
	var eof *kgo.ErrFirstReadEOF
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return "it refuses this user name or password"
	case errors.Is(err, kerr.InvalidTransactionTimeout):
		return "raise the brokers' transaction.max.timeout.ms to a minute at least"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return "it does not offer this SASL mechanism; choose another"
	case errors.Is(err, kerr.IllegalSaslState):
		return "this port wants no SASL; leave it out, or choose the broker's SASL port"
	case errors.Is(err, errNoCertificate):
		return "name this client's certificate and its key, which is mutual TLS"
	case network.Rejected(err):
		return "it does not accept this client's certificate; name one, with its key, that it trusts"
	case errors.As(err, &eof):
		switch said := eof.Error(); { // which of them it is, kgo tells in words alone
		case strings.Contains(said, "SASL"):
			return "name a mechanism, a user and a password, or choose a port that wants none"
		case strings.Contains(said, "after a dial"):
			return "this port does not speak TLS; leave it out, or choose the broker's TLS port"
		}
		return ""
	case strings.Contains(err.Error(), "tls endpoint"):
		return "this port wants TLS; turn it on, or choose the broker's plaintext port"
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return "have an ACL allow this user Read on the group"
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return "have an ACL allow this user Write and Describe on the transactional id"
	}
	return network.Advice(err)
}
