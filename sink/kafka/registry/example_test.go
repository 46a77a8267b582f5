package registry_test

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink/kafka/registry"
)

// The schema is registered before the stream is made, whose records then name
// it; who reads them asks the registry.
func Example() {
	fake := srfake.New() // in the place of a registry
	defer fake.Close()

	ctx := context.Background()
	config := registry.Config{URL: fake.URL(), Topic: "orders"}
	enc, err := config.Register(ctx, avro.Encoding{})
	if err != nil {
		panic(err)
	}
	stream, err := kafkanauts.New(kafkanauts.Config{Encoding: enc, Faults: corrupt.Mix{}, Limit: 1})
	if err != nil {
		panic(err)
	}
	decoder, err := registry.NewDecoder(ctx, config)
	if err != nil {
		panic(err)
	}
	for r := range stream.Records() {
		var o order.Order
		if err := decoder.Learn(ctx, r.Value); err != nil {
			panic(err)
		}
		if err := decoder.Parse(&o, r.Value, nil); err != nil {
			panic(err)
		}
		fmt.Printf("% x… is an order from %s\n", r.Value[:5], o.Country)
	}
	// Output: 00 00 00 00 01… is an order from United States
}
