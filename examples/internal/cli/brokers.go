package cli

import (
	"flag"
	"strings"
)

// Brokers are the flags of a topic.
type Brokers struct {
	list  string
	Topic string
}

// BrokerFlags declares the flags of a topic on flags. usage says what happens
// without -brokers.
func BrokerFlags(flags *flag.FlagSet, usage string) *Brokers {
	b := &Brokers{}
	flags.StringVar(&b.list, "brokers", "", "`host:port,…` of Kafka brokers; "+usage)
	flags.StringVar(&b.Topic, "topic", "orders", "`name` of the topic")
	return b
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
