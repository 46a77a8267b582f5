package outlet

import (
	"context"
	"fmt"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// Register registers the schema of cfg's records with -registry, if there is one, or only looks it up
// with -registry-lookup, and frames them with its number. It comes after Resolve and before the
// stream is made. The error is a UsageError, or what keeps the schema from being registered.
func (f *Flags) Register(ctx context.Context, cfg *kafkanauts.Config) error {
	c, err := f.registry.Config(f.Brokers.Topic)
	if err != nil {
		return err
	}
	switch {
	case !f.registry.Given() && f.lookup:
		return cli.Usagef("-registry-lookup is about -registry, which names none")
	case !f.registry.Given():
		return nil
	}
	enc, is := cfg.Encoding.(avro.Encoding)
	if !is {
		return fmt.Errorf("-registry: records in %v have no schema", cfg.Encoding)
	}
	c.ReadOnly = f.lookup
	cfg.Encoding, err = c.Register(ctx, enc)
	return err
}
