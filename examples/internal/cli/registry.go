package cli

import (
	"context"
	"flag"
	"os"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/kafka/registry"
)

// Registry are the flags of a schema registry, for -format avro.
type Registry struct {
	url  string
	user string
	ca   string
}

// RegistryPasswordVariable is the environment variable that has the password of -registry-user.
const RegistryPasswordVariable = "REGISTRY_PASSWORD"

// RegistryFlags declares them on flags. usage says what the registry is for.
func RegistryFlags(flags *flag.FlagSet, usage string) *Registry {
	r := &Registry{}
	flags.StringVar(&r.url, "registry", "", "`URL` of a schema registry, for -format avro: "+usage)
	flags.StringVar(&r.user, "registry-user", "", "`name` of the user for the registry; the password is read from the environment variable "+RegistryPasswordVariable)
	flags.StringVar(&r.ca, "registry-ca", "", "PEM `file` of the authorities that sign the registry's certificate (default the system's)")
	return r
}

// Given reports whether a registry is named.
func (r *Registry) Given() bool { return r.url != "" }

// Config returns what the flags say, for the values of a topic. The error is a UsageError.
func (r *Registry) Config(topic string) (registry.Config, error) {
	c := registry.Config{URL: r.url, Topic: topic, Security: kafka.Security{CA: r.ca, User: r.user}}
	switch {
	case !r.Given() && (r.user != "" || r.ca != ""):
		return c, Usagef("-registry-user and -registry-ca are about -registry, which names none")
	case r.user != "":
		c.Security.Password = kafka.NewPassword(os.Getenv(RegistryPasswordVariable))
		if !c.Security.Password.Set() {
			return c, Usagef("-registry-user %s needs a password, in the environment variable %s", r.user, RegistryPasswordVariable)
		}
	}
	return c, nil
}

// Decoder returns how to read the values of a topic, if -format is avro, else nil.
func (r *Registry) Decoder(ctx context.Context, format, topic string) (*registry.Decoder, error) {
	c, err := r.Config(topic)
	switch {
	case err != nil:
		return nil, err
	case format != "avro" && r.Given():
		return nil, Usagef("-registry is about -format avro, not %s", format)
	case format != "avro":
		return nil, nil
	case !r.Given():
		return nil, Usagef("-format avro: name the -registry that knows what the records are written in")
	}
	return registry.NewDecoder(ctx, c)
}

// Reading returns the encoding of that name, or decoder if there is one.
func Reading(name string, decoder *registry.Decoder) (order.Encoding, error) {
	if decoder != nil {
		return decoder, nil
	}
	return Encoding(name)
}
