package cli

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// Brokers are the flags of a topic and of how to get in.
type Brokers struct {
	list     string
	Topic    string
	security kafka.Security
}

// PasswordVariable is the environment variable that has the password of -user.
const PasswordVariable = "KAFKA_PASSWORD"

// BrokerFlags declares the flags of a topic on flags. usage says what happens
// without -brokers.
func BrokerFlags(flags *flag.FlagSet, usage string) *Brokers {
	b := &Brokers{}
	flags.StringVar(&b.list, "brokers", "", "`host:port,…` of Kafka brokers; "+usage)
	flags.StringVar(&b.Topic, "topic", "orders", "`name` of the topic")
	s := &b.security
	flags.BoolVar(&s.TLS, "tls", false, "connect to the brokers with TLS")
	flags.StringVar(&s.CA, "ca", "", "PEM `file` of the authorities that sign the brokers' certificates (default the system's)")
	flags.StringVar(&s.Cert, "cert", "", "PEM `file` of this client's certificate, for mutual TLS")
	flags.StringVar(&s.Key, "key", "", "PEM `file` of its private key")
	flags.Var(&choice{&s.SASL, []string{"plain", "scram-sha-256", "scram-sha-512"}}, "sasl", "`mechanism`: plain, scram-sha-256 or scram-sha-512; the password is read from the environment variable "+PasswordVariable)
	flags.StringVar(&s.User, "user", "", "`name` of the user for -sasl")
	return b
}

// CompressFlag declares -compress on flags, for kafka.Config.Compression.
func CompressFlag(flags *flag.FlagSet) *string {
	name := "none"
	flags.Var(&choice{&name, []string{"none", "gzip", "snappy", "lz4", "zstd"}}, "compress", "`codec` of the records in the topic: none, gzip, snappy, lz4 or zstd")
	return &name
}

// Given reports whether brokers are named.
func (b *Brokers) Given() bool { return b.list != "" }

// List returns the brokers' addresses.
func (b *Brokers) List() []string {
	var list []string
	for _, s := range strings.Split(b.list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// Security returns what the flags say of how to get in, with the password from
// the environment. The error is a UsageError: they contradict each other.
func (b *Brokers) Security() (kafka.Security, error) {
	s := b.security
	switch {
	case s == kafka.Security{}:
		return s, nil // whatever the environment has
	case !b.Given():
		return s, Usagef("-tls, -ca, -cert, -key, -sasl and -user are about -brokers, which names none")
	case !s.TLS && (s.CA != "" || s.Cert != "" || s.Key != ""):
		return s, Usagef("-ca, -cert and -key are of no use without -tls")
	case s.Cert != "" && s.Key == "":
		return s, Usagef("-cert %s needs its private key: -key", s.Cert)
	case s.Cert == "" && s.Key != "":
		return s, Usagef("-key %s needs its certificate: -cert", s.Key)
	case s.SASL == "" && s.User != "":
		return s, Usagef("-user %s needs a mechanism: -sasl", s.User)
	case s.SASL != "" && s.User == "":
		return s, Usagef("-sasl %s needs a user: -user", s.SASL)
	}
	if s.SASL != "" {
		s.Password = kafka.NewPassword(os.Getenv(PasswordVariable))
		if !s.Password.Set() {
			return s, Usagef("-sasl %s needs a password, in the environment variable %s", s.SASL, PasswordVariable)
		}
	}
	return s, nil
}

// choice is a flag that takes one of a few words.
type choice struct {
	word  *string
	words []string
}

// String implements flag.Value.
func (c *choice) String() string {
	if c.word == nil {
		return ""
	}
	return *c.word
}

// Set implements flag.Value.
func (c *choice) Set(word string) error {
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("want one of %s", strings.Join(c.words, ", "))
	}
	*c.word = word
	return nil
}
